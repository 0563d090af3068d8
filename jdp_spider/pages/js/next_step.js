// What has come of a click for a file: its size and one more, where the page has made it itself; or
// the buttons and links that lead to it, with what stands around each, see `naming.py`. Of these one
// is taken, see `take_step.js`; those that were passed over are not returned again. With `begins` it
// notes what is there before the click. `isNoViewer` finds what tells another page of the site from a
// report's viewer; without that none is expected. `isQuiet`: nothing was asked for since the last step.
// Where a notice tells of an end, it returns what kind of end.
({isLoading, everywhere, isSeen, says, above, isVisible}, changes, {ways, known, isUnderWay}, notices) =>
([mark, begins, isNoViewer, isQuiet]) => {
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
        window.jdpThereBefore = new Set(known().flatMap(each => each.body ? [each] : [each, says(each)]));
        notices.begin();
        window.jdpFollowed = new Set();
        window.jdpNext = null;
        return null;
    }
    const jdpFile = document.documentElement?.dataset.jdpFile;
    if (jdpFile) return Number(jdpFile) + 1;
    if (isLoading() || Date.now() - window.jdpLooked < 250) return null;
    window.jdpLooked = Date.now();
    const end = notices.look();
    if (end) return end;
    // Of a page that came after the click, all is new.
    const isOther = !window.jdpKnown;
    window.jdpKnown ??= new Set();
    window.jdpFollowed ??= new Set();
    window.jdpOtherPage ||= isOther;
    const beside = each => each.closest('p, div, li, td, form')?.innerText ?? '';
    // Of a list of files some are older.
    const isOnly = each => all.filter(other => isFile(other) && !window.jdpKnown.has(other)).length === 1;
    const leads = each => {
        if (window.jdpKnown.has(each) || window.jdpKnown.has(says(each))) return false;
        if (window.jdpFollowed.has(each) || each.matches(':disabled, [aria-disabled=true]'))
            return false;
        if (isMarked(each)) return true;
        const isElsewhere = /^https?:/.test(each.href) && new URL(each.href).origin !== location.origin;
        if (isFile(each)) return !window.jdpOtherPage && !isElsewhere;
        if (isElsewhere || (window.jdpOtherPage && !/download/.test(says(each)))) return false;
        const around = beside(each);
        // "Continue" is the answer to a question.
        if (/\bcontinue\b/.test(says(each)) && changes(around)) return false;
        return TOPIC.test(says(each))
            || (around.length < 300 && TOPIC.test(around.toLowerCase()));
    };
    // "If your report does not open within 10 seconds, click here": the report is on its way, and would
    // be made twice.
    const IN_CASE = /\bif\b[^.;!?]{0,80}(\bnot\b|n['\u2019]t\b|\bnothing\b|\bfail|\bproblem|\btrouble|\bblock)/;
    const WITHIN = /(\d{1,2}) ?(s|secs?|seconds?)\b/;
    const first = window.jdpFirstSeen ??= new Map();
    const isEarly = each => {
        const around = beside(each).toLowerCase();
        if (around.length > 300 || !IN_CASE.test(around)) return false;
        const name = `${says(each)} ${each.href ?? ''}`;
        if (!first.has(name)) first.set(name, Date.now());
        return Date.now() - first.get(name) < 1000 * (Number(around.match(WITHIN)?.[1] ?? 9) + 1);
    };
    // Which vehicle a link belongs to stands in its row, if in anything. Addresses have VINs at most.
    const LONGEST = 1000;
    const vinOf = each => (each.href ?? '').toString().match(/\b(?=[A-Z]*\d)[A-HJ-NPR-Z0-9]{17}\b/i)?.[0] ?? '';
    const textsOf = (around, each) => {
        let [texts, length] = [[[], []], 0];
        const walker = document.createTreeWalker(around, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node && length < LONGEST; node = walker.nextNode()) {
            const holder = node.parentElement;
            if (!node.data.trim() || each.contains(node) || holder.matches('script, style, option')
                || !holder.checkVisibility({visibilityProperty: true})) continue;
            const isAfter = each.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING;
            texts[isAfter ? 1 : 0].push(node.data);
            length += node.data.length;
        }
        return length < LONGEST ? texts.map(each => each.join(' ')) : null;
    };
    const aroundOf = each => {
        const named = ['title', 'aria-label', 'download'].map(name => each.getAttribute(name) ?? '');
        const found = [['', [each.textContent, ...named, vinOf(each)].join(' ')]];
        for (let up = above(each); up && up.localName !== 'body'; up = above(up)) {
            const texts = textsOf(up, each);
            const last = found.at(-1);
            if (!texts) break;
            if (texts[0] !== last[0] || texts[1] !== last[1]) found.push(texts);
        }
        return found;
    };
    const all = seen();
    const passed = window.jdpPassed ??= new Set();
    const isViewer = isNoViewer && !(window.jdpOtherPage && isVisible(isNoViewer));
    const isNew = each => window.jdpOtherPage
        || !(window.jdpThereBefore?.has(each) || window.jdpThereBefore?.has(says(each)));
    // Of several that say the same, the vehicle's own may still be to come.
    const isAmong = (each, steps) => steps.some(other => other !== each && says(other) === says(each));
    const groups = [() => ({kind: '', steps: all.filter(leads)}), ...isViewer ? ways(isNew, isQuiet) : []];
    let next = null;
    for (const group of groups) {
        const {kind, steps: offered} = group(), steps = offered.filter(each => !isEarly(each));
        const isOne = each => (!isFile(each) || isOnly(each)) && !(isAmong(each, steps) && isUnderWay());
        const found = steps.map(each => ({around: aroundOf(each), isOne: isOne(each)}));
        const told = JSON.stringify(found);
        if (!steps.length || passed.has(told)) continue;
        next = {kind, steps, found, told, since: Date.now()};
        break;
    }
    const before = window.jdpNext;
    window.jdpNext = next;
    if (!next) return null;
    const isSame = next.steps.length === before?.steps.length
        && next.steps.every((each, n) => each === before.steps[n]);
    if (isSame) next.since = before.since;
    // Not one that goes again at once.
    return Date.now() - next.since < 500 ? null : next.found;
}
