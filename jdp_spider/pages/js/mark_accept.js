// Marks the button that accepts what a box was ticked for; false where there is none. Buttons of the
// box's own form come first.
({shown, says, holds}) => box => {
    const YES = /\b(accept|agree|continue|next|ok|okay|submit|proceed|confirm|go on|enter)\b/;
    const NO = /\b(not|no|decline|disagree|refuse|reject|cancel|back|print|download|e-?mail|mail)\b|n't|log ?out|log ?off|sign ?out|exit/;
    const [ticked] = shown(box);
    const form = ticked?.form ?? ticked?.control?.form ?? ticked?.closest('form');
    const words = 'button, a, input[type=button], input[type=submit], [role=button]';
    const buttons = shown(words).filter(each => {
        const text = says(each);
        return YES.test(text) && !NO.test(text);
    });
    const own = buttons.filter(each => form && holds(form, each));
    const submits = [...form?.querySelectorAll('[type=submit], button:not([type])') ?? []]
        .filter(each => !NO.test(says(each)));
    const found = own.find(each => !each.matches('a')) ?? own[0] ?? buttons.find(each => !each.matches('a'))
        ?? (submits.length === 1 ? submits[0] : undefined) ?? buttons[0];
    if (!found) return false;
    found.dataset.jdpAccept = '1';
    return true;
}
