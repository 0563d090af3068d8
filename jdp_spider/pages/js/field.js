// The field that can be typed into; false while there is none. What is looked for may be around it,
// as DevExpress's editors are.
({shown}) => selectors => {
    const TYPED = 'input:not([type=hidden]), textarea';
    const fieldsOf = each => {
        if (each.matches('input, textarea, select')) return [each];
        const inside = shown(TYPED).filter(one => each.contains(one));
        return inside.length === 1 ? inside : [];
    };
    return selectors.flatMap(shown).flatMap(fieldsOf)
        .find(each => !each.matches(':disabled') && !each.readOnly) ?? false;
}
