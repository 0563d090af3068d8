// Notes the wanted pager link for a click and says whether there is one. Links in a data row are
// no pager; links in something called a pager are looked at before others. With `here`, links to
// other paths are none.
({at, around, closest}) => ([where, wanted]) => {
    const {home, look, links} = at(where), counts = around(links);
    const inRow = link => counts.get(closest(link, 'tr')) === 1;
    const off = link => /disabled|\b(active|current|selected)\b/i
            .test(`${link.className} ${link.parentElement?.className ?? ''}`)
        || link.hasAttribute('aria-current')
        || link.getAttribute('aria-disabled') === 'true' || link.hasAttribute('disabled');
    // One that leads to another site is no way to another page of the grid.
    const own = link => !link.getAttribute('href') || link.protocol === 'javascript:'
        || (link.origin === location.origin && (!wanted.here || link.pathname === here));
    const here = new URL(home.baseURI).pathname;
    const words = link => [link.textContent, link.title, link.getAttribute('aria-label') ?? '',
        ...[...link.querySelectorAll('img')].map(image => image.alt || image.title)]
        .map(text => text.trim()).filter(Boolean);
    const matches = link => wanted.words.some(word =>
        words(link).some(text => text.toLowerCase() === word.toLowerCase()))
        || wanted.calls.some(call => (link.getAttribute('onclick') ?? '').includes(call));
    const isLink = link => link.getClientRects().length && !inRow(link) && !off(link) && own(link);
    const inPager = link => closest(link, "[class*='pager' i], [id*='pager' i], nav, " +
        "[class*='dxpLite'], [class*='dxp-'], [class*='pagination' i]");
    [window.jdpGo] = look('a, button', all => {
        const usable = all.filter(isLink);
        const one = usable.filter(inPager).find(matches)
            ?? (wanted.strict ? undefined : usable.find(matches));
        return one ? [one] : [];
    });
    return Boolean(window.jdpGo);
}
