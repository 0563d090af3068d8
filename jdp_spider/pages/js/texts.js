// What a user can read in an element: a text for each cell, and for each line within one.
({closest, contentOf, parent, is}) => {
    const CELL = 'td, th, [role=gridcell], [role=cell], [role=rowheader]';

    const isSeen = element => element.getClientRects().length > 0
        && element.checkVisibility({visibilityProperty: true});

    const isReadable = element => {
        if (!element.checkVisibility({visibilityProperty: true, opacityProperty: true})) return false;
        // Text for screen readers stands in a box of one pixel, or far off the page.
        for (let up = element; up && !is(up, CELL); up = parent(up)) {
            const style = getComputedStyle(up);
            if (style.display !== 'inline' && style.display !== 'contents') {
                const box = up.getBoundingClientRect();
                if (style.overflow !== 'visible' && (box.width <= 1 || box.height <= 1)) return false;
                if (style.clip === 'rect(0px, 0px, 0px, 0px)' || style.clipPath === 'inset(50%)')
                    return false;
                break;
            }
        }
        return true;
    };

    const boxOf = node => {
        const range = node.ownerDocument.createRange();
        range.selectNodeContents(node);
        const boxes = [...range.getClientRects()].filter(box => box.width > 0 && box.height > 1);
        const [first, last] = [boxes[0], boxes[boxes.length - 1]];
        return first && last.right + node.ownerDocument.defaultView.scrollX > 0
            ? {left: first.left, top: first.top, right: last.right, bottom: last.bottom} : null;
    };

    const NO_TEXT = /^(?:checkbox|radio|hidden|button|submit|password)$/;

    // Pieces of text that stand apart are words of their own, those below each other lines.
    const textsOf = element => {
        const texts = [], content = contentOf(element);
        let text = '', cell = null, last = null;
        const end = () => {
            if (text.trim()) texts.push(text.trim());
            text = '';
            last = null;
        };
        for (const node of content) {
            if (node.nodeType !== Node.TEXT_NODE) continue;
            const holder = node.parentElement ?? node.getRootNode().host;
            if (!node.data.trim()) { text += last ? ' ' : ''; continue; }
            if (holder.matches('script, style, option') || !isReadable(holder)) continue;
            const box = boxOf(node);
            if (!box) continue;
            const own = closest(holder, CELL);
            if (own !== cell) { end(); cell = own; }
            if (last && box.top >= last.bottom - 1) end();
            else if (last && (box.left - last.right > 1 || box.left < last.left)) text += ' ';
            text += node.data;
            last = box;
        }
        end();
        for (const field of content)
            if (field.nodeType !== Node.TEXT_NODE && isSeen(field) && !NO_TEXT.test(field.type))
                texts.push(field.selectedOptions?.[0]?.text ?? field.value);
        return texts;
    };

    return {isSeen, textsOf};
}
