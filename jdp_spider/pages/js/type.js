// Types as a user does who has selected all text in the field: nothing comes between the look at
// the focus and the typing, so no other field gets the text.
(field, text) => {
    if (!field.isConnected || field.disabled || field.readOnly) return false;
    field.focus();
    field.select();
    if (document.activeElement !== field) return false;
    return document.execCommand(text ? 'insertText' : 'delete', false, text) || !text;
}
