// The place of the grid: the document, be it of a frame, that has its rows, its filter or its search,
// with the shadow roots there. Other documents have lists and buttons of their own.
({parent, nodeAbove, is, frameOf, inside, either}, linkIds) => {
    const isThere = each => each.getClientRects().length > 0
        && (!frameOf(each) || (frameOf(each).clientWidth > 1 && isThere(frameOf(each))));

    const at = where => {
        // Shadow roots come and go with each page of the grid.
        window.jdpRoots = null;
        const selectors = where.filter(selector => !selector.startsWith('text:'));
        const first = pick => {
            for (const selector of selectors) {
                const [found] = either(selector, all => [all.find(pick)].filter(Boolean));
                if (found) return found;
            }
        };
        const part = first(isThere) ?? first(() => true);
        const home = part?.ownerDocument ?? document;
        const inPlain = selector => [...home.querySelectorAll(selector)];
        const inRoots = selector => inside(selector).filter(each => each.ownerDocument === home);
        const order = part?.getRootNode().host ? [inRoots, inPlain] : [inPlain, inRoots];
        const look = (selector, pick = all => all) => {
            const found = pick(order[0](selector));
            return found.length ? found : pick(order[1](selector));
        };
        return {home, look, links: withAlike(look(where[0]), where[0], look)};
    };

    // With those of the same name that say something else, as one does of a vehicle that was booked out
    // before; the first in each row that has no other.
    const SAYS = /\[(title|alt|aria-label)\b[^\]]*\]/gi, NEVER = /delet|remov|cancel|undo|void|print|mail/i;
    const withAlike = (links, selector, look) => {
        const named = selector.replace(SAYS, '');
        if (named === selector || !named.includes('[id')) return links;
        const rowOf = each => closest(each, 'tr, [role=row], li, article');
        const rows = new Set(links.map(rowOf));
        const isAlike = each => /\d/.test(each.id) && !NEVER.test(`${each.title} ${each.textContent}`);
        const isFirst = row => row && !rows.has(row) && rows.add(row);
        const others = look(named).filter(each => isAlike(each) && isFirst(rowOf(each)));
        const isAfter = (a, b) => b.compareDocumentPosition(a) & Node.DOCUMENT_POSITION_FOLLOWING;
        return others.length ? [...links, ...others].sort((a, b) => isAfter(a, b) ? 1 : -1) : links;
    };

    const closest = (each, selector) => {
        const {host} = each.getRootNode();
        return each.closest(selector) ?? (host ? closest(host, selector) : null);
    };

    // How many of the elements each element around them has.
    const around = elements => {
        const counts = new Map();
        for (const each of elements)
            for (let up = each; up; up = parent(up)) counts.set(up, (counts.get(up) ?? 0) + 1);
        return counts;
    };

    // The texts and fields in an element, in the order in which they are shown.
    const contentOf = element => {
        const found = [];
        const collect = each => {
            const assigned = each.localName === 'slot' ? each.assignedNodes() : [];
            const nodes = assigned.length ? assigned : (each.shadowRoot ?? each).childNodes;
            for (const node of nodes) {
                if (node.nodeType === Node.TEXT_NODE) found.push(node);
                if (node.nodeType !== Node.ELEMENT_NODE) continue;
                if (/^(input|textarea|select)$/.test(node.localName)) found.push(node);
                collect(node);
            }
        };
        collect(element);
        return found;
    };

    const idsOf = linkIds({parent, closest, contentOf});
    const linkOf = ([where, id]) => {
        const {links} = at(where);
        return links[idsOf(links).indexOf(id)];
    };

    return {parent, nodeAbove, is, frameOf, at, closest, around, contentOf, idsOf, linkOf};
}
