// Marks the wanted pager link for a click and says whether there is one. Links in a data row are
// no pager; links in something called a pager are looked at before others. With `here`, links to
// other paths are none.
([bookout, wanted]) => {
    document.querySelectorAll('[data-jdp-go]').forEach(link => delete link.dataset.jdpGo);
    const inRow = link => link.closest('tr')?.querySelectorAll(bookout).length === 1;
    const off = link => /disabled|\b(active|current|selected)\b/i
            .test(`${link.className} ${link.parentElement?.className ?? ''}`)
        || link.hasAttribute('aria-current')
        || link.getAttribute('aria-disabled') === 'true' || link.hasAttribute('disabled');
    // One that leads to another site is no way to another page of the grid.
    const own = link => !link.getAttribute('href') || link.protocol === 'javascript:'
        || (link.origin === location.origin && (!wanted.here || link.pathname === location.pathname));
    const words = link => [link.textContent, link.title, link.getAttribute('aria-label') ?? '',
        ...[...link.querySelectorAll('img')].map(image => image.alt || image.title)]
        .map(text => text.trim()).filter(Boolean);
    const matches = link => wanted.words.some(word =>
        words(link).some(text => text.toLowerCase() === word.toLowerCase()))
        || wanted.calls.some(call => (link.getAttribute('onclick') ?? '').includes(call));
    const links = [...document.querySelectorAll('a, button')]
        .filter(link => link.getClientRects().length && !inRow(link) && !off(link) && own(link));
    const inPager = link => link.closest("[class*='pager' i], [id*='pager' i], nav, " +
        "[class*='dxpLite'], [class*='dxp-'], [class*='pagination' i]");
    const found = links.filter(inPager).find(matches)
        ?? (wanted.strict ? null : links.find(matches));
    if (!found) return false;
    found.dataset.jdpGo = '1';
    return true;
}
