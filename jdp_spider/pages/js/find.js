// Whether something that can be seen is there; 'login' where the login is there instead.
({isLoading, isVisible}) => ([selectors, asksForLogin]) => {
    if (isLoading()) return null;
    return isVisible(asksForLogin) ? 'login' : isVisible(selectors);
}
