// Where an element can be clicked that can be seen, is enabled and is not covered, or has been
// covered for long. Where that is to be clicked, a guard keeps the click from everything else,
// should the element move away. Moving the mouse does no harm: for that it need only stand still
// for two looks. `again` is a click after one of which nothing has come: only if that is certain.
({DIALOGS, isLoading, shown, shownOf, isVisible, boxOf, both, hasSize, parent, above, holds, offsetOf}, {now}, {progress}) =>
    ([selectors, asksForLogin, kind, patience]) => {
        if (isLoading()) return null;
        if (isVisible(asksForLogin)) return 'login';

        const PROGRESS = new RegExp(progress, 'i');
        const lines = () => document.body.innerText.split('\n').map(line => line.trim());
        if (kind === 'again' && lines()
            .some(line => !window.jdpClick?.lines.has(line) && PROGRESS.test(line))) return null;

        // A button that looks otherwise since has taken the click.
        const isBusy = found => kind === 'again' && window.jdpClick?.html !== found.innerHTML;

        // Notes what is in the way, for the error. Returns whether it is for long.
        const waits = (what, spot, found) => {
            if (window.jdpObstacle?.what !== what)
                window.jdpObstacle = {what, since: Date.now()};
            Object.assign(window.jdpObstacle, {spot, found});
            return Date.now() - window.jdpObstacle.since > patience;
        };

        const DISABLED = /(^|[-_])disabled$|^dx\w*disabled/i;
        const classes = each => [...each.classList].some(name => DISABLED.test(name));
        const isDisabled = each => each.matches(':disabled') || each.control?.matches(':disabled')
            || each.closest('[aria-disabled=true], [inert]')
            || getComputedStyle(each).pointerEvents === 'none';
        const seemsDisabled = each => classes(each)
            || (each.parentElement?.childElementCount === 1 && classes(each.parentElement));

        const reaches = (found, hit) => {
            for (let up = hit; up; up = parent(up)) {
                if (up === found) return true;
                // A label is clicked for its box.
                if (found.localName === 'label' && up.localName === 'a') return false;
            }
            return false;
        };
        const at = ({x, y}) => {
            let hit = document.elementFromPoint(x, y), [left, top] = [0, 0];
            for (let depth = 0; depth < 9; depth++) {
                const inner = hit?.shadowRoot ?? hit?.contentDocument;
                if (!inner) break;
                if (!hit.shadowRoot) {
                    const box = hit.getBoundingClientRect();
                    left += box.left + hit.clientLeft;
                    top += box.top + hit.clientTop;
                }
                hit = inner.elementFromPoint(x - left, y - top) ?? hit;
                if (hit.getRootNode() !== inner) break;
            }
            return hit;
        };
        const spotsOf = found => {
            found.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
            const {innerWidth, innerHeight} = found.ownerDocument.defaultView;
            const whole = boxOf(found) ?? found.getBoundingClientRect();
            const screen = {left: 0, top: 0, right: innerWidth, bottom: innerHeight};
            const visible = both(whole, screen), {x: left, y: top} = offsetOf(found);
            const box = hasSize(visible) ? visible : whole;
            return [[2, 2], [1, 2], [3, 2], [2, 1], [2, 3], [1, 1], [3, 3], [3, 1], [1, 3]].map(
                ([x, y]) => ({
                    x: left + box.left + box.width * x / 4, y: top + box.top + box.height * y / 4,
                }));
        };
        const freeOf = (found, spots) => spots.find(spot => reaches(found, at(spot)));

        // Of a dialog's buttons of the same words: the one beside which a bookout is named; the last
        // where nothing but buttons is beside them, as above and below a list.
        const LIKE_DIALOGS = `${DIALOGS}, [class*=modal i], [class*=dialog i], [class*=popup i]`;
        const textBeside = (one, ready) => {
            let part = one;
            const isOwn = up => up && !ready.some(other => other !== one && holds(up, other));
            while (isOwn(above(part))) part = above(part);
            return [...part.querySelectorAll('button, a, [role=button]')]
                .reduce((text, each) => text.replace(each.innerText, ''),
                    part === one ? '' : part.innerText).trim();
        };
        const among = ready => {
            let around = ready[0];
            while (around && !ready.every(one => holds(around, one))) around = above(around);
            // Bootstrap says on the body that a modal is open.
            const dialog = around?.closest(LIKE_DIALOGS);
            if (!dialog || dialog.localName === 'body') return ready;
            const beside = ready.map(one => textBeside(one, ready));
            const bookouts = ready.filter((_, n) => /book ?-?out/i.test(beside[n]));
            if (bookouts.length === 1) return bookouts;
            return beside.some(Boolean) ? ready : ready.slice(-1);
        };
        // What a click has brought comes before the page's own of the same words, which may make
        // another kind of report.
        const shownNew = shownOf(one => !window.jdpThere.found.has(one));
        const choose = each => {
            const fresh = window.jdpThere ? shownNew(each) : [];
            const list = fresh.length ? fresh : shown(each);
            if (list.length < 2 || !each.startsWith('text:')) return list.slice(0, 1);
            const ready = list.filter(one => !isDisabled(one) && freeOf(one, spotsOf(one)));
            return ready.length > 1 ? among(ready) : [ready[0] ?? list[0]];
        };
        const [found, other] = selectors.flatMap(choose);
        if (!found) {
            window.jdpObstacle = undefined;
            return null;
        }
        if (other) return waits('twice') ? 'twice' : null;
        if (isBusy(found)) return null;
        const spots = spotsOf(found), [middle] = spots;
        const isOff = Boolean(isDisabled(found));
        if (isOff || seemsDisabled(found)) {
            // What is typed may count only when the field is left.
            const {activeElement} = found.ownerDocument;
            if (kind && activeElement?.matches('input, textarea')) activeElement.blur();
            if (!waits('disabled', middle, found) || isOff) return null;
        }
        const free = freeOf(found, spots), spot = free ?? middle;
        if (!free) {
            const inside = hasSize(boxOf(found) ?? {}) && middle.y < innerHeight && middle.x > 0;
            const {x, y} = offsetOf(found);
            const below = found.getRootNode().elementsFromPoint(middle.x - x, middle.y - y);
            // The browser finds nothing below a modal dialog.
            const isCovered = Boolean(document.querySelector('dialog:modal'))
                || below.some(each => reaches(found, each));
            // What lies below nothing else is cut off, or cannot be clicked.
            if (inside && (!waits('covered', middle, found) || !isCovered)) return null;
            if (kind === 'again') return null;
        }
        if (!kind) {
            const last = window.jdpSpot;
            window.jdpSpot = {found, ...spot};
            return last?.found === found && last.x === spot.x && last.y === spot.y && spot;
        }
        window.jdpObstacle = undefined;
        const isMeant = target => reaches(found, target);
        const before = kind === 'again' ? window.jdpClick
            : {lines: new Set(lines()), answers: now(), html: found.innerHTML};
        const within = new Set();
        for (let up = parent(found); up; up = parent(up)) within.add(up);
        window.jdpClick = {...before, found, within, isMeant: free ? isMeant : null, landed: null};
        const view = found.ownerDocument.defaultView;
        if (free && !view.jdpGuarded) {
            view.jdpGuarded = true;
            for (const name of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click']) {
                view.addEventListener(name, event => {
                    const click = window.jdpClick;
                    if (!click.isMeant || !event.isTrusted) return;
                    if (name === 'pointerdown')
                        click.landed = click.isMeant(event.composedPath()[0]) ? 'hit' : 'missed';
                    if (click.landed === 'missed') {
                        event.preventDefault();
                        event.stopImmediatePropagation();
                    }
                    if (name === 'click') click.isMeant = null;
                    window.jdpLookAgain?.();
                }, true);
            }
        }
        return {...spot, covered: !free};
    }
