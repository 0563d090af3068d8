// What a user can see. The selector "text:Some words" is a button or link that says so.
(() => {
    const says = each => (each.value || each.textContent).replace(/\s+/g, ' ').trim();

    const isLoading = () => {
        const [page] = performance.getEntriesByType('navigation');
        return Boolean(page) && !page.domContentLoadedEventEnd;
    };

    const shown = selector => {
        const found = selector.startsWith('text:')
            ? [...document.querySelectorAll('button, a, input[type=button], input[type=submit]')]
                .filter(each => says(each) === selector.slice(5))
            : [...document.querySelectorAll(selector)];
        return found.filter(each => each.getClientRects().length > 0
            && each.checkVisibility({visibilityProperty: true}));
    };

    const isVisible = selectors => selectors.some(selector => shown(selector).length > 0);

    return {isLoading, shown, isVisible};
})()
