// Which rows of a grid are none of a vehicle, and what opens those that are folded.
(() => {
    const words = row => `${row.id} ${row.className}`;
    const isGroup = row => /group/i.test(words(row)) && !/groupfooter/i.test(words(row));
    const isOther = row => /header|footer|pager|filter|emptydata|emptyrow/i.test(words(row))
        || (row.querySelector('th') !== null && row.querySelector('td') === null);
    const number = row => row.id.match(/[0-9]+$/)?.[0];
    // The details below a row: called so, or of the same number.
    const isDetail = (row, of) => !isGroup(row) && (/detail|adaptive|preview/i.test(words(row))
        || (of !== null && number(of) !== undefined && number(row) === number(of)));

    const FOLDED = "[aria-expanded='false'], [class*='CollapsedButton' i], " +
        "[class*='ShowAdaptiveDetail' i], [title^='Expand' i], [alt^='Expand' i], " +
        "[aria-label^='Expand' i], [title^='Show detail' i], [aria-label^='Show detail' i], " +
        "[onclick*='ExpandRow'], [onclick*='ShowDetail'], [onclick*='ShowAdaptiveDetail']";
    // What opens a row leads nowhere and chooses nothing.
    const isButton = each => !each.matches('input, select, [aria-haspopup], [role=combobox]')
        && !each.closest('a[href]:not([href^="#"]):not([href^="javascript:" i])')
        && each.getClientRects().length > 0
        && each.checkVisibility({visibilityProperty: true});
    const folded = (look, closest) => look(FOLDED, found => found.filter(isButton))
        .map(button => ({button, row: closest(button, 'tr, [role=row]')}))
        .filter(({row}) => row && !isOther(row));

    const seenRows = look => look('tr, [role=row]')
        .filter(row => row.getClientRects().length).length;

    return {isGroup, isOther, isDetail, folded, seenRows};
})()
