// Whether other rows have come since `mark_rows.js`.
({at, idsOf}) => ([where, before]) => {
    const {home, look, links} = at(where);
    if (home.readyState === 'loading') return false;
    const ids = idsOf(links).join();
    // Rows may be taken away before the new ones come: no rows is an answer only if it lasts.
    window.jdpEmptySince = ids ? undefined : window.jdpEmptySince ?? Date.now();
    if (!ids && Date.now() - window.jdpEmptySince < 300) return false;
    return (ids || look(where[1]).length) && (ids !== before || !look('[data-jdp-old]').length);
}
