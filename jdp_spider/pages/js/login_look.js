// What the page shows of login, licence and the inside, and what tells whether it still changes.
({isLoading, shown}) => ([licence, userName, password, logOut, inventoryLink]) => {
    const visible = selector => shown(selector).length > 0;
    const fields = [...shown(userName), ...shown(password)];
    const main = document.querySelector('main, [role=main]') ?? document.body;
    return {
        licence: visible(licence),
        form: visible(userName),
        sent: Boolean(window.jdpSent),
        usable: fields.every(field => !field.disabled && !field.readOnly),
        log_out: visible(logOut),
        inventory_link: visible(inventoryLink),
        loading: isLoading(),
        text: document.body?.innerText ?? '',
        words: main?.innerText ?? '',
        asks: visible('a[href], button, input, select, textarea')
            && !document.querySelector('meta[http-equiv=refresh i]'),
    };
}
