// Scrolls so that the last row that is there becomes the first that is seen, as far as that goes.
// Returns whether anything has moved; a grid may make its other rows then, below these or instead.
({at, frameOf}) => where => {
    const {home, links} = at(where);
    const shown = links.filter(link => link.getClientRects().length);
    const bottomOf = link => link.getBoundingClientRect().bottom;
    const last = shown.reduce((one, other) => bottomOf(other) > bottomOf(one) ? other : one, shown[0]);
    if (!last) return false;
    let moved = false;
    // Fixed columns stand beside what is scrolled, not in it.
    const all = [home.scrollingElement, ...home.querySelectorAll('body *')];
    for (let root = last.getRootNode(); root !== home; root = root.host.getRootNode())
        all.push(...root.querySelectorAll('*'));
    for (const each of all.reverse()) {
        const isPage = each === home.scrollingElement;
        if (each.scrollHeight <= each.clientHeight + 4) continue;
        if (!isPage && !/auto|scroll/.test(getComputedStyle(each).overflowY)) continue;
        const box = each.getBoundingClientRect(), {top, bottom} = last.getBoundingClientRect();
        const isBeside = top < box.bottom && bottom > box.top;
        if (!isPage && !isBeside && !each.contains(last)) continue;
        const before = each.scrollTop;
        each.scrollTop += top - (isPage ? 0 : box.top);
        moved ||= each.scrollTop !== before;
    }
    // A frame may be as high as its page.
    const frame = frameOf(last), before = frame?.getBoundingClientRect().top;
    if (frame) last.scrollIntoView();
    return moved || frame?.getBoundingClientRect().top !== before;
}
