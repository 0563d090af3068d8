// Takes what would open the report in a new tab and keeps its request instead: the report is
// then fetched once, by this page's own context, and belongs to no other page. Covers an address
// given to window.open, an empty window that is sent somewhere, a form and a link with a target.
mark => {
    // What was caught before belongs to another click, and nothing is replaced twice.
    window.jdpReport = null;
    if (window.jdpCatching) return;
    window.jdpCatching = true;

    const keep = (url, method = 'GET', body = null) => {
        if (!url || String(url).startsWith('about:')) return;
        const found = {url: new URL(url, document.baseURI).href, method, body, at: Date.now()};
        found.marked = found.url.includes(mark);
        // A page that asks to wait may come first.
        if (!window.jdpReport || found.marked) window.jdpReport = found;
        window.jdpLookAgain?.();
    };
    const ours = target => target && !['_self', '_top', '_parent'].includes(target);

    const place = {
        assign: keep, replace: keep,
        get href() { return 'about:blank'; }, set href(url) { keep(url); },
    };
    const written = {write() {}, writeln() {}, open() {}, close() {}, title: ''};
    const tab = {
        closed: false, opener: window, document: written,
        focus() {}, blur() {}, close() {}, print() {}, addEventListener() {},
        get location() { return place; }, set location(url) { keep(url); },
    };
    window.open = url => { keep(url); return tab; };

    const keepForm = (form, button) => {
        const data = new URLSearchParams(new FormData(form, button ?? undefined)).toString();
        const action = button?.getAttribute('formaction') || form.getAttribute('action')
            || location.href;
        if (form.method === 'post') return keep(action, 'POST', data);
        const url = new URL(action, document.baseURI);
        url.search = data;
        keep(url.href);
    };
    const submit = HTMLFormElement.prototype.submit;
    HTMLFormElement.prototype.submit = function () {
        return ours(this.target) ? keepForm(this) : submit.call(this);
    };
    document.addEventListener('submit', event => {
        const target = event.submitter?.formTarget || event.target.target;
        if (event.defaultPrevented || !ours(target)) return;
        event.preventDefault();
        keepForm(event.target, event.submitter);
    });
    document.addEventListener('click', event => {
        const link = event.target.closest?.('a[href]');
        if (!link || event.defaultPrevented || !ours(link.target)) return;
        event.preventDefault();
        keep(link.href);
    });
}
