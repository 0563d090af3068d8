// Whether the grid has rows; 'empty' once it has had none for long enough: rows may be taken away
// before the new ones come. A grid that says so is empty sooner, one that says it is loading later.
({at, idsOf}) => where => {
    const {home, look, links} = at(where);
    if (home.readyState === 'loading') return false;
    const ids = idsOf(links).join();
    window.jdpEmptySince = ids ? undefined : window.jdpEmptySince ?? Date.now();
    if (ids) return ids;
    const passed = Date.now() - window.jdpEmptySince;
    if (passed < 1000) return false;
    const lines = (home.body?.innerText ?? '').split('\n').map(line => line.trim());
    const isBusy = look('[aria-busy=true]').some(each => each.getClientRects().length)
        || lines.some(line => /^(loading|searching|please wait)\b.{0,30}$/i.test(line));
    const saysSo = lines.some(line => /\b(no|0) (\w+ )?(data|records?|results?|items?|rows?|entries|match\w*|vehicles?)\b|\bnothing\b.*\b(found|here)/i
        .test(line));
    return passed > (isBusy ? 10000 : saysSo ? 1000 : 3000) && 'empty';
}
