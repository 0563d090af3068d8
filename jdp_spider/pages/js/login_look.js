// What the page shows of login, licence and the inside, and what tells whether it still changes.
({isLoading, shown, everywhere, holds}) => ([licence, userName, password, logOut, inventoryLink]) => {
    const visible = selector => shown(selector).length > 0;
    const names = shown(userName), passwords = shown(password), fields = [...names, ...passwords];
    // A step that asks for the password alone; a field beside it may be for the user name.
    const other = ':is(input:not([type]), [type=text], [type=email], [type=tel])';
    const isAlone = passwords.length && !shown(other).some(
        each => holds(passwords[0].form ?? document, each) && each !== passwords[0]);
    // A page in between goes on by its script, whatever it shows meanwhile.
    const GOES_ON = /\blocation\b[\w.]*\s*=[^=]|\blocation\.(replace|assign|reload)\s*\(|\.submit\s*\(/;
    const goes_on = [...document.scripts].some(each => /\bset(Timeout|Interval)\b/.test(each.text)
        && GOES_ON.test(each.text));
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
        goes_on,
        asks: visible('a[href], button, input, select, textarea')
            && !document.querySelector('meta[http-equiv=refresh i]'),
    };
}
