// Every text that a picture of the document may show, each with the property that holds it.
() => {
    const texts = [];
    const collect = root => {
        const nodes = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        while (nodes.nextNode())
            if (nodes.currentNode.data.trim()) texts.push([nodes.currentNode, 'data']);
        for (const element of root.querySelectorAll('*')) {
            for (const name of ['value', 'placeholder', 'alt', 'label'])
                if (typeof element[name] === 'string' && element[name]) texts.push([element, name]);
            if (element.shadowRoot) collect(element.shadowRoot);
        }
    };
    collect(document);
    return texts;
}
