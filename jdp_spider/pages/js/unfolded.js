// Whether what was marked by `mark_folded.js` is open: replaced, not folded any more, or more rows are
// seen.
({folded, seenRows}) => () => !folded().some(({button}) => button.dataset.jdpFold)
    || seenRows() > window.jdpRows
