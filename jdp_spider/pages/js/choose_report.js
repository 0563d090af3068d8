// Chooses what a button may wait for, where nothing is chosen beside it: one report, the usual one.
// With `corrects` it chooses the bookout instead of another report, which a dialog may remember as the
// user's last choice. Returns the words of what it has chosen, if anything. What sends mail, prints or
// changes anything is never chosen.
({shown, says, isSeen, parent, above, is}) => ([selectors, corrects]) => {
    const NEVER = new RegExp(['mail', '\\bsend', '\\bfax', '\\bshare', '\\bsms', '\\bdelet', '\\bremov',
        '\\bsav(e|ing)\\b', 'default', '\\bupdat', '\\boverwrit', '\\bschedul', '\\bsubscri', '\\bnotif',
        '\\bremember', '\\bpublish', '\\bpost\\b', '\\bsign', '\\barchiv', '\\bprinter', '\\breset',
        '\\bagree', '\\baccept', '\\bclear', '\\bpurchas', '\\border', '\\bbuy'].join('|'));
    const BOOKOUT = /^((the|a|this|full|vehicle|nada|j\.?d\.? ?power) )*book ?-?outs?( (report|sheet|form|pdf))*\W*$/;
    const REPORT = /\b(report|summary|sheet|history|sticker|brochure|certificate|statement)\b/;
    const OPTION = /^(include|show|with|add|use)\b/;
    const BEST = [/book ?-?out/, /pdf|download|screen/, /report/, /standard|summary|values?/];
    const fold = text => (text ?? '').replace(/\s+/g, ' ').trim().toLowerCase();
    const [button] = selectors.flatMap(shown);
    if (!button) return '';

    // The others are those of DevExpress, which say in a class whether they are on.
    const BOX = 'input[type=checkbox], [role=checkbox], [class*=edtCheckBox]';
    const DOT = 'input[type=radio], [role=radio], [class*=edtRadioButton]';
    const isUsable = each => !each.matches(':disabled, [aria-disabled=true], [class*=Disabled]')
        && (isSeen(each) || [...each.labels ?? []].some(isSeen));
    const of = (around, kind) => [...around.querySelectorAll(kind)].filter(isUsable);
    const KINDS = `${BOX}, ${DOT}, select`;
    // The dialog around the button; the whole page is none.
    let around = null;
    for (let up = parent(button); up && up.localName !== 'body'; up = parent(up)) {
        if (of(up, KINDS).length) around = up;
        if (is(up, 'dialog, [role=dialog], form')) break;
        if (around && !/^(div|span|p|td|tr|section|fieldset|ul|li)$/.test(up.localName)) break;
    }
    around ??= button.ownerDocument === document ? null : button.ownerDocument.body;
    if (!around) return '';

    const isOn = each => each.checked ?? (each.getAttribute('aria-checked') === 'true'
        || /edt(CheckBox|RadioButton)Checked/.test(each.className));
    const textAround = each => {
        let up = above(each);
        while (up !== around && !up.innerText.trim()) up = above(up);
        return up.querySelectorAll(KINDS).length === 1 ? up.innerText : each.nextSibling?.textContent;
    };
    const textOf = each => {
        const labels = [...each.labels ?? []].map(label => label.innerText).join(' ');
        const beside = textAround(each);
        return fold(labels || each.getAttribute('aria-label') || beside || each.value);
    };
    const best = (list, text) => {
        const allowed = list.filter(each => !NEVER.test(text(each)));
        for (const wanted of BEST) {
            const found = allowed.find(each => wanted.test(text(each)));
            if (found) return found;
        }
        return allowed[0];
    };
    const press = each => (isSeen(each) ? each : [...each.labels].find(isSeen)).click();
    const select = (list, option) => {
        list.value = option.value;
        for (const name of ['input', 'change']) list.dispatchEvent(new Event(name, {bubbles: true}));
    };

    const dots = of(around, DOT), groups = new Map();
    for (const each of dots) {
        const name = each.name ?? each.closest('[role=radiogroup]') ?? '';
        groups.set(name, [...groups.get(name) ?? [], each]);
    }
    const lists = of(around, 'select'), boxes = of(around, BOX);
    const isBookout = each => BOOKOUT.test(textOf(each));
    const isOther = each => isOn(each) && REPORT.test(textOf(each)) && !OPTION.test(textOf(each))
        && !/book ?-?out/.test(textOf(each)) && !NEVER.test(textOf(each));
    if (corrects) {
        const dot = [...groups.values()].filter(group => group.some(isOther)).flat().find(isBookout);
        if (dot && !isOn(dot)) {
            press(dot);
            return textOf(dot);
        }
        for (const list of lists) {
            const chosen = fold(list.selectedOptions[0]?.text);
            if (list.multiple || !REPORT.test(chosen) || BOOKOUT.test(chosen)) continue;
            const option = [...list.options].find(one => !one.disabled && BOOKOUT.test(fold(one.text)));
            if (!option) continue;
            select(list, option);
            return fold(option.text);
        }
        const others = boxes.filter(isOther), box = others.length ? boxes.find(isBookout) : null;
        if (!box || isOn(box)) return '';
        [box, ...others].forEach(press);
        return textOf(box);
    }
    for (const group of groups.values()) {
        if (group.some(isOn)) continue;
        const found = best(group, textOf);
        if (found) {
            press(found);
            return textOf(found) || 'one';
        }
    }
    for (const list of lists) {
        const [chosen] = list.selectedOptions;
        if (list.multiple || (chosen?.value && !/^[-\s]*(please |select|choose)/i.test(chosen.text)))
            continue;
        const options = [...list.options]
            .filter(each => each !== chosen && each.value && !each.disabled);
        const found = best(options, each => fold(each.text));
        if (found) {
            select(list, found);
            return fold(found.text);
        }
    }
    const found = boxes.some(isOn) ? undefined : best(boxes, textOf);
    if (found) press(found);
    return found ? textOf(found) || 'one' : '';
}
