// What a person sees of the page. The selector "text:Some words" is a button or link that says so.
({parent, above, childrenOf, is, holds, frameOf, either, everywhere}) => {
    const BUTTONS = 'button, a, input[type=button], input[type=submit], input[type=image], '
        + '[role=button]';
    // What only works like one, as DevExpress's buttons do. Looked for where no button says so.
    const LIKE_BUTTONS = '[class*=dxbButton], [class~=btn], [class~=button], [onclick]';

    // What says of itself that it is a dialog. Others only look like one.
    const DIALOGS = 'dialog, [role=dialog], [role=alertdialog], [aria-modal=true]';

    // Scripts and style sheets of other hosts that keep the page from being loaded; none while it
    // waits for the site's own.
    const heldUpBy = () => {
        const [page] = performance.getEntriesByType('navigation');
        if (!page?.responseEnd || page.domContentLoadedEventEnd) return [];
        const came = new Set(performance.getEntriesByType('resource').map(each => each.name));
        const awaited = [...document.querySelectorAll('script[src], link[rel~=stylesheet][href]')]
            .filter(each => !each.async && !each.disabled)
            .map(each => each.src || each.href).filter(address => !came.has(address));
        const own = awaited.some(address => address.startsWith(`${location.origin}/`));
        return own ? [] : awaited.filter(address => /^https?:/.test(address));
    };

    // Until the page's scripts have run, a click may do nothing. One that cannot be loaded again
    // without what holds it up is taken as it is, after a while.
    const isLoading = () => {
        const [page] = performance.getEntriesByType('navigation');
        return Boolean(page) && !page.domContentLoadedEventEnd
            && !(performance.now() > 7000 && heldUpBy().length);
    };

    const fold = text => (text ?? '').replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
        .replace(/\s+/g, ' ').trim().toLowerCase();

    const says = each => {
        const isInput = each.matches('input');
        const own = isInput ? each.type !== 'image' && each.value
            : each.innerText ?? each.textContent;
        if (fold(own)) return fold(own);
        const named = [each, ...each.querySelectorAll('[aria-label], [title], [alt]')]
            .flatMap(one => ['aria-label', 'alt', 'title'].map(name => one.getAttribute(name)));
        return fold(named.find(fold) ?? each.value?.toString());
    };

    // Where the frame of an element stands in the window.
    const offsetOf = each => {
        let [x, y] = [0, 0];
        for (let frame = frameOf(each); frame; frame = frameOf(frame)) {
            const box = frame.getBoundingClientRect();
            x += box.left + frame.clientLeft;
            y += box.top + frame.clientTop;
        }
        return {x, y};
    };

    const hasSize = box => box.width > 1 && box.height > 1;

    // The first of its boxes: of what runs over two lines the middle is elsewhere.
    const boxOf = each => {
        for (const one of [each, ...each.querySelectorAll('*')]) {
            const box = [...one.getClientRects()].find(hasSize);
            if (box) return box;
        }
        return null;
    };

    // Pictures that are not loaded have no size.
    const isPicture = each => each.matches('img, input[type=image]')
        || Boolean(each.querySelector('img, input[type=image]'));

    const both = (one, other) => {
        const left = Math.max(one.left, other.left), top = Math.max(one.top, other.top);
        const right = Math.min(one.right, other.right);
        const bottom = Math.min(one.bottom, other.bottom);
        return {left, top, right, bottom, width: right - left, height: bottom - top};
    };

    const CLIPPED = /^inset\((50|100)%|^circle\(0|^rect\((0px|1px), (0px|1px), (0px|1px), /;

    const isSeen = each => {
        const view = each.ownerDocument.defaultView;
        if (!view || (view.frameElement && !isSeen(view.frameElement))) return false;
        const {body, documentElement} = each.ownerDocument;
        if (!each.checkVisibility({visibilityProperty: true, opacityProperty: true})) return false;
        let box = boxOf(each);
        if (!box && !isPicture(each)) return false;
        box ??= each.getBoundingClientRect();
        const [wasBox, isFlat] = [box, !hasSize(box)];
        let opacity = 1, position = '', isFixed = false;
        for (let up = each; up; up = parent(up)) {
            const style = getComputedStyle(up);
            opacity *= style.opacity;
            if (opacity < 0.05 || CLIPPED.test(style.clipPath) || CLIPPED.test(style.clip))
                return false;
            const holds = !position || style.transform !== 'none'
                || (position === 'absolute' && style.position !== 'static');
            if (up !== each && holds && up !== body && up !== documentElement
                && `${style.overflowX} ${style.overflowY}` !== 'visible visible') {
                const around = up.getBoundingClientRect();
                if (!hasSize(around)) return false;
                // What is scrolled away can be scrolled to.
                box = /auto|scroll/.test(style.overflowX + style.overflowY) ? around
                    : both(box, around);
                if (!isFlat && !hasSize(box)) return false;
            }
            if (holds) position = /absolute|fixed/.test(style.position) ? style.position : '';
            isFixed ||= style.position === 'fixed';
        }
        if (isFixed) return wasBox.right > 0 && wasBox.bottom > 0 && wasBox.left < view.innerWidth;
        return wasBox.right + view.scrollX > 0 && wasBox.bottom + view.scrollY > 0;
    };

    // A box to tick is often replaced by its label, or clear and laid over a picture of one.
    const isSmall = box => box.width <= 60 && box.height <= 60;
    const clearIn = each => {
        const around = each.parentElement;
        if (!around || getComputedStyle(each).opacity > 0.05 || !isSeen(around)) return false;
        if (isSmall(around.getBoundingClientRect())) return around;
        const box = each.getBoundingClientRect();
        return box.width >= 8 && box.height >= 8 && each;
    };
    const standIn = each => isSeen(each) ? each
        : each.matches('input[type=checkbox], input[type=radio]')
            && ([...each.labels].find(isSeen) ?? clearIn(each));

    // The best: who says just these words, then who says the least besides; of nested ones the
    // innermost.
    // Words besides that send something to somebody are another button's: better none than that.
    const SENDS = /\be-?mail|\bmail(ing)?\b|\bsen[dt]\b|\bsending|\bshar(e|ing)\b|\bfax/;
    const saying = (wanted, buttons) => {
        const bare = text => text.replaceAll(' ', '');
        const found = buttons.filter(each => {
            const text = bare(fold(each.textContent));
            return !text || text.includes(bare(wanted));
        }).filter(isSeen).map(each => [each, says(each)])
            .filter(([, text]) => text.includes(wanted) && !SENDS.test(text.replace(wanted, '')));
        const least = Math.min(...found.map(([, text]) => text.length));
        const best = found.filter(([, text]) => text.length === least).map(([each]) => each);
        return best.filter(each => !best.some(other => other !== each && each.contains(other)));
    };

    const isShort = each => fold(each.textContent).length < 50;
    const labelled = (words, isMeant) => {
        const found = either(BUTTONS, buttons => saying(words, buttons.filter(isMeant)));
        return found.length ? found
            : either(LIKE_BUTTONS, others => saying(words, others.filter(isMeant).filter(isShort)));
    };

    const shownOf = isMeant => selector => selector.startsWith('text:')
        ? labelled(fold(selector.slice(5)), isMeant)
        : either(selector, found => found.filter(isMeant).map(standIn).filter(Boolean));
    const shown = shownOf(() => true);

    // One is enough: a grid has many.
    const isVisible = selectors => selectors.some(selector => selector.startsWith('text:')
        ? shown(selector).length
        : either(selector, found => found.some(standIn) ? [true] : []).length);

    return {
        DIALOGS, isLoading, heldUpBy, everywhere, shown, shownOf, isVisible, boxOf, both, hasSize, parent, above,
        childrenOf, is, holds, says, offsetOf, isSeen,
    };
}
