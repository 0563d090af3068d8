// The ids of bookout links. One without an id of its own gets one that is the same whenever its row is
// shown: several shadow roots may have the same ids.
({closest, contentOf, parent}) => links => {
    const count = Map.groupBy(links, link => link.id);
    const taken = new Set(links.map(link => link.dataset.jdpId));
    const textOf = row => contentOf(row).map(each => each.data ?? '').join('');
    return links.map(link => {
        if (link.id && count.get(link.id).length === 1) return link.id;
        if (link.dataset.jdpId) return link.dataset.jdpId;
        const href = link.getAttribute('href') ?? '';
        const isAddress = href && !/^\s*(#|javascript:)/i.test(href);
        const row = closest(link, 'tr, [role=row], li, article') ?? parent(link);
        const text = isAddress ? href : textOf(row).replace(/\s+/g, ' ').trim();
        let hash = 5381;
        for (const sign of text) hash = (hash * 33 + sign.codePointAt(0)) >>> 0;
        const id = `jdp-${hash.toString(16)}`;
        let copy = id;
        for (let n = 2; taken.has(copy); n++) copy = `${id}-${n}`;
        taken.add(copy);
        return link.dataset.jdpId = copy;
    });
}
