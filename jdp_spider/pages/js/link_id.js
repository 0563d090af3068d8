// The id of a bookout link. One without an id gets one that is the same whenever its row is shown.
link => {
    if (link.id) return link.id;
    const href = link.getAttribute('href') ?? '';
    const isAddress = href && !/^\s*(#|javascript:)/i.test(href);
    const row = link.closest('tr, [role=row], li, article') ?? link.parentElement;
    const text = isAddress ? href : row.textContent.replace(/\s+/g, ' ').trim();
    let hash = 5381;
    for (const sign of text) hash = (hash * 33 + sign.codePointAt(0)) >>> 0;
    const id = `jdp-${hash.toString(16)}`;
    let copy = id;
    for (let n = 2; document.getElementById(copy); n++) copy = `${id}-${n}`;
    return link.id = copy;
}
