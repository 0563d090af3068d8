// The text of a page that is loaded and short: what comes instead of a page of the site.
() => {
    const text = `${document.title}\n${document.body?.innerText ?? ''}`;
    return document.readyState === 'loading' || text.length > 2000 ? '' : text;
}
