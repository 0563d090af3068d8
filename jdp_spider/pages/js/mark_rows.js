// Marks the rows that are shown, to see later whether others have come; returns their ids.
idOf => ([bookout, bar]) => {
    const rows = [...document.querySelectorAll(bookout)].map(link => link.closest('tr') ?? link);
    const marked = rows.length ? rows : [...document.querySelectorAll(bar)];
    marked.forEach(element => element.dataset.jdpOld = '1');
    window.jdpEmptySince = window.jdpUnfolded = undefined;
    return [...document.querySelectorAll(bookout)].map(idOf).join();
}
