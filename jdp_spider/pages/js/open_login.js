// Clicks what leads from a page without a form to the login: its form may be folded, or on a page of
// its own. Returns whether there was something to click.
({everywhere, isSeen, says}) => () => {
    const BUTTONS = 'button, a, summary, input[type=button], [role=button]';
    // Not by another company's account.
    const SAYS = new RegExp('^(please )?((member|customer|client|dealer|subscriber|user|account)s? )?'
        + '(log|sign)[- ]?in( (here|now|to (continue|values online)))?\\W*$');
    const isHere = each => each.localName !== 'a' || !/^https?:/.test(each.href)
        || each.origin === location.origin;
    // A form that is there, but is not known, would be sent as it is.
    const FIELDS = ':is(input:not([type]), [type=text], [type=email], [type=tel])';
    if (everywhere('[type=password]').some(isSeen)) return false;
    const named = everywhere(FIELDS).filter(isSeen);
    const found = everywhere(BUTTONS).find(each => SAYS.test(says(each)) && !each.disabled
        && isHere(each) && isSeen(each) && !named.some(field => field.form && each.form === field.form));
    if (found?.target) found.target = '_self';
    found?.click();
    return Boolean(found);
}
