// The names that the browser itself gives to things: what scripts call, and parts of style sheets.
() => {
    const names = new Set();
    const add = thing => {
        for (let each = thing; each && each !== Object.prototype; each = Object.getPrototypeOf(each))
            for (const name of Object.getOwnPropertyNames(each)) names.add(name);
    };
    add(window);
    for (const name of Object.getOwnPropertyNames(window)) {
        const descriptor = Object.getOwnPropertyDescriptor(window, name);
        if (typeof descriptor.value !== 'function' && typeof descriptor.value !== 'object') continue;
        names.add(name);
        add(descriptor.value);
        if (descriptor.value?.prototype) add(descriptor.value.prototype);
    }
    for (const property of document.documentElement.computedStyleMap().keys()) names.add(property);
    return [...names];
}
