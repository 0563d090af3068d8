// The HTML with what is typed into the search box. It is taken from a copy, as marks on the page
// itself might wake its scripts.
([search, mark]) => {
    const copy = document.documentElement.cloneNode(true);
    for (const box of copy.querySelectorAll(`[${mark}]`)) box.removeAttribute(mark);
    try {
        const boxes = copy.querySelectorAll(search);
        document.querySelectorAll(search).forEach((box, number) => {
            if (!box.matches("input:not([type='password'], [type='hidden'])")) return;
            boxes[number].setAttribute('value', box.value);
            boxes[number].setAttribute(mark, '');
        });
    } catch {
        // Not every selector of selectors.toml is one of CSS.
    }
    return copy.outerHTML;
}
