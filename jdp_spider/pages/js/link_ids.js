// The ids of bookout links. One without an id of its own gets one that is the same whenever its row is
// shown: several shadow roots may have the same ids, and so may the rows of each page (`row_1`).
({closest, contentOf, parent}) => links => {
    const count = Map.groupBy(links, link => link.id);
    const hrefOf = link => link.getAttribute('href') ?? '';
    const isAddress = link => hrefOf(link) && !/^\s*(#|javascript:)/i.test(hrefOf(link));
    // A grid may use the elements of one page again for the rows of the next.
    for (const link of links) {
        if (isAddress(link) && link.dataset.jdpFor !== hrefOf(link)) delete link.dataset.jdpId;
        link.dataset.jdpFor = hrefOf(link);
    }
    const taken = new Set(links.map(link => link.dataset.jdpId));
    const textOf = row => contentOf(row).map(each => each.data ?? '').join('');
    // A number of the vehicle is long, or what the link opens has it, too, and no longer one.
    const isVehicles = link => {
        if (/\d{5}|[\da-f]{8}-[\da-f]{4}/i.test(link.id)) return true;
        const [number] = link.id.match(/\d+(?=\D*$)/) ?? [];
        const opened = [...link.attributes].filter(({name}) => /^(href|on|data-(?!jdp))/.test(name))
            .map(({value}) => value).join(' ');
        return number && !/\d{5}/.test(opened) && new RegExp(`(?<![A-Za-z\\d])${number}(?![A-Za-z\\d])`).test(opened);
    };
    return links.map(link => {
        if (link.id && count.get(link.id).length === 1 && isVehicles(link)) return link.id;
        if (link.dataset.jdpId) return link.dataset.jdpId;
        const row = closest(link, 'tr, [role=row], li, article') ?? parent(link);
        const text = isAddress(link) ? hrefOf(link) : textOf(row).replace(/\s+/g, ' ').trim();
        let hash = 5381;
        for (const sign of text) hash = (hash * 33 + sign.codePointAt(0)) >>> 0;
        const id = `jdp-${hash.toString(16)}`;
        let copy = id;
        for (let n = 2; taken.has(copy); n++) copy = `${id}-${n}`;
        taken.add(copy);
        return link.dataset.jdpId = copy;
    });
}
