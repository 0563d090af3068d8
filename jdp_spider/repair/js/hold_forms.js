// From now on no form of this page is sent, unless its address is that of a report where that is
// allowed. Returns nothing; what was held back is noted.
mayReport => {
    window.jdpHolds = {mayReport};
    if (window.jdpHoldsForms) return;
    window.jdpHoldsForms = true;
    const isHeld = form => {
        if (!window.jdpHolds) return false;
        const action = Element.prototype.getAttribute.call(form, 'action') ?? '';
        if (window.jdpHolds.mayReport && /report|pdf|print|document/i.test(action)) return false;
        window.jdpHeld = action || location.pathname;
        return true;
    };
    window.addEventListener('submit', event => {
        if (!isHeld(event.target)) return;
        event.preventDefault();
        event.stopImmediatePropagation();
    }, true);
    const submit = HTMLFormElement.prototype.submit;
    HTMLFormElement.prototype.submit = function () {
        if (!isHeld(this)) return submit.call(this);
    };
}
