([name, field]) => {
    if (typeof window[name] !== 'function') return false;
    window[name](field);
    return true;
}
