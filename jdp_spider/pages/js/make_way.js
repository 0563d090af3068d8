// Does what lets something be clicked that is disabled or covered, as a person would: scrolls texts
// to their ends, which a page may want to be read first; answers a question that lies over the page,
// such as one about cookies, by the answer that allows the least. Returns whether there was any.
({DIALOGS, shown, says, isSeen, parent, holds}, changes, {aboutEnd, aboutAnother, asksToStay, asksToLeave}) => () => {
    const NEVER = /delet|remov|purchas|\bbuy\b|\bpay\b|overwrit|password/i;
    const OTHERS = new RegExp(aboutAnother, 'i');
    const ABOUT_COOKIES = /cookie|privacy|consent|tracking|gdpr/i;
    // Of cookies. Of anything else these may answer somebody's offer, or choose what is changed.
    const REFUSES = /^(reject|decline|deny|refuse|disallow)\b/;
    const LEAST = /\b(necessary|essential|required)\b.*\bonly|^only\b/;
    const ACCEPTS = /^(accept|agree|allow|i accept|i agree)\b/;
    const NO = new RegExp('^(no|no,? thanks?|no,? thank you|not now|later|maybe later|skip|remind me later'
        + '|dismiss|(exit|end|skip|quit|close|stop|dismiss) (the |this )?(tour|guide|intro|introduction'
        + '|walkthrough|message|notice|survey))$');
    const CLOSES = /^(close|x|\u00d7|\u2715|\u2716)$/;
    const KNOWN = /^(got it|understood|i understand|acknowledged?|i acknowledge)$/;
    const YES = new RegExp('^(ok|okay|continue( to ((the|your|this) )?(site|page|application|app|dashboard'
        + '|home|inventory|vehicles?|reports?|bookouts?|values?( online)?))?)$');
    const CANCELS = /^(cancel|no\b|go back|abort|don.?t\b)/;
    // What shows around leads over several pages; one that asks for something is no such thing.
    const LEADS_ON = /^(next|finish|done|start|get started|let'?s go)$/;
    const IN_PAGER = 'nav, [class*=pager i], [class*=paging i], [class*=paginat i]';
    // Of a question about the session's end, the answer that ends it is "no", or to close it.
    const AWAY = ['inactiv', '\\bidle\\b', '(timed?|timing) ?out', 'disconnect',
        '\\bstill (here|there|working|using)'];
    const SESSION = new RegExp([...AWAY, aboutEnd].join('|'), 'i');
    const ENDS = new RegExp([...AWAY, 'expir', '\\bend(s|ed|ing)?\\b', 'about to',
        '(log(ged)?|sign(ed)?) ?(out|off)\\b', '\\b(stay|remain|extend|renew)\\b',
        '\\b(continue|keep)\\b.*\\b(session|signed|logged|working)'].join('|'), 'i');
    const STAYS = /\b(stay|keep|remain|continue)\b.*\b(signed|logged|session|working)\b|still here|^extend/;
    const LEAVES = /\b(not|don.?t|never|without|end|(log|sign) ?(out|off))\b/;
    const ASKS_TO_STAY = new RegExp(asksToStay, 'i');
    const ASKS_TO_LEAVE = new RegExp(asksToLeave, 'i');
    const obstacle = window.jdpObstacle;
    if (!obstacle) return false;
    const isInert = Boolean(obstacle.found?.closest('[inert]'));
    if (obstacle.what === 'disabled' && !isInert) {
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
    if (!obstacle.spot) return false;
    const {x, y} = obstacle.spot;
    let layer = null;
    for (let up = document.elementFromPoint(x, y); up && up.localName !== 'body'; up = parent(up)) {
        if (/fixed|absolute|sticky/.test(getComputedStyle(up).position) || up.localName === 'dialog')
            layer = up;
    }
    // What a page disables as a whole awaits a dialog, which may be elsewhere.
    if (isInert) layer = shown(DIALOGS).find(each => !each.closest('[inert]'));
    if (!layer || holds(layer, obstacle.found)) return false;
    // The question may stand next to the veil that covers the page, and lie over that.
    const placedAround = each => {
        let found = null;
        for (let up = each; up && up.localName !== 'body'; up = parent(up)) {
            if (/fixed|absolute/.test(getComputedStyle(up).position)) found = up;
        }
        return found;
    };
    const questionOf = each => holds(layer, each) ? layer : each.closest('dialog, [role=dialog], '
        + '[role=alertdialog], [class*=modal i], [class*=consent i], [class*=cookie i]')
        ?? placedAround(each);
    const isFree = each => {
        const box = each.getBoundingClientRect();
        const at = [box.left + box.width / 2, box.top + box.height / 2];
        return each.contains(document.elementFromPoint(...at))
            && document.elementsFromPoint(...at).some(one => holds(layer, one));
    };
    // Never what holds the thing that is to be clicked, nor what lies beside or below the layer.
    const isOver = each => questionOf(each) && !holds(questionOf(each), obstacle.found)
        && isFree(each);
    const found = shown('button, a, input[type=button], [role=button], [class*=close i], [onclick]')
        .filter(isOver);
    // Not what is only around others.
    const buttons = found.filter(each => !found.some(other => other !== each && each.contains(other)));
    const about = each => questionOf(each).innerText;
    const besides = each => buttons.filter(other => other !== each && questionOf(other) === questionOf(each));
    // Without what its buttons say.
    const asked = each => [each, ...besides(each)]
        .reduce((text, button) => text.replace(button.innerText, ''), about(each));

    // A picture in the corner is a cross.
    const isCross = each => {
        const [box, around] = [each, questionOf(each)].map(one => one.getBoundingClientRect());
        return !says(each) && box.width < 60 && box.height < 60 && Boolean(each.querySelector('svg, i, img'))
            && Math.abs(around.right - box.right) < 40 && Math.abs(box.top - around.top) < 40;
    };
    // Without an arrow or a full stop.
    const plain = each => isCross(each) ? 'x' : says(each).replace(/[\s.!>\u203a\u00bb\u2190-\u21ff]+$/, '');
    // Whatever has been changed: it is no question.
    const isNews = each => CLOSES.test(plain(each)) || (!asked(each).includes('?')
        && (KNOWN.test(plain(each)) || (YES.test(plain(each)) && !besides(each).length)));
    const may = buttons.filter(each => !OTHERS.test(about(each))
        && (!NEVER.test(about(each)) || isNews(each)));
    const isAboutEnd = each => SESSION.test(about(each)) && ENDS.test(about(each))
        && !ABOUT_COOKIES.test(about(each));
    const isNotice = each => besides(each).every(other => CLOSES.test(plain(other)));
    const stays = each => STAYS.test(says(each)) && !LEAVES.test(says(each));
    const isToStay = text => ASKS_TO_STAY.test(text) && !changes(text.replace(/\bchanges\b/gi, ''));
    const goesOn = each => !ASKS_TO_LEAVE.test(asked(each)) && (/^continue$/.test(plain(each))
        || (/^(yes|ok|okay)$/.test(plain(each)) && (isToStay(asked(each)) || isNotice(each))));

    // "Yes" to a notice; never to a question whether to change or to send something.
    const isHarmless = each => !changes(about(each)) || !besides(each).some(other => CANCELS.test(says(other)));
    const isTour = each => !questionOf(each).querySelector('input:not([type=button]), select, textarea')
        && !each.closest(IN_PAGER) && isHarmless(each);
    const answers = [
        each => ABOUT_COOKIES.test(about(each)) && LEAST.test(says(each)),
        each => REFUSES.test(says(each)) && (ABOUT_COOKIES.test(about(each)) || !changes(about(each))),
        each => NO.test(plain(each)),
        each => CLOSES.test(plain(each)),
        each => (KNOWN.test(plain(each)) || YES.test(plain(each))) && !changes(says(each)) && isHarmless(each),
        each => ACCEPTS.test(says(each)) && ABOUT_COOKIES.test(about(each)),
        each => LEADS_ON.test(plain(each)) && isTour(each),
    ];
    const first = (among, wanted) => wanted.map(each => among.find(each)).find(Boolean);
    const [ends, others] = [may.filter(isAboutEnd), may.filter(each => !isAboutEnd(each))];
    const answer = first(ends, [stays, goesOn]) ?? first(others, answers);
    answer?.click();
    // What comes next in the way is another obstacle.
    if (answer) obstacle.since = Date.now();
    return Boolean(answer);
}
