// Whether other rows have come since `mark_rows.js`.
idOf => ([bookout, bar, before]) => {
    if (document.readyState === 'loading') return false;
    const ids = [...document.querySelectorAll(bookout)].map(idOf).join();
    // Rows may be taken away before the new ones come: no rows is an answer only if it lasts.
    window.jdpEmptySince = ids ? undefined : window.jdpEmptySince ?? Date.now();
    if (!ids && Date.now() - window.jdpEmptySince < 300) return false;
    const there = document.querySelector(bookout) || document.querySelector(bar);
    return there && (ids !== before || !document.querySelector('[data-jdp-old]'));
}
