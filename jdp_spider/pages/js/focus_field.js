// Whether the field takes the focus: some pages give that to something else at first. Until the
// page's scripts have run, they may not notice what is typed.
(findField, {isLoading}) => selectors => {
    const field = !isLoading() && findField(selectors);
    if (field) field.focus();
    return field && field.getRootNode().activeElement === field;
}
