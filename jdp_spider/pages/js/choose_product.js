// Chooses this product in a list of several, such as "My applications", by the one entry that is called
// like it. Returns whether there was one. A choice of dealerships, data or accounts is for a person.
({everywhere, isSeen, says}, {aboutAnother, activeSession}) => names => {
    const BUTTONS = 'button, a[href], input[type=button], input[type=submit], [role=button], [role=link]';
    const AROUND = 'header, nav, footer, aside, [role=banner], [role=navigation], [role=contentinfo]';
    const FIELDS = 'input:not([type=hidden], [type=checkbox], [type=radio], [type=submit], [type=button]), textarea';
    const OPENS = /^(open|launch|go( to)?|start|enter|select|choose|access|view|continue|next|ok|proceed)$/;
    const BESIDE = /^(log|sign) ?(out|off)$|^(cancel|back|help|support|settings|my account|contact( us)?|feedback)$|\bprivacy\b|\bterms\b/;
    const OTHER = new RegExp('\\b(dealerships?|stores?|rooftops?|locations?|branch(es)?|franchises?|compan(y|ies)'
        + '|organi[sz]ations?|accounts?|data ?(base|set)s?|editions?|regions?|country|countries|states?|training'
        + '|trial|test|demo|sandbox|archived?|historical)\\b'
        + `|\\bdealers?\\b\\W*(no\\.?|number|id)?\\W*\\d|${aboutAnother}|${activeSession}`, 'i');
    const fold = text => (text ?? '').replace(/\s+/g, ' ').trim().toLowerCase();
    const bare = text => fold(text).replace(/\((r|tm)\)/g, '')
        .replace(/^(open|launch|go to|enter|continue (to|with)|access|start|select|choose) /, '')
        .replace(/^j\.? ?d\.? ?power\W*(s )?/, '').replace(/[^a-z0-9]/g, '');
    const known = new Set(names.map(bare).filter(Boolean));
    // The longest name begins other editions of the product, too.
    const isOf = text => [...known].some(name => bare(text).includes(name));
    const free = selector => everywhere(selector).filter(each =>
        !each.disabled && isSeen(each) && !each.closest(AROUND) && !each.matches('[aria-disabled=true]'));
    const main = document.querySelector('main, [role=main]') ?? document.body;
    const texts = [main?.innerText, ...free(`${BUTTONS}, select, label`).map(says)];
    if (texts.some(text => OTHER.test(text ?? '')) || free(FIELDS).length) return false;

    const firstLine = each => (each.innerText ?? '').split('\n').map(fold).find(Boolean);
    // What a button opens that only says "Open": the rest of its card.
    const cardOf = button => {
        const others = free(BUTTONS).filter(each => each !== button && OPENS.test(says(each)));
        let card = button;
        while (card.parentElement && card.parentElement !== main
            && !others.some(each => card.parentElement.contains(each))) card = card.parentElement;
        return card === button ? '' : firstLine(card);
    };
    const nameOf = each => OPENS.test(says(each)) ? cardOf(each) || says(each)
        : [says(each), firstLine(each), fold(each.getAttribute('aria-label')), fold(each.title)]
            .find(text => text && known.has(bare(text))) ?? says(each);
    // The one entry that is the product; undefined where that is not sure.
    const oneOf = entries => {
        const named = entries.map(each => [each[0], each[1]]).filter(([, text]) => text && !BESIDE.test(text));
        const found = named.filter(([, text]) => known.has(bare(text)));
        const others = named.filter(each => !found.includes(each));
        const places = new Set(found.map(([each]) => each.localName === 'a' ? each.href : each));
        return places.size === 1 && others.length && !others.some(([, text]) => isOf(text))
            ? found[0][0] : undefined;
    };

    const lists = free('select'), radios = free('input[type=radio]');
    if (lists.length + radios.length === 0) {
        const found = oneOf(free(BUTTONS).map(each => [each, nameOf(each)]));
        // A link elsewhere may be anything.
        if (!found || (found.localName === 'a' && found.origin !== location.origin)) return false;
        [found, found.form].forEach(each => each?.removeAttribute('target'));
        found.click();
        return true;
    }
    if (lists.length > 1 || (lists.length && radios.length)) return false;
    if (new Set(radios.map(each => each.name)).size > 1) return false;
    const labelOf = each => fold([...each.labels ?? []].map(one => one.innerText).join(' '));
    const options = lists.length ? [...lists[0].options].filter(each => each.value).map(each => [each, fold(each.text)])
        : radios.map(each => [each, labelOf(each)]);
    const found = oneOf(options), goes = each => OPENS.test(says(each)) || each.type === 'submit';
    if (!found) return false;
    const wasDisabled = everywhere(BUTTONS).filter(each => each.disabled && isSeen(each) && goes(each));
    if (lists.length) {
        lists[0].value = found.value;
        ['input', 'change'].forEach(name => lists[0].dispatchEvent(new Event(name, {bubbles: true})));
    } else found.click();
    const buttons = [...free(BUTTONS).filter(goes), ...wasDisabled.filter(each => each.disabled)];
    if (buttons.length === 1 && !buttons[0].disabled) buttons[0].click();
    return true;
}
