// Declines what a page offers between the login and the inside, such as to stay signed in or to add a
// telephone number, by a button that says just that. Returns whether there was one. Whatever asks for
// a code, or concerns another session, is for a person.
({everywhere, isSeen, says}, {aboutAnother, activeSession}) => () => {
    const BUTTONS = 'button, a, input[type=button], input[type=submit], [role=button]';
    const LATER = new RegExp('^(no,? (thanks?|thank you)|not (now|today|yet|right now|at this time|this time)'
        + '|(maybe |do (it|this) |i.?ll do (it|this) )?later|(remind|ask) me (again )?(later|tomorrow|next time)'
        + '|(skip|dismiss)( (it|this|this step|this time|for now|for today))?)$');
    // It may answer another question as well, such as whether something is right.
    const NO = /^no$/;
    const OFFERS = new RegExp('\\b(stay|keep (me|you)|remain) (signed|logged) in\\b|\\bremember (me|this)\\b'
        + '|\\btrust this\\b|\\bwould you like to\\b|\\bdo you want to (save|add|set|enable|receive|turn|take'
        + '|stay|try|subscribe)\\b', 'i');
    const OTHERS = new RegExp(`${aboutAnother}|${activeSession}`, 'i');
    const CODE = /one-time|\botp\b|\bcode\b|passcode|\bpin\b|token/i;
    const FIELDS = 'input:not([type=hidden], [type=checkbox], [type=submit], [type=button])';
    const text = document.body?.innerText ?? '';
    const isForCode = each => [each.autocomplete, each.getAttribute('name'), each.id, each.placeholder,
        each.getAttribute('aria-label'), ...[...each.labels ?? []].map(one => one.innerText)]
        .some(one => CODE.test(one ?? ''));
    if (OTHERS.test(text) || everywhere(FIELDS).some(each => isSeen(each) && isForCode(each))) return false;
    const plain = each => says(each).replace(/[\s.!>\u203a\u00bb\u2190-\u21ff]+$/, '');
    // A link elsewhere may be anything.
    const isHere = each => each.localName !== 'a' || !/^https?:/.test(each.href)
        || each.origin === location.origin;
    const free = everywhere(BUTTONS).filter(each => !each.disabled && isHere(each) && isSeen(each));
    const found = free.find(each => LATER.test(plain(each)))
        ?? (OFFERS.test(text) ? free.find(each => NO.test(plain(each))) : undefined);
    found?.click();
    return Boolean(found);
}
