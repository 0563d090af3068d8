// What came of the click on the way out: 'login' where that is there; 'said' where a page says that one
// is out; the question where a page asks first; 'gone' where nothing of the inside is seen for a while.
({isLoading, isVisible}, markYes) => ([userName, inside]) => {
    const OUT = new RegExp('\\b(have|has|are|were|been|now|successfully)( been| now| successfully)*'
        + ' (log(ged)?|sign(ed)?)[- ]?(out|off)\\b|\\b(log|sign) (back )?in again\\b'
        + '|\\bsession (has |was |is )?(been |now )?(ended|closed|terminated)\\b', 'i');
    const QUIET_MS = 3000;
    if (isVisible([userName])) return ['login'];
    if (isLoading()) return null;
    const isInside = isVisible(inside), text = document.body?.innerText ?? '';
    const known = window.jdpClick?.lines ?? new Set();
    const isNew = line => !known.has(line.trim()) && OUT.test(line);
    // Not a question whether to.
    if (!isInside && !text.includes('?') && text.split('\n').some(isNew)) return ['said'];
    // What was clicked by a script is still there, and no answer to anything.
    const asked = (window.jdpClick || !isInside) && markYes('log_out');
    if (asked) return ['asked', asked];
    if (isInside) return null;
    if (window.jdpQuiet?.text !== text) window.jdpQuiet = {text, since: Date.now()};
    return Date.now() - window.jdpQuiet.since > QUIET_MS ? ['gone'] : null;
}
