// What the site's scripts did, for a recording that is without them: each thing that the doctor
// used sends what it sent then, and shows what came of it.
recorded => {
    const { selectors, requests } = recorded;
    const all = name => {
        const selector = selectors[name] ?? '';
        if (!selector.startsWith('text:')) return [...document.querySelectorAll(selector)];
        const words = selector.slice(5).toLowerCase();
        const said = element => (element.value || element.textContent || element.ariaLabel || '')
            .replace(/\s+/g, ' ').trim().toLowerCase();
        return [...document.querySelectorAll('button, a, input[type=button], input[type=submit], [role=button]')]
            .filter(element => said(element).includes(words));
    };
    const isOf = (name, element) => all(name).some(each => each === element || each.contains(element));
    const filled = (request, text) => request.fields.map(
        ([name, value]) => [name, name === request.searched ? text : value]);
    const address = (request, fields) => {
        const query = new URLSearchParams(fields).toString();
        return request.method === 'GET' && query ? `${request.path}?${query}` : request.path + request.query;
    };
    const submit = (request, target = '') => {
        if (request.method === 'GET') return void window.location.assign(address(request, request.fields));
        const form = document.createElement('form');
        Object.assign(form, { method: 'post', action: address(request, request.fields), target });
        for (const [name, value] of request.fields)
            form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
        document.body.append(form);
        form.submit();
    };
    const ask = (request, text = '') => {
        const fields = filled(request, text);
        const body = request.method === 'GET' ? undefined : new URLSearchParams(fields);
        const headers = { 'X-Requested-With': 'XMLHttpRequest' };
        return fetch(address(request, fields), { method: request.method, body, headers }).then(answer => answer.text());
    };
    // What a script enabled once something was typed or chosen.
    const enable = () => ['log_in', 'licence', 'reports', 'create_pdf'].flatMap(all).forEach(each => { each.disabled = false; });
    // HTML may come within an object for a script: 0|/*DX*/({'result': {'html': '<table>'}}).
    const texts = value => typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(texts);
    const unwrapped = text => {
        const begin = text.match(/^\s*(\d+\|)?(\/\*\w*\*\/)?[\s\w$.]*(?=\()/);
        if (!begin) return text;
        const found = texts(new Function(`return ${text.slice(begin[0].length)}`)()).filter(each => each.includes('<'));
        return found.sort((a, b) => b.length - a.length)[0] ?? text;
    };
    // The part of the page that an answer is for begins with an element that the page has, too.
    const show = text => {
        const html = unwrapped(text);
        const parsed = new DOMParser().parseFromString(html, 'text/html');
        if (parsed.title) {
            document.body.innerHTML = parsed.body.innerHTML;
            return enable();
        }
        const part = [...parsed.body.querySelectorAll('[id]')].find(each => document.getElementById(each.id));
        const place = part ? document.getElementById(part.id).parentElement : all('bookout')[0]?.closest('table')?.parentElement;
        if (place) place.innerHTML = html;
    };
    const search = text => requests.search && ask(requests.search, text).then(show);
    const typed = () => all('search')[0]?.value ?? '';

    window[selectors.search_function] = () => search(typed());
    let page = 1;
    const turn = link => {
        const words = `${link.textContent} ${link.title} ${[...link.querySelectorAll('img')].map(each => each.alt).join(' ')}`;
        const number = Number(words.match(/\d+/)?.[0]);
        page = number || (/next|>|\u203a|\u00bb/i.test(words) ? page + 1 : /prev|</i.test(words) ? page - 1 : 1);
        const request = page > 1 ? requests.next : requests.back;
        if (request) ask(request).then(show);
    };
    const onClick = event => {
        const { target } = event;
        const link = target.closest?.('a, button');
        const done = action => { event.preventDefault(); event.stopPropagation(); action(); };
        if (isOf('filter_on', target)) return done(() => { for (const box of all('search')) box.value = ''; search(''); });
        if (requests.export && isOf('export_csv', target)) return done(() => submit(requests.export));
        if (recorded.dialog && isOf('reports', target)) return done(() => fetch(recorded.dialog).then(answer => answer.text()).then(show));
        // A script may have fetched it, also within data: in a window that would be no PDF.
        if (requests.report?.byScript && isOf('create_pdf', target)) return done(() => ask(requests.report));
        if (requests.report && isOf('create_pdf', target)) {
            return done(() => requests.report.method === 'GET'
                ? window.open(address(requests.report, requests.report.fields)) : submit(requests.report, '_blank'));
        }
        if (requests.logout && isOf('log_out', target) && !/^(?!javascript:|#)./.test(link?.getAttribute('href') ?? ''))
            return done(() => submit(requests.logout));
        if (link?.closest("[class*='pager' i], [id*='pager' i], [class*='dxp-'], [class*='pagination' i]")) return done(() => turn(link));
        if (requests.select && isOf('bookout', target) && !/^(?!javascript:|#)./.test(link?.getAttribute('href') ?? '')) {
            const id = link.id.match(/\d+$/)?.[0] ?? '';
            const fields = requests.select.fields.map(([name, value]) => [name, value === requests.select.vehicle ? id : value]);
            return done(() => ask({ ...requests.select, fields }).then(() => window.location.assign(recorded.opened)));
        }
        // A folded row names what it sends: a group's words, or the number of a vehicle.
        const row = target.closest?.('tr, li, [role=row]');
        if (!row || isOf('bookout', target)) return;
        const named = ({ fields }) => fields.filter(([, value]) => value.length > 2 && row.outerHTML.includes(value)).length;
        const [unfolding] = [...recorded.unfolding].sort((a, b) => named(b) - named(a));
        if (unfolding && named(unfolding)) return done(() => ask(unfolding).then(show));
        // Its details may have been there, unseen.
        const details = row.nextElementSibling;
        if (details?.style.display === 'none') return done(() => { details.style.display = ''; });
    };
    document.addEventListener('click', onClick, true);
    document.addEventListener('keydown', event => {
        if (event.key === 'Enter' && isOf('search', event.target)) search(typed());
    });
    // A script that sent the login followed its answer; a refusal stays on the page.
    document.addEventListener('submit', event => {
        const form = event.target, { login } = requests;
        if (!login?.byScript || !form.querySelector('input[type=password]')) return;
        event.preventDefault();
        ask({ ...login, fields: [...new FormData(form)] }).then(text => {
            const { error } = text.startsWith('{') ? JSON.parse(text) : {};
            if (!error) return void window.location.assign(recorded.inside);
            const told = Object.assign(document.createElement('div'), { textContent: error });
            told.role = 'alert';
            form.prepend(told);
        });
    });
    document.addEventListener('change', event => {
        if (requests.licence && isOf('licence', event.target)) submit(requests.licence);
    });
    enable();
    // The style sheet that shows an open menu is missing, too.
    for (const name of ['export_menu', 'export_all_columns', 'export_csv'])
        for (const item of all(name))
            for (let each = item; each && each !== document.body; each = each.parentElement)
                if (each.style.visibility === 'hidden' || each.style.display === 'none')
                    Object.assign(each.style, { visibility: 'visible', display: 'block' });
}
