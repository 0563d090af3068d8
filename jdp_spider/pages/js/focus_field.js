// Whether the field takes the focus: some pages give that to something else at first.
findField => selectors => {
    const field = findField(selectors);
    if (field) field.focus();
    return field && document.activeElement === field;
}
