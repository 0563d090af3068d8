// Whether what was noted by `mark_folded.js` is open: replaced, not folded any more, or more rows are
// seen.
({at, closest}, {folded, seenRows}) => where => {
    const {look} = at(where);
    return !folded(look, closest).some(({button}) => button === window.jdpFold)
        || seenRows(look) > window.jdpRows;
}
