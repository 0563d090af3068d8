// The page as it stands, with what is typed into its fields, passwords excepted, and with what is
// shown in shadow roots.
() => {
    const fill = (field, copy) => {
        if (field.type !== 'password' && field.localName === 'input')
            copy.setAttribute('value', field.value);
        copy.toggleAttribute('checked', Boolean(field.checked));
    };
    const copyOf = root => {
        const copy = document.createDocumentFragment();
        copy.append(...[...root.childNodes].map(each => each.cloneNode(true)));
        const copies = copy.querySelectorAll('*');
        root.querySelectorAll('*').forEach((each, number) => {
            if (each.matches('input, textarea, select')) fill(each, copies[number]);
            if (!each.shadowRoot) return;
            const template = document.createElement('template');
            template.setAttribute('shadowrootmode', 'open');
            template.content.append(copyOf(each.shadowRoot));
            copies[number].prepend(template);
        });
        return copy;
    };
    if (!location.protocol.startsWith('http')) return '';
    const {firstElementChild: page} = copyOf({
        childNodes: [document.documentElement],
        querySelectorAll: all => document.querySelectorAll(all),
    });
    return `<!DOCTYPE html>${page.outerHTML}`;
}
