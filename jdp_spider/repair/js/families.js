// What stands once in each of several like parts of the page, such as a link in each row of a grid:
// for each such family the selectors that find it, and what its first member looks like.
(featuresOf, {isGroup}, {everywhere, parent, nodeAbove, childrenOf, is}) => () => {
    const quoted = text => `'${text.replace(/[\\']/g, '\\$&')}'`;
    const attribute = (each, name) => Element.prototype.getAttribute.call(each, name) ?? '';
    const isSeen = each => each.getClientRects().length > 0;
    const sign = each => `${each.localName}.${[...each.classList].slice(0, 1)}`;
    const CLICKED = 'a, button, [role=button], [role=link], [onclick], img[onclick], input[type=button]';
    const links = everywhere(CLICKED).filter(isSeen)
        .filter(each => !each.parentElement?.closest('a, button'));
    // The part that has brothers of its kind, the innermost one: or the row of a table.
    const partOf = each => {
        const around = [];
        for (let up = each; up; up = parent(up)) around.push(up);
        const row = around.find(up => is(up, 'tr, [role=row]'));
        if (row) return isGroup(row) ? null : row;
        const hasLike = up => up !== each
            && [...childrenOf(nodeAbove(up))].filter(one => sign(one) === sign(up)).length > 1;
        return around.find(hasLike)
            ?? around.find(up => is(up, 'li, article, [role=listitem], [class*=card i]')) ?? null;
    };
    const ends = text => text.replace(/[0-9a-f-]*\d[0-9a-f-]*$/i, '');
    const selectorsOf = each => {
        const tag = each.localName, found = [];
        const id = ends(each.id);
        if (id && id !== each.id) found.push(`${tag}[id^=${quoted(id)}]`);
        for (const name of ['title', 'aria-label', 'name', 'data-action', 'data-command', 'data-testid']) {
            const value = attribute(each, name);
            if (value && !/\d{3,}/.test(value)) found.push(`${tag}[${name}=${quoted(value)}]`);
        }
        const href = attribute(each, 'href');
        const folder = ends(href.split(/[?#]/)[0]);
        if (folder && folder !== href && /[a-z]{2}/i.test(folder) && !/^javascript:/i.test(href))
            found.push(`${tag}[href*=${quoted(folder)}]`);
        const query = href.match(/\?([\w.]+)=/);
        if (query && folder) found.push(`${tag}[href^=${quoted(folder)}][href*=${quoted(`?${query[1]}=`)}]`);
        const called = (attribute(each, 'onclick') + href).match(/(\w+)\s*\(/);
        if (called) found.push(`${tag}[onclick*=${quoted(`${called[1]}(`)}]`);
        for (const name of each.classList) found.push(`${tag}.${CSS.escape(name)}`);
        for (const {name, value} of each.attributes)
            if (name.startsWith('data-') && /^\d+$/.test(value)) found.push(`${tag}[${name}]`);
        const cell = each.closest('td, [role=gridcell]');
        const column = cell && [...cell.parentNode.children].indexOf(cell) + 1;
        if (cell) found.push(`${cell.localName}:nth-child(${column}) ${tag}:nth-of-type(`
            + `${[...each.parentNode.children].filter(o => o.localName === tag).indexOf(each) + 1})`);
        return found;
    };
    const families = new Map();
    for (const each of links.slice(0, 60)) {
        for (const selector of selectorsOf(each)) {
            if (families.has(selector)) continue;
            const members = everywhere(selector).filter(isSeen);
            const parts = new Set(members.map(partOf));
            if (members.length && parts.size === members.length && !parts.has(null))
                families.set(selector, {
                    selector, count: members.length, ...featuresOf(each),
                    text: featuresOf(each).text, first: links.indexOf(members[0]),
                });
        }
    }
    const byFirst = new Map();
    for (const family of families.values()) {
        const known = byFirst.get(family.first);
        if (known) known.selectors.push(family.selector);
        else byFirst.set(family.first, {...family, selectors: [family.selector]});
    }
    return [...byFirst.values()];
}
