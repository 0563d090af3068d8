// The field that can be typed into, best one that can be already: against what browsers fill in, some
// are read-only until they have the focus. False while there is none. What is looked for may be
// around it, as DevExpress's editors are.
({shown}) => selectors => {
    const TYPED = 'input:not([type=hidden]), textarea';
    const fieldsOf = each => {
        if (each.matches('input, textarea, select')) return [each];
        const inside = shown(TYPED).filter(one => each.contains(one));
        return inside.length === 1 ? inside : [];
    };
    const found = selectors.flatMap(shown).flatMap(fieldsOf).filter(each => !each.matches(':disabled'));
    return found.find(each => !each.readOnly) ?? found[0] ?? false;
}
