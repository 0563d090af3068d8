// The plain answers to questions: `now` are those that are seen, which a click notes; `yes` is the one
// to a question that has come of the last click, and means no more than that. It never answers one
// that has fields but a single box, is about something else, or would change, send or buy something.
({everywhere, isSeen, says, parent, is, holds}, changes, {aboutEnd, aboutAnother, activeSession, allowed}) => {
    const BUTTONS = 'button, a, input[type=button], input[type=submit], [role=button], '
        + '[class*=dxbButton], [class~=btn], [class~=button]';
    const LAYERS = 'dialog, [role=dialog], [role=alertdialog], [aria-modal=true]';
    const FIELDS = 'select, textarea, input:not([type=button], [type=submit], [type=hidden], [type=image])';
    // Nothing was typed here that could be lost; a draft at the site is somebody's.
    const DRAFT = /\bdrafts?\b|\b(saved|made|started|created) (by|on|from)\b|\bfrom [0-9]/i;
    // What a question about the click is about.
    const TOPIC = new RegExp('\\b(sure|continu|proceed|go on|leav|unsaved|creat|generat|mak(e|ing)|open'
        + '|export|download|print|report|book ?-?out|pdf|file|csv|excel|ready|tab\\b|window)', 'i');
    const OF_SITE = 'nav, aside, header, [role=navigation], [role=menu], [role=menubar]';
    const DROPS = new RegExp("^((no,? )?(don.?t|do not) save|discard changes|(continue|proceed|leave|print"
        + '|open|create)( report)? without saving)\\b');
    const YES = /^(yes|ok|okay|continue|proceed|confirm|go ahead|i understand|understood|got it)\W*$/;
    // Of an offer, which is no question about the click.
    const LATER = /^(no,? thank|not now|later|maybe|remind|skip)/;
    const MORE = '( (it|now|anyway|reports?|pdf|the|this|my|a|as|to|bookout|document|file))*\\W*$';
    const MORE_ROWS = MORE.replace('(it', '(all|in|with|csv|excel|list|inventory|data|rows|vehicles?|it');
    const REPEATS = {
        log_out: /^(yes,? )?(log|sign) ?(me )?(out|off)( now)?\W*$/,
        create_pdf: new RegExp(`^(yes,? )?(create|generate|make|open|view|show|get|run|download)${MORE}`),
        export_csv: new RegExp(`^(yes,? )?(export|download|create)${MORE_ROWS}`),
    };
    const [ABOUT_END, ABOUT_OTHERS] = [aboutEnd, `${aboutAnother}|${activeSession}`]
        .map(words => new RegExp(words, 'i'));
    const kinds = name => [YES, DROPS, ...name ? [REPEATS[name]].filter(Boolean) : Object.values(REPEATS)];
    const among = (each, all) => all.some(one => one.test(says(each)));
    const isShort = each => (each.value || each.textContent).trim().length < 60;
    const answers = name => everywhere(BUTTONS)
        .filter(each => isShort(each) && among(each, kinds(name)) && isSeen(each));

    const layerOf = (each, name) => {
        const clicked = window.jdpClick?.found;
        const isThere = clicked?.isConnected && isSeen(clicked);
        let layer = null;
        for (let up = parent(each); up && up.localName !== 'body'; up = parent(up)) {
            if (isThere && holds(up, clicked)) break;
            if (is(up, LAYERS) || /fixed|absolute/.test(getComputedStyle(up).position)) layer = up;
        }
        // What lies beside the page, such as its menu, may be made anew by any click.
        if (layer && !is(layer, LAYERS) && (layer.closest(OF_SITE) || layer.querySelector(OF_SITE))) return null;
        // A page of its own may ask.
        return layer ?? (name === 'log_out' && !window.jdpClick ? each.ownerDocument.body : null);
    };
    const isFree = (each, name) => {
        const layer = layerOf(each, name);
        if (!layer || window.jdpClick?.answers.has(each) || each.matches(':disabled, [aria-disabled=true]'))
            return false;
        const buttons = [...layer.querySelectorAll(BUTTONS)].filter(isSeen);
        const fields = [...layer.querySelectorAll(FIELDS)].filter(isSeen);
        // A single box is for not being asked again.
        if (fields.length > 1 || fields.some(one => one.type !== 'checkbox')
            || buttons.some(one => LATER.test(says(one)))) return false;
        const asked = buttons.map(one => one.innerText).filter(Boolean)
            .reduce((words, button) => words.replace(button, ''), layer.innerText);
        if (asked.length > 1000 || ABOUT_OTHERS.test(asked)) return false;
        const isOut = /(log|sign|sure|leav|exit|session|unsaved)/i.test(layer.innerText);
        if (name === 'log_out' ? !isOut : ABOUT_END.test(asked)) return false;
        // What opens a dialog may have opened one with choices of its own.
        if (!asked.includes('?') && buttons.length > (REPEATS[name] ? 2 : 1)) return false;
        if (among(each, [DROPS])) return !DRAFT.test(asked);
        if (name !== 'log_out' && asked.includes('?') && !TOPIC.test(asked)) return false;
        return !(changes(says(each)) || changes(asked.replace(new RegExp(allowed, 'gi'), '')));
    };
    const yes = name => {
        const found = window.jdpClick || name === 'log_out'
            ? answers(name).filter(each => isFree(each, name)) : [];
        return found.find(each => among(each, [DROPS])) ?? found.find(each => among(each, [YES])) ?? found[0];
    };
    const text = each => (layerOf(each, 'log_out') ?? each).innerText;
    return {now: () => new Set(answers()), yes, text};
}
