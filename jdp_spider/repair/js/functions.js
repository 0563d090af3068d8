// The page's own functions, each with its source and that of all that it calls, and the words by
// which the page's scripts may call the field of the search.
({everywhere}) => async ([id, name]) => {
    const frames = everywhere('iframe, frame').map(each => each.contentDocument?.defaultView);
    const views = [window, ...frames.filter(Boolean)];
    const functionsOf = view => Object.getOwnPropertyNames(view).filter(each => {
        try {
            return typeof view[each] === 'function' && /^[a-z_$][\w$]*$/i.test(each)
                && !Function.prototype.toString.call(view[each]).includes('[native code]');
        } catch { return false; }
    });
    const own = [...new Set(views.flatMap(functionsOf))];
    const scripts = views.flatMap(view => [...view.document.scripts]);
    const texts = scripts.filter(each => !each.src).map(each => each.text);
    for (const script of scripts.filter(each => each.src).slice(0, 12)) {
        if (new URL(script.src, document.baseURI).origin !== location.origin) continue;
        try {
            const answer = await fetch(script.src, {cache: 'force-cache'});
            texts.push((await answer.text()).slice(0, 500000));
        } catch { /* A page may allow no requests. */ }
    }
    const escaped = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const fields = new Set();
    for (const key of [id, name].filter(Boolean)) {
        const pair = new RegExp(`["']?([\\w$]+)["']?\\s*:\\s*["']#?${escaped(key)}["']`, 'g');
        for (const text of texts) for (const found of text.matchAll(pair)) fields.add(found[1]);
    }
    const calls = {};
    for (const each of own) {
        const call = new RegExp(`\\b${escaped(each)}\\(\\s*["']([\\w$ ]+)["']`, 'g');
        for (const text of texts) for (const found of text.matchAll(call))
            (calls[each] ??= []).push(found[1]);
    }
    const sourceOf = name => String(views.find(view => typeof view[name] === 'function')[name]);
    const MOST = 20000;
    // What a function calls may do what its own name does not say.
    const withCalled = name => {
        const names = new Set([name]);
        let text = '';
        for (const each of names) {
            const source = sourceOf(each);
            text += `${source}\n`;
            if (text.length > MOST) return ['', null];
            for (const [word] of source.matchAll(/[A-Za-z_$][\w$]*(?=\s*\()/g))
                if (own.includes(word)) names.add(word);
        }
        return [sourceOf(name), text];
    };
    const functions = Object.fromEntries(own.slice(0, 300).map(name => [name, withCalled(name)]));
    return {functions, fields: [...fields], calls};
}
