// Does what lets something be clicked that is disabled or covered, as a person would: scrolls texts
// to their ends, which a page may want to be read first; answers a question that lies over the page,
// such as one about cookies, by the answer that allows the least. Returns whether there was any.
({shown, says, isSeen, parent}) => () => {
    const NEVER = new RegExp(['delet', 'remov', 'purchas', '\\bbuy\\b', '\\bpay\\b', 'overwrit', 'password',
        '\\b(an)?other (session|user|device|computer|browser)', 'existing session', 'elsewhere'].join('|'), 'i');
    const STAYS = /\b(stay|keep|remain|continue)\b.*\b(signed|logged|session|working)\b|still here|^extend/;
    const ANSWERS = [
        /^(reject|decline|deny|refuse|disallow)\b|\b(necessary|essential|required)\b.*\bonly|^only\b/,
        /^(no|no,? thanks?|no,? thank you|not now|later|maybe later|skip|remind me later|dismiss)[.!]?$/,
        /^(close|x|\u00d7|\u2715|\u2716)$/,
        STAYS,
        /^(ok|okay|got it|understood|i understand|continue)[.!]?$/,
    ];
    // Of these, the answer that ends the session is "no", or to close the question.
    const ABOUT_END = /session|(log(ged)?|sign(ed)?) ?(out|off|in)\b|inactiv|(timed?|timing) ?out/i;
    const ANSWERS_TO_END = [STAYS, /^(continue|yes|ok|okay)\b/];
    // What shows around leads over several pages; one that asks for something is no such thing.
    const LEADS_ON = /^(next|finish|done|start|get started|let'?s go)[.!]?$/;
    const ABOUT_COOKIES = /cookie|privacy|consent/i;
    const ACCEPTS = /^(accept|agree|allow|i accept|i agree)\b/;
    const obstacle = window.jdpObstacle;
    if (!obstacle) return false;
    if (obstacle.what === 'disabled') {
        let scrolled = false;
        for (const each of document.querySelectorAll('*')) {
            if (each.scrollHeight <= each.clientHeight + 4 || each.localName === 'textarea') continue;
            if (!/auto|scroll/.test(getComputedStyle(each).overflowY) || !isSeen(each)) continue;
            const end = each.scrollHeight - each.clientHeight;
            if (each.scrollTop >= end - 1) continue;
            each.scrollTop = end;
            scrolled = true;
        }
        return scrolled;
    }
    if (obstacle.what !== 'covered' || !obstacle.spot) return false;
    const {x, y} = obstacle.spot;
    let layer = null;
    for (let up = document.elementFromPoint(x, y); up && up.localName !== 'body'; up = parent(up)) {
        if (/fixed|absolute|sticky/.test(getComputedStyle(up).position) || up.matches('dialog'))
            layer = up;
    }
    if (!layer) return false;
    // The question may stand next to the veil that covers the page, and over that.
    const zOf = each => Number(getComputedStyle(each).zIndex) || 0;
    const placedAround = each => {
        let found = null;
        for (let up = each; up && up.localName !== 'body'; up = parent(up)) {
            if (/fixed|absolute/.test(getComputedStyle(up).position) && zOf(up) >= zOf(layer))
                found = up;
        }
        return found;
    };
    const questionOf = each => layer.contains(each) ? layer : each.closest('dialog, [role=dialog], '
        + '[role=alertdialog], [class*=modal i], [class*=consent i], [class*=cookie i]')
        ?? placedAround(each);
    const isFree = each => {
        const box = each.getBoundingClientRect();
        const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        return each.contains(hit);
    };
    // Never what holds the thing that is to be clicked, nor what lies below the layer itself.
    const isOver = each => questionOf(each) && !questionOf(each).contains(obstacle.found)
        && isFree(each);
    const buttons = shown('button, a, input[type=button], [role=button], [class*=close i], [onclick]')
        .filter(isOver);
    const about = each => questionOf(each).innerText;
    const may = buttons.filter(each => !NEVER.test(about(each)));
    const isAboutEnd = each => ABOUT_END.test(about(each)) && !ABOUT_COOKIES.test(about(each));
    const asks = each => questionOf(each).querySelector('input:not([type=button]), select, textarea');
    const byAnswers = (among, answers) =>
        answers.map(answer => among.find(each => answer.test(says(each)))).find(Boolean);
    const [ends, others] = [may.filter(isAboutEnd), may.filter(each => !isAboutEnd(each))];
    const found = byAnswers(ends, ANSWERS_TO_END) ?? byAnswers(others, ANSWERS)
        ?? others.find(each => ACCEPTS.test(says(each)) && ABOUT_COOKIES.test(about(each)))
        ?? others.find(each => LEADS_ON.test(says(each)) && !asks(each));
    found?.click();
    // What comes next in the way is another obstacle.
    if (found) obstacle.since = Date.now();
    return Boolean(found);
}
