// Marks one of the buttons and links that `next_step.js` has found, for a click, or chooses the PDF in a
// list of formats; with -1 it passes over all of them, until something about them changes. Returns
// whether there is something to click.
({everywhere, says}) => index => {
    const {kind, steps, told} = window.jdpNext ?? {}, found = steps?.[index];
    if (steps && index < 0) window.jdpPassed.add(told);
    if (!found?.isConnected) return false;
    if (kind) window.jdpPressed[kind] = {times: (window.jdpPressed[kind]?.times ?? 0) + 1, at: Date.now()};
    if (kind === 'format') {
        found.value = [...found.options].find(one => /\bpdf\b/i.test(one.text)).value;
        for (const name of ['input', 'change']) found.dispatchEvent(new Event(name, {bubbles: true}));
        return false;
    }
    everywhere('[data-jdp-next]').forEach(each => delete each.dataset.jdpNext);
    // Others that say the same were offered instead of it.
    steps.filter(each => says(each) === says(found)).forEach(each => window.jdpFollowed.add(each));
    found.dataset.jdpNext = '1';
    return true;
}
