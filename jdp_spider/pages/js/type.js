// Types as a user does who has selected all text in the field: nothing comes between the look at
// the focus and the typing, so no other field gets the text. The keys are those of a telephone,
// which does not say which they were.
(field, text) => {
    if (!field.isConnected || field.matches(':disabled')) return false;
    const isFocused = () => field.getRootNode().activeElement === field;
    field.focus();
    field.select();
    if (!isFocused() || field.readOnly) return false;
    const press = (name, keyCode, key) => field.dispatchEvent(new KeyboardEvent(name,
        {key, keyCode, which: keyCode, bubbles: true, cancelable: true, composed: true}));
    const last = text.slice(-1);
    press('keydown', 229, 'Unidentified');
    if (last) press('keypress', last.charCodeAt(0), last);
    // A listener may have moved the focus.
    if (!isFocused()) return false;
    field.select();
    const command = text ? 'insertText' : 'delete';
    const typed = field.ownerDocument.execCommand(command, false, text) || !text;
    press('keyup', 229, 'Unidentified');
    return typed;
}
