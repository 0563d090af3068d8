// The text of a page that is loaded and short: what comes instead of a page of the site. A firewall may show
// nothing but a frame, with its words for browsers that have none.
framesToo => {
    const frames = [...document.querySelectorAll('iframe')].map(frame => frame.textContent).join('\n').trim();
    if (framesToo && frames && !document.body.innerText.trim()) return frames;
    const text = `${document.title}\n${document.body?.innerText ?? ''}`;
    return document.readyState === 'loading' || text.length > 2000 ? '' : text;
}
