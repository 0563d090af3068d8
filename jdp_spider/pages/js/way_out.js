// How the way out, or something else, can be reached: 'there' where it, or what else is awaited, is
// seen; 'menu' where a menu that may have it, marked here, can be opened; 'hidden' where it is there and
// nothing shows it; else 'none'. With `isKnown` no menu is opened for what is not there at all.
({isLoading, isVisible, everywhere, isSeen, says, parent, holds}) => ([wayOut, awaited, isKnown]) => {
    const MENUS = '[aria-haspopup], [aria-expanded=false], [data-toggle=dropdown], '
        + '[data-bs-toggle=dropdown], summary, [class*=dropdown-toggle i], [class*=menu-toggle i]';
    const LEADS = 'a[href]:not([href^="#"]):not([href^="javascript:" i])';
    const NEVER = new RegExp(['mail', '\\bsend', '\\bshare', '\\bdelet', '\\bremov', '\\bsav(e|ing)\\b',
        '\\badd\\b', '\\bbuy\\b', '\\bcart\\b', '\\border', '\\bnew\\b', '\\bfilter',
        ...isKnown ? [] : ['\\bexport']].join('|'));
    const ACCOUNT = /account|profile|user|person|avatar|settings|\bmy\b|\bmenu\b/i;
    const WAIT_MS = 1000;
    if (isLoading()) return null;
    if (isVisible([wayOut, ...awaited])) return 'there';
    const state = window.jdpMenus ??= {tried: new Set(), since: Date.now()};
    // It may come by a script, and a menu may slide in.
    if (Date.now() - state.since < WAIT_MS) return null;
    const [hidden] = wayOut.startsWith('text:') ? [] : everywhere(wayOut);
    if (isKnown && !hidden) return 'none';
    const menus = everywhere(MENUS).filter(each => !state.tried.has(each) && isSeen(each)
        && !each.matches(`input, select, textarea, :disabled, ${LEADS}`)
        && !each.closest('tr, [role=row], main form') && !NEVER.test(says(each)));
    // How far up the part is that has both: the menu that holds it is the nearest.
    const distance = each => {
        let steps = 0;
        for (let up = hidden; up && !holds(up, each); up = parent(up)) steps++;
        return steps;
    };
    const about = each => `${says(each)} ${each.id} ${each.className} ${each.parentElement?.className}`;
    const rank = each => hidden ? distance(each) : ACCOUNT.test(about(each)) ? 0
        : each.closest('header, nav, [class*=header i], [role=banner]') ? 1 : 2;
    const [menu] = menus.sort((one, other) => rank(one) - rank(other));
    if (!menu) return hidden ? 'hidden' : 'none';
    state.tried.add(menu);
    state.since = Date.now();
    everywhere('[data-jdp-menu]').forEach(each => delete each.dataset.jdpMenu);
    menu.dataset.jdpMenu = '1';
    return 'menu';
}
