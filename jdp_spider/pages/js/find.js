// Whether something that can be seen is there; 'login' where the login is there instead.
({isLoading, isVisible}) => ([selectors, asksForLogin]) => {
    // Until the page's scripts have run, a click may do nothing.
    if (isLoading()) return null;
    return isVisible(asksForLogin) ? 'login' : isVisible(selectors);
}
