// Whether something can be used that was not there before, or another page has come. With `begins`
// it notes what is there before a click.
({everywhere, isSeen, isLoading}) => begins => {
    const USABLE = 'a, button, input, select, textarea, [role=button], [role=menuitem], [onclick]';
    if (isLoading()) return null;
    if (begins) {
        window.jdpUsable = new Set(everywhere(USABLE).filter(isSeen));
        return null;
    }
    if (!window.jdpUsable) return 'page';
    return everywhere(USABLE).some(each => !window.jdpUsable.has(each) && isSeen(each)) && 'here';
}
