// Marks one of the buttons and links that `next_step.js` has found, for a click; with -1 it passes over
// all of them, until something about them changes. Returns whether there is something to click.
({everywhere, says}) => index => {
    const {steps, told} = window.jdpNext ?? {}, found = steps?.[index];
    if (steps && index < 0) window.jdpNext.passed = told;
    if (!found?.isConnected) return false;
    everywhere('[data-jdp-next]').forEach(each => delete each.dataset.jdpNext);
    // Others that say the same were offered instead of it.
    steps.filter(each => says(each) === says(found)).forEach(each => window.jdpFollowed.add(each));
    found.dataset.jdpNext = '1';
    return true;
}
