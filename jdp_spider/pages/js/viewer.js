// The ways of a report's viewer to save what it shows as a PDF, in their order: the PDF in a menu or a
// list; what opens such a menu, by its words, its title or its picture; and what looks again whether
// the report is made. On a page of its own all counts, else what was not `known` before the click.
({everywhere, isSeen, says}, {progress}) => {
    const BUTTONS = 'button, a, input[type=button], input[type=submit], input[type=image], [role=button], '
        + '[role=menuitem], [role=option], [onclick], [title], [aria-label]';
    const IN_MENU = 'li, td, div, span';
    const NEVER = new RegExp(['mail', '\\bsen[dt]', '\\bshar', '\\bprint', '\\bdelet', '\\bremov', '\\bclos',
        '\\bcancel', '\\ball\\b', '\\bschedul', '\\bfax', '\\bupload'].join('|'));
    // Not of other papers, such as terms of use.
    const OF_PDF = new Set(('pdf save download export open view show get adobe acrobat portable document format'
        + ' file report bookout version as to the in a an your this icon click here').split(' '));
    const WORDS = 'to|as|the|this|your|a|an|copy|it|and|or|save|report|reports|document|file|files|menu|list'
        + '|button|format|formats|options|drop|down|dropdown|disk|computer|bookout|selected|select|current|in';
    const OPENS = ['export', 'download', 'save']
        .map(word => new RegExp(`^${word}((-| )(${WORDS}))*[^a-z0-9]*$`));
    const PICTURES = /(^|[-_])(export|download|save)([-_]|$)/i;
    const LOOKS = /^(refresh|reload|(refresh|update|check)( the)? (status|list|again)|check again)\W*$/;
    const OTHER_FORMAT = /excel|\bxls|\bcsv|\bword\b|\bhtml|\btiff|\bxml\b|\brtf\b/i;
    const STATUS = /^(queued|pending|running|processing|in progress|in process|waiting|started|working|not ready)\b/;
    const PROGRESS = new RegExp(progress, 'i');
    const PATIENCE_MS = 15000;

    const linesOf = pages => pages.flatMap(page => (page?.body?.innerText ?? '').split(/[\n\t]/))
        .map(line => line.trim().toLowerCase()).filter(line => line && line.length < 80);
    const lines = () => linesOf([document, ...everywhere('iframe, frame').map(each => each.contentDocument)]);
    const isOff = each => each.matches(':disabled, [aria-disabled=true]');
    const innermost = list => list.filter(each => !list.some(other => other !== each && each.contains(other)));
    const nameOf = each => {
        const said = says(each);
        if (said || !each.matches('button, a, [role=button], [role=menuitem], input')) return said;
        const classes = [each, ...each.querySelectorAll('*')].flatMap(one => [...one.classList]);
        return classes.find(one => PICTURES.test(one))?.match(PICTURES)[2].toLowerCase() ?? '';
    };
    const titlesOf = each => ['title', 'aria-label'].map(name => (each.getAttribute(name) ?? '').toLowerCase());
    const among = (selector, isMeant) => innermost(everywhere(selector)
        .filter(each => each.textContent.trim().length < 60 && !isOff(each) && isMeant(each)).filter(isSeen));
    const isPdf = text => {
        const words = text.length < 60 && /\bpdf\b/.test(text) ? text.match(/[a-z0-9]+/g) : ['none'];
        return words.every(each => OF_PDF.has(each));
    };
    const can = each => each.matches('button, a, input, [role], [onclick]')
        || getComputedStyle(each).cursor === 'pointer';

    // Before a menu was opened, such words may stand anywhere.
    const pdfs = (isNew, isOpened) => {
        const found = among(BUTTONS, each => isNew(each) && can(each) && isPdf(says(each)));
        return found.length || !isOpened ? found
            : among(IN_MENU, each => isNew(each) && isPdf(says(each)));
    };
    // What shows the report elsewhere, in a viewer that has it within.
    const SHOWS = /^(click here to )?(open|view|show|display|see|get)( (the|your|this|it|pdf|report|bookout|document|file))*( in (a |another )?(new |separate )?(window|tab))?\W*$/;
    const PAPER = /\b(pdf|report|bookout|document|file|window|tab)\b/;
    const HERE = /^(click )?here\W*$/;
    const HELPS = /\breader\b|adobe|\bhelp|contact|support|problem/;
    const aroundOf = each => (each.closest('p, div, li, td, form')?.innerText ?? '').toLowerCase();
    const shows = isNew => among(BUTTONS, each => isNew(each) && can(each) && isApart(each)
        && titlesOf(each).every(text => !NEVER.test(text)) && (HERE.test(says(each))
            ? aroundOf(each).length < 300 && PAPER.test(aroundOf(each)) && !HELPS.test(aroundOf(each))
            : SHOWS.test(says(each)) && PAPER.test(says(each)))).slice(0, 1);
    // A page, or a frame of one, that came after the click. In the vehicle's own it may be something else.
    const isApart = each => window.jdpOtherPage || (each.ownerDocument !== document
        && Boolean(window.jdpThereBefore) && !window.jdpThereBefore.has(each.ownerDocument));
    const formats = () => everywhere('select').filter(each => isApart(each) && !isOff(each) && isSeen(each)
        && !isPdf((each.selectedOptions[0]?.text ?? '').toLowerCase())
        && [...each.options].some(one => OTHER_FORMAT.test(one.text))
        && [...each.options].some(one => isPdf(one.text.toLowerCase())));
    // What is filled in is saved, too.
    const isForm = page => everywhere('textarea, input:not([type]), [type=text], [type=email], [type=tel], '
        + '[type=password], [type=checkbox], [type=radio]')
        .filter(each => each.ownerDocument === page).filter(isSeen).length > 1;
    const openers = isNew => {
        const found = among(BUTTONS, each => isNew(each) && [nameOf(each), ...titlesOf(each)].every(
            text => !NEVER.test(text))).map(each => [each, [nameOf(each), ...titlesOf(each)]]);
        for (const [n, one] of OPENS.entries()) {
            const [best] = found.find(([, texts]) => texts.some(text => one.test(text))) ?? [];
            if (best && (n < 2 || (isApart(best) && !isForm(best.ownerDocument)))) return [best];
        }
        return [];
    };
    // A viewer that is loaded again makes its report again.
    const hasViewer = () => everywhere(BUTTONS).some(each => OPENS[0].test(nameOf(each)));
    const isAwaited = line => STATUS.test(line) || (PROGRESS.test(line) && !/\bloading\b/.test(line));
    const looks = isNew => lines().some(isAwaited) && !hasViewer()
        ? among(BUTTONS, each => isNew(each) && LOOKS.test(nameOf(each))).slice(0, 1) : [];

    // What was pressed may come to nothing while the page is busy, or before it is ready.
    const waits = {pdf: 5000, format: 5000, opener: 3000, show: 5000, look: 3000};
    const pressed = window.jdpPressed ??= {};
    const mayPress = (kind, isQuiet) => {
        if (kind === 'look') pressed.look ??= {times: 0, at: Date.now()};
        const last = pressed[kind];
        if (!last || (kind === 'pdf' && pressed.opener?.at > last.at)) return true;
        if (kind === 'look') return Date.now() - last.at > waits.look;
        return isQuiet && last.times < 3 && Date.now() - last.at > waits[kind] * last.times;
    };
    const isBusy = () => {
        const is = lines().some(line => PROGRESS.test(line));
        if (!is) window.jdpBusy = null;
        else window.jdpBusy ??= Date.now();
        return is && Date.now() - window.jdpBusy < PATIENCE_MS;
    };
    const ways = (isNew, isQuiet) => {
        const some = (kind, find) => () => ({kind, steps: mayPress(kind, isQuiet) ? find() : []});
        const isIdle = () => !isBusy() && !(pressed.pdf && !mayPress('pdf', isQuiet));
        return [
            some('pdf', () => pdfs(isNew, Boolean(pressed.opener))),
            some('format', () => formats()),
            some('opener', () => isIdle() ? openers(isNew) : []),
            some('show', () => isIdle() ? shows(isNew) : []),
            some('look', () => looks(isNew)),
        ];
    };
    const known = () => [...everywhere(`${BUTTONS}, select`)
        .filter(each => each.checkVisibility({visibilityProperty: true})),
        ...everywhere('iframe, frame').map(each => each.contentDocument).filter(Boolean)];
    // Of what the click has brought.
    const isUnderWay = () => linesOf([document]).some(line =>
        (STATUS.test(line) || PROGRESS.test(line) || /\d ?%/.test(line))
        && ![...window.jdpClick?.lines ?? []].some(before => before.toLowerCase().includes(line)));
    return {ways, known, isUnderWay};
}
