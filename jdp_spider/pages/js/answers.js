// The plain answers to questions: `now` are those that are seen, which a click notes; `yes` is the one
// to a question that has come of the last click, and means no more than that. It never answers one
// that has fields, except a single box or, before a report, what is filled in already; is about
// something else; or would change, send or buy something.
({DIALOGS, everywhere, isSeen, says, parent, is, holds}, changes, {aboutEnd, aboutAnother, activeSession, allowed}) => {
    const BUTTONS = 'button, a, input[type=button], input[type=submit], [role=button], '
        + '[class*=dxbButton], [class~=btn], [class~=button]';
    const FIELDS = 'select, textarea, input:not([type=button], [type=submit], [type=hidden], [type=image])';
    // Nothing was typed here that could be lost; a draft at the site is somebody's.
    const DRAFT = /\bdrafts?\b|\b(saved|made|started|created) (by|on|from)\b|\bfrom [0-9]/i;
    // What a question about the click is about.
    const TOPIC = new RegExp('\\b(sure|continu|proceed|go on|leav|unsaved|creat|generat|mak(e|ing)|open'
        + '|export|download|print|report|book ?-?out|pdf|file|csv|excel|ready|tab\\b|window|mileage|odometer)', 'i');
    const OF_SITE = 'nav, aside, header, [role=navigation], [role=menu], [role=menubar]';
    const DROPS = new RegExp("^((no,? )?(don.?t|do not) save|discard changes|(continue|proceed|leave|print"
        + '|open|create)( report)? without saving)\\b');
    const YES = /^(yes|ok|okay|continue|proceed|confirm|go ahead|i understand|understood|got it)\W*$/;
    const CLOSES = /^(close|x|\u00d7|\u2715|\u2716)?$/;
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
            if (is(up, DIALOGS) || /fixed|absolute/.test(getComputedStyle(up).position)) layer = up;
        }
        // What lies beside the page, such as its menu, may be made anew by any click.
        if (layer && !is(layer, DIALOGS) && (layer.closest(OF_SITE) || layer.querySelector(OF_SITE))) return null;
        // A page of its own may ask.
        return layer ?? (name === 'log_out' && !window.jdpClick ? each.ownerDocument.body : null);
    };
    // What a step before the report asks for is there already: how it is to come, or the mileage,
    // which is never made up.
    const MILEAGE = /\b(mileage|odometer|miles|kilomet(er|re)s?)\b/i, OTHER_FILE = /excel|xlsx?\b|csv|word\b|html|rtf/i;
    const words = one => one.localName === 'select' ? one.selectedOptions[0]?.text ?? ''
        : `${[...one.labels ?? []].map(label => label.innerText).join(' ')} ${one.ariaLabel ?? ''} ${one.value}`;
    const isFilled = (layer, fields) => fields.every(one => {
        const {type, value} = one;
        if (type === 'radio') {
            return fields.some(other => other.type === 'radio' && other.name === one.name && other.checked)
                && !(one.checked && (changes(words(one)) || OTHER_FILE.test(words(one))));
        }
        if (type === 'checkbox') return !(one.checked && changes(words(one)));
        if (one.localName === 'select') {
            return !one.multiple && value && !changes(words(one)) && !OTHER_FILE.test(words(one))
                && !/^[-\s]*(please |select|choose)/i.test(words(one));
        }
        return /^(text|number|tel)$/.test(type) && MILEAGE.test(layer.innerText)
            && /^\s*[1-9][0-9., ]*( ?(mi|miles|km))?\s*$/i.test(value);
    });
    // Of a dialog that shows one step after the other, and was there when this one was clicked in it.
    const isHeading = (layer, line) => window.jdpClick?.within.has(layer) && line.length < 40
        && [...window.jdpClick.lines].some(known => known.startsWith(line)) && !/[.?!:]/.test(line);
    const isFree = (each, name) => {
        const layer = layerOf(each, name);
        if (!layer || window.jdpClick?.answers.has(each) || each.matches(':disabled, [aria-disabled=true]'))
            return false;
        const buttons = [...layer.querySelectorAll(BUTTONS)].filter(isSeen);
        const fields = [...layer.querySelectorAll(FIELDS)].filter(isSeen);
        // A single box is for not being asked again.
        const isBox = fields.length < 2 && fields.every(one => one.type === 'checkbox');
        if (!(isBox || (name === 'create_pdf' && isFilled(layer, fields)))
            || buttons.some(one => LATER.test(says(one)))) return false;
        const asked = buttons.map(one => one.innerText).filter(Boolean)
            .reduce((words, button) => words.replace(button, ''), layer.innerText)
            .split('\n').filter(line => !isHeading(layer, line.trim())).join('\n');
        if (asked.length > 1000 || ABOUT_OTHERS.test(asked)) return false;
        const isOut = /(log|sign|sure|leav|exit|session|unsaved)/i.test(layer.innerText);
        if (name === 'log_out' ? !isOut : ABOUT_END.test(asked)) return false;
        // What opens a dialog may have opened one with choices of its own.
        const choices = buttons.filter(one => !CLOSES.test(says(one)));
        if (!asked.includes('?') && choices.length > (REPEATS[name] ? 2 : 1)) return false;
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
