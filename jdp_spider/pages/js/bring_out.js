// Brings out what is on the page without being shown: opens the tab or the menu that certainly holds
// it, else scrolls through the page once, for what is made only when it is scrolled to. Returns whether
// there was anything to do.
({everywhere, isSeen, says, parent, is, holds}, changes) => selectors => {
    const BUTTONS = 'button, a, input[type=button], input[type=submit], [role=button]';
    const TOGGLES = '[aria-haspopup], [aria-expanded=false], [data-toggle], [data-bs-toggle], summary, '
        + '[class*=dropdown-toggle i], [class*=menu-toggle i]';
    const fold = text => (text ?? '').replace(/\s+/g, ' ').trim().toLowerCase();
    const tried = window.jdpBroughtOut ??= new Set();
    const may = each => each && !tried.has(each) && isSeen(each) && !changes(says(each))
        && !each.matches('input, select, textarea, :disabled')
        && (each.getAttribute('href') ?? '#').startsWith('#');
    const called = (attribute, value, how = '=') => `[${attribute}${how}${JSON.stringify(value)}]`;
    // DevExpress calls a tab's content NAME_C1, and the tab NAME_T1.
    const openersOf = (part, id = part.getAttribute('id')) => [
        ...id ? everywhere([called('href', `#${id}`), called('data-target', `#${id}`),
            called('data-bs-target', `#${id}`), called('aria-controls', id, '~='),
            called('id', id.replace(/_C(\d+)$/, '_T$1'))].join()) : [],
        ...(part.getAttribute('aria-labelledby') ?? '').split(/\s+/).filter(Boolean)
            .flatMap(id => everywhere(called('id', id))),
        is(part, 'details') ? part.querySelector('summary') : null,
        part.previousElementSibling?.matches(TOGGLES) ? part.previousElementSibling : null,
    ].filter(each => each && each !== part && !holds(part, each) || each?.matches('summary'));

    const wanted = selectors.flatMap(selector => selector.startsWith('text:')
        ? everywhere(BUTTONS).filter(each => fold(each.textContent) === fold(selector.slice(5))
            && !each.closest('nav, [role=navigation], [role=menubar]'))
        : everywhere(selector)).filter(each => !isSeen(each));
    for (const each of wanted) {
        for (let part = each; part && part.localName !== 'body'; part = parent(part)) {
            const opener = openersOf(part).find(may);
            if (!opener) continue;
            tried.add(opener);
            // Another tab may name the vehicle.
            window.jdpShownBefore = `${window.jdpShownBefore ?? ''}\n${document.body.innerText}`;
            opener.click();
            return true;
        }
    }
    if (window.jdpScrolledThrough) return false;
    window.jdpScrolledThrough = true;
    const {scrollingElement: page} = document;
    if (page.scrollHeight <= innerHeight + 4) return false;
    const to = top => scrollTo({top, behavior: 'instant'});
    const scrollOn = step => {
        const isEnd = step > 20 || step * innerHeight >= page.scrollHeight;
        to(isEnd ? 0 : step * innerHeight);
        if (!isEnd) setTimeout(() => scrollOn(step + 1), 30);
    };
    scrollOn(1);
    return true;
}
