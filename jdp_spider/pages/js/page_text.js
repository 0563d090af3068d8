// What the page shows, the values of its fields too: the stock number may be in one.
() => [
    document.body.innerText,
    ...[...document.querySelectorAll('input, textarea')].map(field => field.value),
].join('\n')
