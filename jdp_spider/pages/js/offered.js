// Where something can be clicked; if it is only seen, true; 'login' where the login is there instead.
// What was there before the click that is to bring it counts only after a while: another may come.
(clickTarget, find, {shown, shownOf}) => ([click, look]) => {
    const {found, at} = window.jdpThere ?? {}, [selectors] = click;
    const isOld = Date.now() - at < 5000 && selectors.flatMap(shown).length
        && !selectors.flatMap(shownOf(one => !found.has(one))).length;
    if (isOld) return find(look) === 'login' && 'login';
    const spot = clickTarget(click);
    return spot === 'login' || spot?.x !== undefined ? spot : find(look);
}
