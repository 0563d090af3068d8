// Returns true once the page is loaded and has not changed for a while; false when time is up.
({isLoading}) => async ([still, limit]) => {
    const LOADING = /\b(loading|please wait|one moment)\b/i;
    const end = Date.now() + limit;
    let since = Date.now();
    const changes = new MutationObserver(() => { since = Date.now(); });
    changes.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
    // The page of a frame may not have come yet.
    const isEmpty = frame => /^https?:/.test(frame.src) && frame.contentDocument
        && (frame.contentDocument.readyState === 'loading'
            || frame.contentDocument.URL === 'about:blank');
    const waits = () => isLoading() || [...document.querySelectorAll('iframe, frame')].some(isEmpty)
        || (Date.now() - since < 3000 + still && LOADING.test(document.body?.innerText ?? ''));
    const isQuiet = () => !waits() && Date.now() - since >= still;
    while (Date.now() < end && !isQuiet()) await new Promise(resolve => setTimeout(resolve, 50));
    changes.disconnect();
    return isQuiet();
}
