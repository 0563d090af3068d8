// Which page it is: 'login', 'licence' or 'inside'. "sent" is set on the form when it is sent: as
// long as it is there, the answer has not come, unless a message has appeared in the same document.
({shown}) => ([licence, userName, logOut, inventoryLink, telling]) => {
    const visible = selector => shown(selector).length > 0;
    if (visible(licence)) return 'licence';
    if (visible(userName)) {
        const sent = document.querySelector(userName).dataset.sent;
        if (sent === undefined) return 'login';
        const known = sent.split('\n').map(line => line.trim());
        const told = document.body.innerText.split('\n').map(line => line.trim())
            .filter(line => line && !known.includes(line));
        return told.some(line => new RegExp(telling, 'i').test(line)) ? 'login' : null;
    }
    return visible(logOut) || visible(inventoryLink) ? 'inside' : null;
}
