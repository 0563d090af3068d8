// What a loaded page shows beside its menus, buttons and links, in one line; nothing of a long page.
() => {
    const AROUND = 'nav, header, footer, [role=navigation], [role=banner], [role=contentinfo], a, button, '
        + '[role=button], select, script, style, noscript, template, title';
    if (document.readyState === 'loading' || (document.body?.innerText ?? '').length > 2000) return '';
    const texts = document.createTreeWalker(document.body ?? document, NodeFilter.SHOW_TEXT), words = [];
    while (texts.nextNode()) {
        const holder = texts.currentNode.parentElement;
        if (holder?.checkVisibility?.({visibilityProperty: true}) === false || holder?.closest(AROUND)) continue;
        words.push(texts.currentNode.data);
    }
    return words.join(' ').replace(/\s+/g, ' ').trim();
}
