// All that can be seen and used on the page, each with what it looks like, where it stands, and the
// selectors that find just it.
(featuresOf, {shown, above, childrenOf, is, holds}) => () => {
    const USABLE = 'a, button, input, select, textarea, summary, label, [role=button], [role=link], '
        + '[role=menuitem], [role=tab], [onclick], [tabindex]';
    const MOST = 900, LONGEST = 60;
    const quoted = text => `'${text.replace(/[\\']/g, '\\$&')}'`;
    const isSteady = text => text && !/\d{4,}/.test(text) && text.length < 80;
    const attribute = (each, name) => Element.prototype.getAttribute.call(each, name) ?? '';
    const first = selector => {
        try { return shown(selector); } catch { return []; }
    };
    const isIts = (selector, each) => {
        const found = first(selector);
        return found.length === 1 && found[0] === each;
    };

    const ownText = each => [...each.childNodes].filter(node => node.nodeType === 3)
        .map(node => node.data).join('').trim();
    // Menus are made of plain elements with listeners: who has a short text of its own may be one.
    const isPlain = each => {
        const text = ownText(each);
        return text && text.length <= LONGEST && !each.closest(USABLE)
            && !is(each, 'script, style, option, p, h1, h2, h3, dt, dd, th, title, td');
    };
    // Those of shadow roots and of frames of the page's own origin, too.
    const all = [];
    const collect = root => root.querySelectorAll('*').forEach(each => {
        all.push(each);
        const inner = each.shadowRoot ?? each.contentDocument?.body;
        if (inner) collect(inner);
    });
    // A page may have no body yet.
    if (document.body) collect(document.body);
    const usable = all.filter(each => is(each, USABLE) || isPlain(each));

    const pathOf = each => {
        const steps = [];
        for (let up = each; up && up !== each.ownerDocument.body; up = above(up)) {
            const id = attribute(up, 'id');
            if (up !== each && isSteady(id)) {
                steps.unshift(`#${CSS.escape(id)}`);
                break;
            }
            const same = [...childrenOf(above(up))]
                .filter(one => one.localName === up.localName);
            const nth = same.length > 1 ? `:nth-of-type(${same.indexOf(up) + 1})` : '';
            steps.unshift(up.localName + nth);
        }
        return steps.join(' > ');
    };
    const steadyClasses = each => [...each.classList]
        .filter(name => isSteady(name) && !/^(active|open|hover|focus|selected|disabled)$/i.test(name));
    const selectorsOf = (each, features) => {
        const tag = each.localName, found = [];
        if (isSteady(each.id)) found.push(`#${CSS.escape(each.id)}`);
        for (const name of ['name', 'data-action', 'data-command', 'data-testid', 'aria-label', 'title']) {
            const value = attribute(each, name);
            if (isSteady(value)) found.push(`${tag}[${name}=${quoted(value)}]`);
        }
        if (isSteady(features.text) && features.text.length <= 40 && !features.text.includes('#')
            && !each.closest('tr, [role=row]')) found.push(`text:${features.text}`);
        const href = attribute(each, 'href').split('#')[0];
        if (tag === 'a' && isSteady(href) && !/^javascript:/i.test(href)) {
            found.push(`a[href$=${quoted(href.slice(href.indexOf('/', 1)))}]`);
            found.push(`a[href=${quoted(href)}]`);
        }
        const called = attribute(each, 'onclick').match(/([A-Za-z_$]{4,})\s*\(/);
        if (called) found.push(`${tag}[onclick*=${quoted(called[1])}]`);
        const classes = steadyClasses(each);
        for (const name of classes) found.push(`${tag}.${CSS.escape(name)}`);
        if (classes.length > 1) found.push(tag + classes.map(name => `.${CSS.escape(name)}`).join(''));
        for (const name of classes) {
            const others = [...each.getRootNode().querySelectorAll(`${tag}.${CSS.escape(name)}`)]
                .filter(one => one !== each);
            for (const other of new Set(others.flatMap(one => [...one.classList])))
                if (!each.classList.contains(other))
                    found.push(`${tag}.${CSS.escape(name)}:not(.${CSS.escape(other)})`);
        }
        if (each.type && tag === 'input') found.push(`input[type=${each.type}]`);
        found.push(pathOf(each));
        return found.filter(selector => isIts(selector, each)).slice(0, 6);
    };

    const isVisible = each => each.getClientRects().length > 0
        && each.checkVisibility({visibilityProperty: true, opacityProperty: true});
    const passwords = all.filter(each => is(each, 'input[type=password]') && isVisible(each));
    const asksForPassword = group => passwords.some(each => holds(group, each));
    const groupOf = each => each.closest('form') ?? [...function* () {
        for (let up = above(each); up; up = above(up)) yield up;
    }()].find(up => asksForPassword(up) || is(up, 'main, body'));
    // A login may ask for the user name alone first: by the one field of a page without a way out.
    const TEXTS = 'input:not([type]), [type=text], [type=email], [type=tel]';
    const LOGS_IN = /\b(log|sign) ?-?(in|on)\b|\buser ?-?(name|id)\b/i;
    const WAY_OUT = /\b(log|sign) ?-?(out|off)\b/i;
    const hasWayOut = all.some(each => is(each, 'a, button') && isVisible(each)
        && WAY_OUT.test(`${each.innerText} ${each.title}`));
    const asksForName = group => !passwords.length && !hasWayOut
        && [...group.querySelectorAll(TEXTS)].filter(isVisible).length === 1
        && group.querySelector('button, input[type=submit], input[type=image], [role=button]')
        && LOGS_IN.test(`${group.innerText} ${document.title}`);
    const entries = new Map();
    const isEntry = group => {
        if (!entries.has(group)) entries.set(group, asksForPassword(group) || asksForName(group));
        return Boolean(entries.get(group));
    };
    const regionOf = each => {
        if (each.closest('[role=dialog], dialog, [aria-modal], [class*=modal i], [class*=popup i][style]'))
            return 'dialog';
        if (each.closest('nav, menu, [role=menu], [role=menubar], [id*=menu i], [class*=menu i]'))
            return 'menu';
        if (each.closest('tr, [role=row]')) return 'row';
        if (each.closest('header, [class*=header i]')) return 'header';
        return each.closest('footer, [class*=footer i]') ? 'footer' : 'main';
    };

    // A field for changing a vehicle has others beside it, and a button that saves them.
    const SAVES = /\b(save|update|apply|add|create|submit|recalculate)\b/i;
    const isEdited = each => {
        const name = attribute(each, 'name');
        if (each.closest('[class*=editform i], [class*=edit-form i]')
            || (name && all.filter(one => is(one, 'input') && one.name === name).length > 1)) return true;
        const group = each.closest('form, fieldset, dialog, [role=dialog], [class*=modal i]:not(body)');
        return Boolean(group) && !group.querySelector('tr, [role=row]')
            && group.querySelectorAll(`${TEXTS}, textarea, select`).length > 2
            && [...group.querySelectorAll('button, input[type=submit], input[type=button]')]
                .some(button => SAVES.test(`${button.innerText} ${button.value}`));
    };

    const list = [];
    for (const each of usable) {
        if (list.length >= MOST) break;
        const isBox = is(each, 'input[type=checkbox], input[type=radio]');
        if (!isVisible(each) && !isBox) continue;
        if (each.closest('tr, [role=row]') && list.filter(one => one.region === 'row').length > 80)
            continue;
        const features = featuresOf(each);
        if (features.text.length > LONGEST * 2) continue;
        const region = regionOf(each);
        const selectors = region === 'row' ? [] : selectorsOf(each, features);
        if (!selectors.length && region !== 'row') continue;
        const group = groupOf(each), form = each.form ?? each.closest('form');
        list.push({
            ...features, region, selectors, usable: is(each, USABLE),
            entry: Boolean(group) && isEntry(group),
            sends: Boolean(form) && is(each, 'button:not([type=button]):not([type=reset]), '
                + 'input[type=submit], input[type=image]'),
            edits: is(each, 'input, textarea') && isEdited(each),
            off: is(each, ':disabled') || each.readOnly === true,
            url: each.localName === 'a' ? String(each.href ?? '') : '',
        });
    }
    return list;
}
