// What the page shows, its title and the values of its fields too: the stock number may be in one.
() => [
    document.title,
    document.body.innerText,
    ...[...document.querySelectorAll('input, textarea')].map(field => field.value),
].join('\n')
