// What an element looks like to who has to find it again: no values and no numbers of vehicles.
(() => {
    // A field hides what its form has by the same name.
    const above = each => Object.getOwnPropertyDescriptor(Node.prototype, 'parentElement').get.call(each);
    const childrenOf = each =>
        each ? Object.getOwnPropertyDescriptor(Element.prototype, 'children').get.call(each) : [];
    const is = (each, selector) => Element.prototype.matches.call(each, selector);
    const fold = text => (text ?? '').replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
        .replace(/\s+/g, ' ').trim();
    // References, VINs, numbers: what differs from vehicle to vehicle.
    const words = text => fold(text).slice(0, 100)
        .replace(/[A-Za-z]*\d[A-Za-z0-9]{4,}|\d{4,}/g, '#');
    const code = text => (text ?? '').toString().replace(/\d{4,}/g, '#').slice(0, 100);
    const attribute = (each, name) => Element.prototype.getAttribute.call(each, name) ?? '';
    const classes = each => [...each.classList].filter(name => !/\d{4,}/.test(name));
    const brief = each => each.localName + (attribute(each, 'id') ? `#${code(attribute(each, 'id'))}` : '')
        + classes(each).map(name => `.${name}`).join('');

    const textOf = each => {
        if (each.matches('input')) {
            return /^(button|submit|reset|image)$/.test(each.type) ? words(each.value) : '';
        }
        if (each.matches('select, textarea')) return '';
        return words(each.innerText ?? each.textContent);
    };
    const labelOf = each => {
        const named = attribute(each, 'aria-label')
            || attribute(each, 'aria-labelledby').split(' ')
                .map(id => id && document.getElementById(id)?.innerText).join(' ').trim()
            || [...each.labels ?? []].map(label => label.innerText).join(' ');
        return words(named);
    };
    const iconOf = each => {
        const pictures = [each, ...each.querySelectorAll('img, svg, use, i, span[class]')].slice(0, 6);
        const named = pictures.flatMap(one => [
            (attribute(one, 'src') || attribute(one, 'href')).split(/[?#]/)[0].split('/').pop(),
            one === each ? '' : attribute(one, 'alt'), one === each ? '' : attribute(one, 'title'),
            one === each || !one.matches('i, svg, span') ? '' : attribute(one, 'class'),
        ]);
        return words(each.matches('a') ? named.slice(1).join(' ') : named.join(' '));
    };
    const addressOf = each => code(attribute(each, 'href').split(/[?#]/)[0])
        || code(attribute(each, 'formaction').split(/[?#]/)[0]);
    const dataOf = each => [...each.attributes]
        .filter(({name}) => name.startsWith('data-') && !name.startsWith('data-jdp'))
        .map(({name, value}) => `${name.slice(5)}=${code(value)}`).join(' ').slice(0, 100);

    // The code and the addresses of a click, and the pictures in it: what may bar it, kept nowhere.
    const CODE = /^(on|ng-|\(|@|v-on|x-on|wire:|hx-|data-(hx-|method|action|url|href|confirm|command))/;
    const PICTURED = ['alt', 'title', 'aria-label', 'src', 'class', 'data-icon'];
    const codeOf = each => [...each.attributes].filter(({name}) => CODE.test(name))
        .map(({name, value}) => name.startsWith('on') ? value : `${name} ${value}`);
    const actsOf = each => {
        const parts = [...each.querySelectorAll('*')].filter(one =>
            !one.closest('svg *') && !one.matches('a, button, li, [onclick], [role=menuitem], script'));
        const found = ['href', 'formaction', 'src'].map(name => attribute(each, name));
        found.push(...codeOf(each), getComputedStyle(each).backgroundImage.split('/').pop());
        if (parts.length < 13) found.push(...parts.flatMap(one => [...codeOf(one),
            ...PICTURED.map(name => attribute(one, name).split('/').pop())]));
        for (let up = above(each), n = 0; up && up !== document.body && n < 4; up = above(up), n++)
            if (!is(up, 'form')) found.push(...codeOf(up), is(up, 'a') ? attribute(up, 'href') : '');
        // "Send it to all?" is what an OK beside it answers.
        const dialog = each.closest('[role=dialog], [role=alertdialog], dialog, [aria-modal], '
            + ':is([class*=modal i], [class*=dialog i], [class*=popup i]):not(body)');
        found.push(...fold(dialog?.innerText).match(/[^.?!]{3,200}\?/g) ?? []);
        if (each.form && /^(submit|image)$/.test(each.type)) found.push(attribute(each.form, 'action'));
        return found.filter(text => text && text !== 'none').map(text => text.slice(0, 2000));
    };

    return each => {
        const box = each.getBoundingClientRect();
        const parents = [];
        for (let up = above(each); up && parents.length < 4; up = above(up))
            parents.push(brief(up));
        const siblings = [...childrenOf(above(each))].filter(one => one !== each);
        return {
            tag: each.localName, id: code(each.id), classes: classes(each),
            name: code(attribute(each, 'name')), type: each.matches('input, button') ? each.type : '',
            role: attribute(each, 'role'), title: words(attribute(each, 'title')),
            label: labelOf(each), text: textOf(each), icon: iconOf(each),
            placeholder: words(attribute(each, 'placeholder')), address: addressOf(each),
            script: code(attribute(each, 'onclick')), data: dataOf(each),
            parents, siblings: siblings.slice(0, 6).map(brief),
            place: [Math.round(box.left), Math.round(box.top)], acts: actsOf(each),
        };
    };
})()
