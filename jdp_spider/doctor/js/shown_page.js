// The page as it stands, with what is typed into its fields, passwords excepted.
() => {
    const copy = document.documentElement.cloneNode(true);
    const fields = 'input, textarea, select';
    const copies = copy.querySelectorAll(fields);
    document.querySelectorAll(fields).forEach((field, number) => {
        if (field.type !== 'password' && field.localName === 'input')
            copies[number].setAttribute('value', field.value);
        copies[number].toggleAttribute('checked', Boolean(field.checked));
    });
    return location.protocol.startsWith('http') ? `<!DOCTYPE html>${copy.outerHTML}` : '';
}
