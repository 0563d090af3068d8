// Notes what is there before a click that is to bring it: see `click_target.js` and `offered.js`.
({shown}) => selectors => {
    window.jdpThere = {found: new WeakSet(selectors.flatMap(shown)), at: Date.now()};
}
