// What the page says that it did not say when something was last clicked, and what notices have said
// meanwhile that are gone.
() => {
    const known = window.jdpClick?.lines ?? new Set();
    const lines = (document.body?.innerText ?? '').split('\n').map(line => line.trim())
        .filter(line => line && !known.has(line));
    const gone = [...window.jdpSaid ?? []].filter(line => !lines.includes(line));
    return [...new Set([...gone, ...lines])].join(' ');
}
