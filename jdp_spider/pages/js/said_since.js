// What the page says that it did not say when something was last clicked.
() => {
    const known = window.jdpClick?.lines ?? new Set();
    return (document.body?.innerText ?? '').split('\n').map(line => line.trim())
        .filter(line => line && !known.has(line)).join(' ');
}
