// Makes what would open in a new tab open in this one: its answer is taken before it is shown, so
// this page stays. Covers window.open, an empty tab that is sent somewhere or written into, forms
// and links, also one that was never put into the page. A file that the page makes is kept. In a
// frame of the page it is the whole page that all this is made to open in. Of several tabs it is the
// one with the bookout.
mark => {
    const home = (() => {
        try { return window.top.document ? window.top : window; } catch { return window; }
    })();
    const here = home === window ? '_self' : '_top';
    // What was made before belongs to another click, and nothing is replaced twice.
    home.jdpFile = null;
    window.jdpGoneTo = home.jdpTab = null;
    const PICTURE = /\.(svg|png|gif|jpe?g|webp|bmp|ico|swf)([?#]|$)/i;
    const plugins = () => [...document.querySelectorAll('embed[src], object[data]')].filter(each =>
        /pdf|^$/i.test(each.type) && !PICTURE.test(each.src || each.data));
    window.jdpPlugins = new Set(plugins().map(each => each.src || each.data));
    if (window.jdpOpensHere) return;
    window.jdpOpensHere = true;

    const files = new Map();
    const keepFile = file => {
        home.jdpFile = file;
        home.jdpLookAgain?.();
    };
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
        files.set(url, file);
        // Whatever then shows it.
        file.slice(0, 1024).text().then(start => start.includes('%PDF-') && keepFile(file));
        return url;
    };

    // A click may open a tab for each report that is ticked. A page that is no report, or opens later,
    // may belong to the way to one.
    const TOGETHER_MS = 2000;
    const isBest = (address, tab) => {
        const {pathname, href} = new URL(address), last = home.jdpTab;
        const isReport = href.toLowerCase().includes(mark.toLowerCase());
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
        const address = new URL(url, document.baseURI).href;
        if (files.has(address)) return keepFile(files.get(address));
        if (address.startsWith('data:')) return keepFile(decoded(address));
        // Two handlers of one click ask twice for the same.
        if (address === window.jdpGoneTo) return;
        if (!isBest(address, tab)) return;
        window.jdpGoneTo = address;
        assign(address);
    };

    const isFrame = name =>
        [...document.querySelectorAll('iframe, frame')].some(frame => frame.name === name);
    const isElsewhere = target =>
        target && !['_self', '_top', '_parent'].includes(target.toLowerCase()) && !isFrame(target);

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
        const tab = Symbol(target);
        go(url, tab);
        return newTab(tab);
    };

    // Not every browser has a plugin that would ask for it.
    const unplug = new MutationObserver(() => {
        for (const plugin of plugins()) {
            const address = plugin.src || plugin.data;
            if (window.jdpPlugins.has(address)) continue;
            go(address);
            plugin.remove();
        }
    });
    unplug.observe(document, {subtree: true, childList: true, attributeFilter: ['src', 'data']});

    const linkHere = link => {
        const base = document.querySelector('base[target]')?.target;
        if (!isElsewhere(link.target || base) && !link.hasAttribute('download')) return;
        if (/^(blob|data):/.test(link.href)) return go(link.href);
        link.target = here;
        link.removeAttribute('download');
    };
    const onClick = event => {
        const link = event.composedPath().find(each => each.matches?.('a[href], area[href]'));
        if (link) linkHere(link);
    };
    const detached = link => link.matches?.('a[href], area[href]') && !link.isConnected;
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
