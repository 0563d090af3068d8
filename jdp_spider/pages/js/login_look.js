// What the page shows of login, licence and the inside, and what tells whether it still changes.
({isLoading, shown, everywhere}) => ([licence, userName, password, logOut, inventoryLink]) => {
    const visible = selector => shown(selector).length > 0;
    const names = shown(userName), passwords = shown(password), fields = [...names, ...passwords];
    // A step that asks for the password alone; a field beside it may be for the user name.
    const other = ':is(input:not([type]), [type=text], [type=email], [type=tel])';
    const isAlone = passwords.length && !shown(other).some(
        each => (passwords[0].form ?? document).contains(each) && each !== passwords[0]);
    const main = document.querySelector('main, [role=main]') ?? document.body;
    return {
        licence: visible(licence),
        form: Boolean(names.length || isAlone),
        password: passwords.length > 0,
        sent: Boolean(window.jdpSent),
        // Some fields are read-only whenever they have no focus.
        usable: fields.every(field => !field.disabled
            && (!field.readOnly || Boolean(window.jdpReadOnly?.has(field)))),
        log_out: visible(logOut),
        inventory_link: visible(inventoryLink),
        folded: [logOut, inventoryLink].some(each => !each.startsWith('text:')
            && everywhere(each).length && !visible(each)),
        loading: isLoading(),
        text: document.body?.innerText ?? '',
        words: main?.innerText ?? '',
        asks: visible('a[href], button, input, select, textarea')
            && !document.querySelector('meta[http-equiv=refresh i]'),
    };
}
