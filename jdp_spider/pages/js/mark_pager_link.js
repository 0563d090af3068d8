// Notes the wanted pager link for a click and says whether there is one. Links in a data row are
// no pager; links in something called a pager are looked at before others, and there so is whatever
// else can be clicked, those nearest to the rows first: where that one is disabled there is none.
// With `here`, links to other paths are none.
({at, around, closest, parent}) => ([where, wanted]) => {
    const {home, look, links} = at(where), counts = around(links);
    const PAGER = "[class*='pager' i], [id*='pager' i], nav, [class*='dxpLite'], [class*='dxp-'], "
        + "[role=navigation], [class*='dxpControl'], [class*='paginat' i], [class*='paging' i], "
        + "[class*='ui-pg-']";
    const CLICKED = ['input[type=button]', 'input[type=submit]', 'input[type=image]', '[role=button]',
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

    // What a page has besides its grid turns pages of its own: pictures, months, another table.
    const BESIDES = ['carousel', 'slider', 'slideshow', 'slick-arrow', 'swiper', 'splide', 'gallery',
        'bx-wrapper', 'calendar', 'datepicker', 'wizard'].map(name => `[class*='${name}' i]`).join()
        + ", [aria-roledescription='carousel' i]";
    const near = around(links.length ? links : look(where[1]));
    const isPagerLink = link => words(link).some(text =>
        /^(\d+|[<>\u2039\u203a\u00ab\u00bb\u2026.]+|(first|prev|previous|next|last)( page)?)$/i.test(text));
    const isTable = part => [...part.querySelectorAll('table, [role=grid], [role=table]')].some(table =>
        [...table.querySelectorAll('tr, [role=row]')].filter(row => row.getClientRects().length
            && [...row.children].filter(cell => /\p{L}/u.test(cell.textContent)).length > 1).length > 1);
    const ofOther = link => {
        const box = closest(link, BESIDES);
        if (box && !near.has(box)) return true;
        for (let up = parent(link); up && !near.has(up); up = parent(up)) if (isTable(up)) return true;
        return false;
    };
    // The navigation of a site has other links; that of a grid has little but numbers and arrows.
    const ofSite = link => {
        const nav = closest(link, 'nav, [role=navigation], [role=menu], [role=menubar]');
        if (!nav || near.has(nav)) return false;
        const all = [...nav.querySelectorAll('*')].filter(each => each.getClientRects().length
            && (each.matches('a, button') || (!each.childElementCount && each.textContent.trim())));
        return all.filter(isPagerLink).length * 2 <= all.length;
    };
    const isLink = link => link.getClientRects().length && !inRow(link) && own(link)
        && !ofOther(link) && !ofSite(link);
    const inPager = link => closest(link, PAGER);
    const depth = link => {
        let up = link, count = 0;
        while (up && !near.has(up)) up = parent(up);
        for (; up; up = parent(up)) count++;
        return count;
    };
    const nearest = all => all.reduce((best, each) =>
        best && depth(best) >= depth(each) ? best : each, undefined);
    // "10" may be a page, or how many rows a page has: pages stand in order.
    const ofOrder = all => {
        const before = String(Number(wanted.words[0]) - 1);
        const numbers = part => [...part.querySelectorAll('*')].filter(each => !each.children.length)
            .map(each => each.textContent.trim()).filter(text => /^\d+$/.test(text));
        const isInOrder = link => {
            let up = parent(link);
            while (up && !near.has(up) && numbers(up).length < 2) up = parent(up);
            return Boolean(up) && numbers(up).includes(before);
        };
        const inOrder = all.length > 1 && before > 0 ? all.filter(isInOrder) : all;
        return inOrder.length ? inOrder : all;
    };
    // It has a way to other pages: then nothing outside of it is one.
    const isWay = link => words(link).some(text => !/^([02-9]|\d\d+)$/.test(text)) && isPagerLink(link);
    // What is only a text is no way anywhere.
    const isClicked = each => each.matches('input, [role=button], [onclick]')
        || getComputedStyle(each).cursor === 'pointer';
    const OFF = "[disabled], [aria-disabled=true], li[class*=disabled i], td[class*=disabled i]";
    let isDisabled = false;
    const [link] = look('a, button', all => {
        const found = all.filter(matches).filter(isLink);
        const one = nearest(ofOrder(found.filter(inPager)));
        // Other places may be looked at next.
        isDisabled ||= Boolean(one && off(one));
        if (one) return off(one) ? [] : [one];
        if (wanted.strict) return [];
        if (!wanted.here && all.some(each => inPager(each) && isWay(each) && isLink(each))) return [];
        const other = nearest(found.filter(each => !inPager(each)));
        return other && !off(other) ? [other] : [];
    });
    const found = link || isDisabled ? link : look(CLICKED, all => all.filter(each =>
        matches(each) && isLink(each) && !off(each) && isClicked(each) && !each.closest(OFF)).slice(-1))[0];
    window.jdpGo = found;
    return Boolean(found);
}
