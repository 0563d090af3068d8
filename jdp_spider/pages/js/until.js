// Asks again and again, until the time is up: when something in the page has changed, when
// `jdpLookAgain` is called, and now and then.
condition => async ([argument, ms]) => {
    const start = Date.now(), end = start + ms;
    const change = () => new Promise(resolve => {
        const look = () => { changes.disconnect(); clearTimeout(timer); resolve(); };
        // Not at once: the page shall come to its own work, whatever the condition changes.
        const changes = new MutationObserver(() => setTimeout(look));
        const timer = setTimeout(look, Date.now() - start < 500 ? 8 : 25);
        changes.observe(document,
            {subtree: true, childList: true, attributes: true, characterData: true});
        window.jdpLookAgain = look;
    });
    for (;;) {
        const found = await condition(argument);
        if (found || Date.now() > end) return found || null;
        await change();
    }
}
