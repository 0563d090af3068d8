// Makes what would open in a new tab open in this one: its answer is taken before it is shown, so
// this page stays. Covers window.open, an empty tab that is sent somewhere or written into, forms
// and links, also one that was never put into the page. A file that the page makes is kept. In a
// frame of the page it is the whole page that all this is made to open in. Of several tabs it is the
// one with the bookout. It runs among the page's scripts, which may have replaced `Map`, `URL` and
// whatever finds things: so by plain loops.
mark => {
    const home = (() => {
        try { return window.top.document ? window.top : window; } catch { return window; }
    })();
    const here = home === window ? '_self' : '_top';
    // What was made before belongs to another click, and nothing is replaced twice.
    home.jdpFile = null;
    home.document.documentElement?.removeAttribute('data-jdp-file');
    window.jdpGoneTo = home.jdpTab = null;
    const PICTURE = /\.(svg|png|gif|jpe?g|webp|bmp|ico|swf)([?#]|$)/i;
    const plugins = () => {
        const found = [], all = document.querySelectorAll('embed[src], object[data]');
        for (let n = 0; n < all.length; n++) {
            const address = all[n].src || all[n].data;
            if (/pdf|^$/i.test(all[n].type) && !PICTURE.test(address)) found[found.length] = all[n];
        }
        return found;
    };
    window.jdpPlugins = Object.create(null);
    for (let all = plugins(), n = 0; n < all.length; n++)
        window.jdpPlugins[all[n].src || all[n].data] = true;
    if (window.jdpOpensHere) return;
    window.jdpOpensHere = true;

    const files = Object.create(null);
    // Our own world sees the attribute, see `next_step.js`.
    const keepFile = file => {
        home.jdpFile = file;
        home.document.documentElement.setAttribute('data-jdp-file', file.size);
    };
    const resolved = address => Object.assign(document.createElement('a'), {href: address});
    // Not `fetch`: the page may have replaced it, or may connect nowhere.
    const decoded = url => {
        const [head, data] = url.slice(5).split(/,(.*)/s);
        const text = head.endsWith(';base64') ? atob(decodeURIComponent(data))
            : decodeURIComponent(data);
        return new Blob([Uint8Array.from(text, sign => sign.charCodeAt(0))]);
    };
    const createObjectURL = URL.createObjectURL;
    URL.createObjectURL = function (file) {
        const url = createObjectURL.call(URL, file);
        if (!(file instanceof Blob)) return url;
        files[url] = file;
        // Whatever then shows it.
        file.slice(0, 1024).text().then(start => start.includes('%PDF-') && keepFile(file));
        return url;
    };

    // A click may open a tab for each report that is ticked. A page that is no report, or opens later,
    // may belong to the way to one.
    const TOGETHER_MS = 2000;
    const isBest = (address, tab) => {
        const {pathname, href} = resolved(address), last = home.jdpTab;
        const isReport = href.toLowerCase().indexOf(mark.toLowerCase()) >= 0;
        const rank = 2 * isReport + /book[-_]?out/i.test(href);
        const isBeside = last && last.tab !== tab && Date.now() - last.at < TOGETHER_MS
            && (last.isReport || last.pathname === pathname);
        if (isBeside && rank <= last.rank) return false;
        home.jdpTab = {tab, rank, isReport, pathname, at: Date.now()};
        return true;
    };

    const assign = home.location.assign.bind(home.location);
    const go = (url, tab = null) => {
        if (!url || String(url).startsWith('about:')) return;
        const address = resolved(url).href;
        if (files[address]) return keepFile(files[address]);
        if (address.startsWith('data:')) return keepFile(decoded(address));
        // Two handlers of one click ask twice for the same.
        if (address === window.jdpGoneTo) return;
        if (!isBest(address, tab)) return;
        window.jdpGoneTo = address;
        assign(address);
    };

    const isFrame = name => {
        const frames = document.querySelectorAll('iframe, frame');
        for (let n = 0; n < frames.length; n++) if (frames[n].name === name) return true;
        return false;
    };
    const isElsewhere = target => target && !/^_(self|top|parent)$/i.test(target) && !isFrame(target);

    const placeOf = tab => ({
        assign: url => go(url, tab), replace: url => go(url, tab), reload() {},
        toString: () => 'about:blank', get href() { return 'about:blank'; },
        set href(url) { go(url, tab); },
    });
    // A tab that is not there: what is written into it stands in a hidden frame.
    const newTab = tab => {
        let frame;
        const real = () => {
            if (!frame) {
                frame = document.createElement('iframe');
                frame.style.display = 'none';
                document.body.append(frame);
            }
            return frame.contentWindow;
        };
        const location = placeOf(tab);
        const known = {closed: false, opener: window, location, close() {}, print() {}};
        return new Proxy({}, {
            get(_, name) {
                if (name in known) return known[name];
                const value = real()[name];
                return typeof value === 'function' ? value.bind(real()) : value;
            },
            set(_, name, value) {
                if (name === 'location') go(value, tab);
                else real()[name] = value;
                return true;
            },
        });
    };
    const open = window.open;
    window.open = (url, target, ...others) => {
        if (target && !isElsewhere(target)) return open.call(window, url, target, ...others);
        const tab = {};
        go(url, tab);
        return newTab(tab);
    };

    // Not every browser has a plugin that would ask for it.
    const takePlugins = () => {
        const all = plugins();
        for (let n = 0; n < all.length; n++) {
            const address = all[n].src || all[n].data;
            if (window.jdpPlugins[address]) continue;
            go(address);
            all[n].parentNode.removeChild(all[n]);
        }
    };
    window.jdpTakePlugins = takePlugins;
    const unplug = window.MutationObserver && new MutationObserver(takePlugins);
    unplug?.observe(document, {subtree: true, childList: true, attributeFilter: ['src', 'data']});

    const isLink = each => /^(a|area)$/.test(each.localName) && each.hasAttribute('href');
    const linkHere = link => {
        const base = document.querySelector('base[target]')?.target;
        if (!isElsewhere(link.target || base) && !link.hasAttribute('download')) return;
        if (/^(blob|data):/.test(link.href)) return go(link.href);
        link.target = here;
        link.removeAttribute('download');
    };
    const onClick = event => {
        const path = event.composedPath();
        for (let n = 0; n < path.length; n++) if (isLink(path[n])) return linkHere(path[n]);
    };
    const detached = link => isLink(link) && !link.isConnected;
    const click = HTMLElement.prototype.click;
    HTMLElement.prototype.click = function () {
        if (detached(this)) linkHere(this);
        return click.call(this);
    };
    const dispatchEvent = EventTarget.prototype.dispatchEvent;
    EventTarget.prototype.dispatchEvent = function (event) {
        if (event.type === 'click' && detached(this)) linkHere(this);
        return dispatchEvent.call(this, event);
    };

    const formHere = (form, button) => {
        const base = document.querySelector('base[target]')?.target;
        if (isElsewhere(button?.formTarget)) button.formTarget = here;
        if (isElsewhere(form.target || base)) form.target = here;
    };
    const submit = HTMLFormElement.prototype.submit;
    HTMLFormElement.prototype.submit = function () {
        formHere(this);
        return submit.call(this);
    };
    const onSubmit = event => formHere(event.target, event.submitter);

    // Before the page's own handlers, and after them: they may set a target.
    for (const capture of [true, false]) {
        window.addEventListener('click', onClick, capture);
        window.addEventListener('submit', onSubmit, capture);
    }
    // This page is not left, whatever it would ask or do then.
    window.addEventListener('beforeunload', event => event.stopImmediatePropagation(), true);
}
