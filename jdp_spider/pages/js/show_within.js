// Shows a page that was to come in a window within the one that has opened it, which stays its opener.
// Where it was not opened by `window.open`, or is of another site, this page is left for it.
([url, html]) => {
    if (!window.jdpTab || new URL(url).origin !== location.origin) {
        location.assign(url);
        return;
    }
    const frame = document.createElement('iframe');
    // Not unseen: a script may wait for that.
    frame.style.cssText = 'position: fixed; inset: 0 auto auto 0; width: 800px; height: 600px; opacity: 0;'
        + 'pointer-events: none; z-index: -1';
    document.body.append(frame);
    const {contentWindow: view, contentDocument: page} = frame;
    page.open();
    // Before its scripts run. Its own address is that of its links, too.
    view.opener = window;
    view.history.replaceState(null, '', url);
    page.write(html);
    page.close();
}
