// What a user can read in an element: a text for each cell, and for each line within one.
(() => {
    const CELL = 'td, th, [role=gridcell], [role=cell], [role=rowheader]';

    const isSeen = element => element.getClientRects().length > 0
        && element.checkVisibility({visibilityProperty: true});

    const isReadable = element => {
        if (!element.checkVisibility({visibilityProperty: true, opacityProperty: true})) return false;
        // Text for screen readers stands in a box of one pixel, or far off the page.
        for (let up = element; up && !up.matches(CELL); up = up.parentElement) {
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
        const range = document.createRange();
        range.selectNodeContents(node);
        const boxes = [...range.getClientRects()].filter(box => box.width > 0 && box.height > 1);
        const [first, last] = [boxes[0], boxes[boxes.length - 1]];
        return first && last.right + scrollX > 0
            ? {left: first.left, top: first.top, right: last.right, bottom: last.bottom} : null;
    };

    // Pieces of text that stand apart are words of their own, those below each other lines.
    const textsOf = element => {
        const texts = [];
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        let text = '', cell = null, last = null;
        const end = () => {
            if (text.trim()) texts.push(text.trim());
            text = '';
            last = null;
        };
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const parent = node.parentElement;
            if (!node.data.trim()) { text += last ? ' ' : ''; continue; }
            if (parent.matches('script, style, option') || !isReadable(parent)) continue;
            const box = boxOf(node);
            if (!box) continue;
            const own = parent.closest(CELL);
            if (own !== cell) { end(); cell = own; }
            if (last && box.top >= last.bottom - 1) end();
            else if (last && (box.left - last.right > 1 || box.left < last.left)) text += ' ';
            text += node.data;
            last = box;
        }
        end();
        for (const field of element.querySelectorAll('input, textarea, select'))
            if (isSeen(field) && !/^(?:checkbox|radio|hidden|button|submit|password)$/.test(field.type))
                texts.push(field.selectedOptions?.[0]?.text ?? field.value);
        return texts;
    };

    return {isSeen, textsOf};
})()
