// Where the form of a field would send what is typed, by itself and by its buttons.
({shown}) => (field, buttons) => {
    const attribute = (element, name) => Element.prototype.getAttribute.call(element, name);
    const absolute = address => {
        try { return new URL(address || location.href, document.baseURI).href; }
        catch { return String(address); }
    };
    const found = [];
    if (field.form) found.push(absolute(attribute(field.form, 'action')));
    for (const button of buttons
        .flatMap(each => each.startsWith('text:') ? shown(each) : [...document.querySelectorAll(each)])) {
        if (!button.form) continue;
        const own = attribute(button, 'formaction');
        found.push(absolute(own || attribute(button.form, 'action')));
    }
    return found.filter(address => !address.startsWith('javascript:'));
}
