// The rows of the grid with a bookout link. A command cell may hold a table of its own: the row is
// the outermost one with just this link.
selector => [...document.querySelectorAll(selector)].map(link => {
    let row = link.closest('tr');
    for (let up = row?.parentElement?.closest('tr');
        up && up.querySelectorAll(selector).length === 1;
        up = up.parentElement?.closest('tr')) row = up;
    const cells = row ? [...row.querySelectorAll('td')] : [];
    // An SVG's link has an object as its `href`.
    return {
        id: link.id,
        href: link.getAttribute('href') ?? '',
        url: String(link.href ?? ''),
        cells: cells.map(cell => cell.textContent),
    };
})
