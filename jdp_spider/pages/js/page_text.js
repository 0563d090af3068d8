// What the page shows, its title and the values of its fields too: the stock number may be in one.
// After a NUL come the values that nobody sees. A vehicle may stand in a frame of the page.
() => {
    const isHidden = field => field.type === 'hidden' || !field.getClientRects().length;
    const textsOf = page => {
        const fields = [...page.querySelectorAll('input:not([type=password]), textarea')];
        const inner = [...page.querySelectorAll('iframe, frame')]
            .filter(frame => frame.contentDocument && frame.getClientRects().length)
            .map(frame => textsOf(frame.contentDocument));
        const values = picked => fields.filter(picked).map(field => field.value);
        return {
            shown: [page.title, page.body?.innerText ?? '', ...values(field => !isHidden(field)),
                ...inner.flatMap(each => each.shown)],
            hidden: [...values(isHidden), ...inner.flatMap(each => each.hidden)],
        };
    };
    const {shown, hidden} = textsOf(document);
    // What another tab of the page showed: see `bring_out.js`.
    const before = [window.jdpShownBefore].filter(Boolean);
    return [shown.join('\n'), ...hidden, ...before].join('\0');
}
