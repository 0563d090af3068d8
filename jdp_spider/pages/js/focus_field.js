// Whether the field takes the focus, and can be typed into then: some pages give the focus to something
// else at first, and some fields are read-only until they get it, or a click. Until the page's scripts
// have run, they may not notice what is typed.
(findField, {isLoading}) => selectors => {
    const field = !isLoading() && findField(selectors);
    if (!field) return false;
    const known = window.jdpReadOnly ??= new WeakSet();
    const isUsed = field.readOnly && !known.has(field);
    if (isUsed) {
        known.add(field);
        // It may have got it before.
        field.blur();
    }
    field.focus();
    if (isUsed && field.readOnly) {
        for (const name of ['mousedown', 'mouseup', 'click'])
            field.dispatchEvent(new MouseEvent(name, {bubbles: true, cancelable: true, composed: true}));
    }
    return !field.readOnly && field.getRootNode().activeElement === field;
}
