// Marks the rows that are shown, to see later whether others have come; returns their ids.
({at, closest, idsOf}) => where => {
    const {look, links} = at(where);
    const rows = links.map(link => closest(link, 'tr') ?? link);
    (rows.length ? rows : look(where[1])).forEach(element => element.dataset.jdpOld = '1');
    window.jdpEmptySince = window.jdpUnfolded = undefined;
    return idsOf(links).join();
}
