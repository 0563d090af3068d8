({at}) => ([where, name, field]) => {
    const view = [at(where).home.defaultView, window].find(each => typeof each[name] === 'function');
    view?.[name](field);
    return Boolean(view);
}
