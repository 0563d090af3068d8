// Moves the mouse now and then, as a user would: some pages log out whoever is idle, also while they
// wait for a report. Only the page's listeners notice it. Returns the window of our world.
milliseconds => {
    window.jdpAwake ??= setInterval(() => {
        const everything = document.body || document.documentElement;
        everything?.dispatchEvent(new MouseEvent('mousemove', {bubbles: true}));
    }, milliseconds);
    return window;
}
