// The middle of the first element that can be seen, as soon as nothing covers it, or something has
// for long. Where that is to be clicked, a guard keeps the click from everything else, should the
// element move away. Moving the mouse does no harm: for that it need only stand still for two looks.
({isLoading, shown, isVisible}) => ([selectors, asksForLogin, isClicked]) => {
    if (isLoading()) return null;
    if (isVisible(asksForLogin)) return 'login';
    const found = selectors.flatMap(shown)[0];
    if (!found) return null;
    found.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
    const box = found.getBoundingClientRect();
    const spot = {x: box.left + box.width / 2, y: box.top + box.height / 2};
    const hit = document.elementFromPoint(spot.x, spot.y);
    const covered = !(hit && (found.contains(hit) || hit.contains(found)));
    window.jdpCovered = covered ? (window.jdpCovered ?? Date.now()) : undefined;
    if (covered && Date.now() - window.jdpCovered < 3000) return null;
    if (!isClicked) {
        const last = window.jdpSpot;
        window.jdpSpot = {found, ...spot};
        return last?.found === found && last.x === spot.x && last.y === spot.y && spot;
    }
    const isMeant = target => target === hit || found.contains(target);
    window.jdpClick = {found, isMeant: covered ? null : isMeant, landed: null};
    if (!covered && !window.jdpGuarded) {
        window.jdpGuarded = true;
        for (const name of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click']) {
            window.addEventListener(name, event => {
                const click = window.jdpClick;
                if (!click.isMeant || !event.isTrusted) return;
                if (name === 'pointerdown')
                    click.landed = click.isMeant(event.target) ? 'hit' : 'missed';
                if (click.landed === 'missed') {
                    event.preventDefault();
                    event.stopImmediatePropagation();
                }
                if (name === 'click') click.isMeant = null;
                window.jdpLookAgain?.();
            }, true);
        }
    }
    return {...spot, covered};
}
