// Calls the page's own function that applies the search: of the document that `mark_home.js` has
// marked, or of the whole page. Returns whether there is one. It runs among the page's scripts, which
// may have replaced whatever finds things: so by plain loops.
([name, field]) => {
    const MARK = 'data-jdp-home', views = [];
    const look = root => {
        const home = root.documentElement;
        if (home?.hasAttribute(MARK)) views[views.length] = root.defaultView;
        home?.removeAttribute(MARK);
        const all = root.querySelectorAll('*');
        for (let n = 0; n < all.length; n++) {
            const inner = all[n].shadowRoot ?? all[n].contentDocument;
            if (inner) look(inner);
        }
    };
    look(document);
    views[views.length] = window;
    for (let n = 0; n < views.length; n++) {
        if (typeof views[n][name] !== 'function') continue;
        views[n][name](field);
        return true;
    }
    return false;
}
