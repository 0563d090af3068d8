// Where things are looked for: in the document; where nothing is found there, in shadow roots and in
// frames of the page's own origin.
(() => {
    // A field hides what its form has by the same name, in every world: so what is around something is
    // never asked itself. Among the page's scripts there may be no such prototypes.
    const [node, element] = [globalThis.Node, globalThis.Element].map(each => each?.prototype ?? {});
    const getterOf = (owner, name) => {
        const {get} = Object.getOwnPropertyDescriptor(owner, name) ?? {};
        return each => get.call(each);
    };
    const slotOf = getterOf(element, 'assignedSlot'), partsOf = getterOf(element, 'children');
    const childrenOf = each => each?.nodeType === 1 ? partsOf(each) : each?.children ?? [];
    const above = getterOf(node, 'parentElement'), nodeAbove = getterOf(node, 'parentNode');
    const parent = each => slotOf(each) ?? above(each) ?? node.getRootNode.call(each).host;
    const is = (each, selector) => element.matches.call(each, selector);
    const holds = (each, other) => node.contains.call(each, other);
    const frameOf = each => each.ownerDocument.defaultView?.frameElement;

    // Until a frame's scripts have run, a click there may do nothing, and some rows may be to come.
    const isComing = inner => {
        if (!inner.readyState || inner.readyState === 'complete') return false;
        const {performance} = inner.defaultView, [page] = performance.getEntriesByType('navigation');
        return Boolean(page) && !page.domContentLoadedEventEnd && performance.now() < 7000;
    };

    const inside = selector => {
        if (!(Date.now() - window.jdpRoots?.at < 200)) {
            const roots = [];
            const collect = root => root.querySelectorAll('*').forEach(each => {
                const inner = each.shadowRoot ?? each.contentDocument;
                if (!inner || isComing(inner)) return;
                roots.push(inner);
                collect(inner);
            });
            collect(document);
            window.jdpRoots = {at: Date.now(), roots};
        }
        return window.jdpRoots.roots.flatMap(root => [...root.querySelectorAll(selector)]);
    };

    const either = (selector, pick) => {
        const found = pick([...document.querySelectorAll(selector)]);
        return found.length ? found : pick(inside(selector));
    };

    const everywhere = selector => [...document.querySelectorAll(selector), ...inside(selector)];

    return {parent, above, nodeAbove, childrenOf, is, holds, frameOf, inside, either, everywhere};
})()
