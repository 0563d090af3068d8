// What the page shows, its title and the values of its fields too: the stock number may be in one.
// A vehicle may stand in a frame of the page.
() => {
    const textsOf = page => [
        page.title,
        page.body?.innerText ?? '',
        ...[...page.querySelectorAll('input, textarea')].map(field => field.value),
        ...[...page.querySelectorAll('iframe, frame')]
            .filter(frame => frame.contentDocument && frame.getClientRects().length)
            .flatMap(frame => textsOf(frame.contentDocument)),
    ];
    return textsOf(document).join('\n');
}
