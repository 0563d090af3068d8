// What alerts, dialogs and other notices of the page have said since something was clicked, also those
// that are gone: `look` notes it and returns what kind of end they tell of, each kind once.
({DIALOGS, everywhere, isSeen}, {mailed, failed, progress}) => {
    const NOTICES = `${DIALOGS}, [role=alert], [role=status], [aria-live], [class*=toast i], [class*=snackbar i], `
        + '[class*=notif i], [class*=alert i], [class*=message i]';
    const FIELDS = 'select, textarea, input:not([type=button], [type=submit], [type=hidden], [type=image])';
    const BUTTONS = 'button, a, input[type=button], input[type=submit], [role=button]';
    const [MAILED, FAILED, PROGRESS] = [mailed, failed, progress].map(words => new RegExp(words, 'i'));
    const LONGEST = 1000;
    const linesOf = text => text.split('\n').map(line => line.trim()).filter(Boolean);
    const shown = () => everywhere(NOTICES).filter(each => each.innerText && each.innerText.length < LONGEST)
        .filter(isSeen);
    // A question is no news.
    const isNews = each => !each.querySelector(FIELDS) && each.querySelectorAll(BUTTONS).length < 3
        && !each.innerText.includes('?');
    // "An error occurred while creating it." Not: "Creating it. If there is a problem, try again."
    const hasFailed = text => {
        const sentences = text.split(/[.!]+(?:\s|$)/), failing = sentences.filter(one => FAILED.test(one));
        return failing.some(one => !/\bif\b/i.test(one))
            && !sentences.some(one => PROGRESS.test(one) && !failing.includes(one));
    };
    const begin = () => {
        window.jdpSaid = new Set();
        window.jdpSaidBefore = new Set(shown().flatMap(each => linesOf(each.innerText)));
        window.jdpEnds = new Set();
    };
    const look = () => {
        for (const each of window.jdpSaid ? shown() : []) {
            const fresh = linesOf(each.innerText)
                .filter(line => !window.jdpSaidBefore.has(line) && !window.jdpClick?.lines.has(line));
            fresh.forEach(line => window.jdpSaid.add(line));
            const text = fresh.join(' ');
            const kind = !isNews(each) ? '' : MAILED.test(text) ? 'mailed' : hasFailed(text) ? 'failed' : '';
            if (!kind || window.jdpEnds.has(kind)) continue;
            window.jdpEnds.add(kind);
            return kind;
        }
        return null;
    };
    return {begin, look};
}
