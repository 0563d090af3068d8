// Notes what opens the next folded group of the grid, or the details of the row with this bookout
// link, for a click, and says whether there is any. What was clicked before is not noted again.
({at, around, closest, idsOf}, {folded, seenRows}) => ([where, id]) => {
    const {look, links} = at(where), ids = idsOf(links);
    const wanted = around(id ? links.filter((_, n) => ids[n] === id) : links);
    window.jdpUnfolded ??= new Set();
    for (const {button, row} of folded(look, closest)) {
        const name = id || `${row.id} ${row.textContent.trim()}`;
        if (wanted.has(row) !== Boolean(id) || window.jdpUnfolded.has(name)) continue;
        window.jdpUnfolded.add(name);
        window.jdpFold = button;
        window.jdpRows = seenRows(look);
        return true;
    }
    return false;
}
