// Marks what opens the next folded group of the grid, or the details of the row with this bookout
// link, for a click, and says whether there is any. What was clicked before is not marked again.
({folded, seenRows}) => ([bookout, id]) => {
    document.querySelectorAll('[data-jdp-fold]').forEach(each => delete each.dataset.jdpFold);
    window.jdpUnfolded ??= new Set();
    const link = id && document.getElementById(id);
    for (const {button, row} of folded()) {
        const isWanted = id ? link && row.contains(link) : !row.querySelector(bookout);
        const name = id || `${row.id} ${row.textContent.trim()}`;
        if (!isWanted || window.jdpUnfolded.has(name)) continue;
        window.jdpUnfolded.add(name);
        button.dataset.jdpFold = '1';
        window.jdpRows = seenRows();
        return true;
    }
    return false;
}
