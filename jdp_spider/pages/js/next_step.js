// What has come of a click for a file: its size and one more, where the page has made it itself; or
// "next" where another button or link, marked here, leads to it. With `begins` it notes what is
// there before the click.
({isLoading, everywhere, isSeen, says}, changes) => ([mark, begins]) => {
    const CLICKABLE = 'button, a[href], input[type=button], input[type=submit], [role=button]';
    const ACTION = /\b(download|export|open|view|show|get|display|here|continue)\b/;
    const TOPIC = /\bpdf\b|report|document|\bfile\b|download|\bexport|book ?-?out/;
    const NEVER = new RegExp(['mail', '\\bsend', '\\bshar', '\\bprint', '\\bclose', '\\bcancel',
        '\\bback\\b', '\\banother', '\\bnew\\b', '\\bcreate', '\\bhelp', '\\bhistory', '\\ball\\b',
        'log ?out', 'sign ?out', '\\breader\\b', 'adobe'].join('|'));
    // To a file, not to another company.
    const EXPORTS = new RegExp('^export( (it|now|as|to|in|a|the|your|data|inventory|list|reports?|files?'
        + '|documents?|csv|excel|xlsx?|pdf))*\\W*$');
    // The name of a file that was made.
    const isFile = each => /^[^?]{1,80}\.(pdf|csv)$/i.test(each.textContent.trim());
    const isMarked = each => each.href?.toLowerCase?.().includes(mark.toLowerCase());
    const may = each => isMarked(each) || isFile(each)
        || (ACTION.test(says(each)) && !NEVER.test(says(each)) && !changes(says(each))
            && (EXPORTS.test(says(each)) || !/\bexport/.test(says(each))));
    // Few pass the look at their words, which costs less than that at what is seen.
    const seen = () => everywhere(CLICKABLE).filter(each =>
        ACTION.test((each.value || each.textContent).toLowerCase()) || isMarked(each)
        || isFile(each) || !each.textContent.trim()).filter(may).filter(isSeen);
    if (begins) {
        window.jdpKnown = new Set(seen().flatMap(each => [each, says(each)]));
        window.jdpFollowed = new Set();
        window.jdpNext = null;
        return null;
    }
    const jdpFile = document.documentElement?.dataset.jdpFile;
    if (jdpFile) return Number(jdpFile) + 1;
    if (isLoading() || Date.now() - window.jdpLooked < 250) return null;
    window.jdpLooked = Date.now();
    // Of a page that came after the click, all is new.
    const isOther = !window.jdpKnown;
    window.jdpKnown ??= new Set();
    window.jdpFollowed ??= new Set();
    window.jdpOtherPage ||= isOther;
    // Of a list of files some are older.
    const isOnly = each => all.filter(other => isFile(other) && !window.jdpKnown.has(other)).length === 1;
    const leads = each => {
        if (window.jdpKnown.has(each) || window.jdpKnown.has(says(each))) return false;
        if (window.jdpFollowed.has(each) || each.matches(':disabled, [aria-disabled=true]'))
            return false;
        if (isMarked(each)) return true;
        const isElsewhere = /^https?:/.test(each.href) && new URL(each.href).origin !== location.origin;
        if (isFile(each)) return !window.jdpOtherPage && !isElsewhere && isOnly(each);
        if (isElsewhere || (window.jdpOtherPage && !/download/.test(says(each)))) return false;
        const around = each.closest('p, div, li, td, form')?.innerText ?? '';
        // "Continue" is the answer to a question.
        if (/\bcontinue\b/.test(says(each)) && changes(around)) return false;
        return TOPIC.test(says(each))
            || (around.length < 300 && TOPIC.test(around.toLowerCase()));
    };
    const all = seen(), found = all.find(leads);
    if (found !== window.jdpNext?.found) window.jdpNext = found ? {found, since: Date.now()} : null;
    // Not one that goes again at once.
    if (!found || Date.now() - window.jdpNext.since < 500) return null;
    everywhere('[data-jdp-next]').forEach(each => delete each.dataset.jdpNext);
    window.jdpFollowed.add(found);
    found.dataset.jdpNext = '1';
    return 'next';
}
