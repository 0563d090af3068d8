// Notes the wanted pager link for a click and says whether there is one. Links in a data row are
// no pager; links in something called a pager are looked at before others, and there so is whatever
// else can be clicked. With `here`, links to other paths are none.
({at, around, closest}) => ([where, wanted]) => {
    const {home, look, links} = at(where), counts = around(links);
    const PAGER = "[class*='pager' i], [id*='pager' i], nav, [class*='dxpLite'], [class*='dxp-'], "
        + "[class*='dxpControl'], [class*='paginat' i], [class*='paging' i], [class*='ui-pg-']";
    const OTHERS = ['input[type=button]', 'input[type=submit]', 'input[type=image]', '[role=button]',
        '[onclick]', 'li', 'td', 'span', 'div'].map(each => `:is(${PAGER}) ${each}`).join(', ');
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
        ...(link.matches('input') ? [link.value, link.alt] : []),
        ...[...link.querySelectorAll('img')].map(image => image.alt || image.title)]
        .map(text => text.trim().toLowerCase().replace(/^go to (the )?/, '')).filter(Boolean);
    const matches = link => wanted.words.some(word =>
        words(link).some(text => text === word.toLowerCase()))
        || wanted.calls.some(call => (link.getAttribute('onclick') ?? '').includes(call));
    const isLink = link => link.getClientRects().length && !inRow(link) && !off(link) && own(link);
    const inPager = link => closest(link, PAGER);
    // What is only a text is no way anywhere.
    const isClicked = each => each.matches('input, [role=button], [onclick]')
        || getComputedStyle(each).cursor === 'pointer';
    const [found] = look('a, button', all => {
        const usable = all.filter(isLink);
        const one = usable.filter(inPager).find(matches)
            ?? (wanted.strict ? undefined : usable.find(matches));
        return one ? [one] : [];
    });
    [window.jdpGo] = found ? [found] : look(OTHERS, all => all
        .filter(each => matches(each) && isLink(each) && isClicked(each)).slice(-1));
    return Boolean(window.jdpGo);
}
