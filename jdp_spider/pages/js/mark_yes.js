// Marks the plain yes to the question that has come of the last click, for a click; returns what is
// asked once it has been there for two looks.
({yes, text}) => name => {
    const found = yes(name), isSame = Boolean(found) && found === window.jdpYes;
    window.jdpYes = found;
    if (!isSame) return null;
    document.querySelectorAll('[data-jdp-yes]').forEach(each => delete each.dataset.jdpYes);
    found.dataset.jdpYes = '1';
    return text(found);
}
