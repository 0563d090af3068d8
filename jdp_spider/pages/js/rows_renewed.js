// Whether other rows have come since `mark_rows.js`; 'empty' where none have, as `rows_there.js` says.
({at}, rowsThere) => ([where, before]) => {
    const ids = rowsThere(where), {look} = at(where);
    if (ids === 'empty') return look(where[1]).length > 0 && ids;
    return ids && (ids !== before || !look('[data-jdp-old]').length);
}
