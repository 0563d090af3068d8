// Whether what was marked by `mark_folded.js` is open: replaced, not folded any more, or more rows.
({folded}) => () => !folded().some(({button}) => button.dataset.jdpFold)
    || document.querySelectorAll('tr, [role=row]').length > window.jdpRows
