// The rows with a bookout link, each with the texts that can be seen in it. `cells` are those of
// the row itself, of its other half in a table beside (fixed columns) and of details below it;
// `nearby` are those of rows that belong to it only if it says nothing itself.
(place, texts, {isDetail, isGroup, isOther}) => where => {
    const MOST_ROWS = 3, ROW = 'tr, [role=row]';
    const {closest, parent, nodeAbove, is, around} = place, {textsOf, isSeen} = texts(place);
    const {home, links} = place.at(where), ids = place.idsOf(links);
    const counts = around(links), isAlone = element => counts.get(element) === 1;
    const number = row => row.dataset.uid ?? row.getAttribute('aria-rowindex')
        ?? row.id.match(/[0-9]+$/)?.[0];

    // A command cell may hold a table of its own: the row is the outermost one with just this link.
    const rowOf = link => {
        const above = row => row && parent(row) && closest(parent(row), ROW);
        let row = closest(link, ROW);
        for (let up = above(row); up && isAlone(up); up = above(up)) row = up;
        return row;
    };
    // One that looks like no card: all around the link up to what is no part of a vehicle, as a bar
    // of filters, which may name what was searched for.
    const OTHERS = "input, select, textarea, nav, header, footer, h1, [class*='filter' i], "
        + "[id*='filter' i], [class*='pager' i], [class*='search' i]";
    const loneCardOf = link => {
        let card = link;
        const isPart = up => up && up !== home.body && !is(up, 'main, form, [role=main]')
            && !is(up, OTHERS) && !(up.shadowRoot ?? up).querySelector(OTHERS);
        while (isPart(parent(card))) card = parent(card);
        return card === link ? null : card;
    };
    // Without a table: the largest part of the page with just this link.
    const cardOf = link => {
        if (links.length < 2)
            return closest(link, "li, article, [role=listitem], [class*='card' i]") ?? loneCardOf(link);
        let card = link;
        while (isAlone(parent(card))) card = parent(card);
        return card;
    };
    const tableOf = row => closest(row, 'table, [role=grid], [role=rowgroup]');
    const rowsOf = table => [...table.querySelectorAll(ROW)]
        .filter(each => tableOf(each) === table && !isOther(each));

    // The tables beside a row's own, as far up as there are any.
    const besides = new Map();
    const tablesBeside = table => {
        if (!besides.has(table)) {
            let up = nodeAbove(table), found = [];
            for (; up && !found.length; up = nodeAbove(up) ?? up.host)
                found = [...up.querySelectorAll('table')].filter(each => each !== table
                    && !each.contains(table) && !table.contains(each)
                    && !each.parentElement?.closest('table')?.closest('tr')
                    && !counts.has(each));
            besides.set(table, found);
        }
        return besides.get(table);
    };
    const halvesOf = row => {
        const table = tableOf(row);
        if (!table) return [];
        const own = rowsOf(table);
        return tablesBeside(table).flatMap(other => {
            const rows = rowsOf(other), key = number(row);
            const same = key === undefined ? [] : rows.filter(each => number(each) === key);
            if (same.length) return same.length === 1 ? same : [];
            return rows.length === own.length ? [rows[own.indexOf(row)]] : [];
        });
    };

    const hasLink = row => counts.has(row);
    const detailsOf = row => {
        const found = [];
        for (let next = row.nextElementSibling; next && isDetail(next, row) && !hasLink(next);
            next = next.nextElementSibling) found.push(next);
        return found;
    };
    // Several rows to a vehicle, in a regular order; or the only vehicle below a group's header.
    const nearbyOf = row => {
        const body = row.parentNode;
        const rows = [...body.children].filter(each => !isOther(each) && isSeen(each));
        if (rows.length > 1 && isAlone(body) && links.length > 1) return rows;
        const before = rows[rows.indexOf(row) - 1], after = rows[rows.indexOf(row) + 1];
        if (before && isGroup(before) && (!after || isGroup(after))) return [before];
        const plain = rows.filter(each => !isGroup(each) && !isDetail(each, null));
        const places = plain.flatMap((each, place) => hasLink(each) ? [place] : []);
        // A search may leave the rows of one vehicle alone.
        if (links.length === 1 && places.length === 1 && plain.length <= MOST_ROWS) return plain;
        const period = plain.length / places.length;
        const isRegular = places.length > 1 && period > 1 && Number.isInteger(period)
            && places.every((place, n) => place === n * period + places[0]);
        if (!isRegular) return [];
        const first = Math.floor(plain.indexOf(row) / period) * period;
        return plain.slice(first, first + period);
    };

    return links.flatMap((link, n) => {
        const row = rowOf(link), record = row ?? cardOf(link);
        if (record && !isSeen(record)) return [];
        const parts = row ? [row, ...halvesOf(row), ...detailsOf(row)] : [record].filter(Boolean);
        const card = row && links.length > 1 && tableOf(row) && isAlone(tableOf(row))
            ? [cardOf(link)] : [];
        // An SVG's link has an object as its `href`.
        return [{
            id: ids[n],
            href: link.getAttribute('href') ?? '',
            url: String(link.href ?? ''),
            cells: parts.flatMap(textsOf),
            nearby: row ? [...nearbyOf(row), ...card].flatMap(textsOf) : [],
        }];
    });
}
