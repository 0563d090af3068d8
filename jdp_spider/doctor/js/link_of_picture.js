// The element around the picture of a bookout link, in one line; empty without one.
selector => {
    const link = document.querySelector(selector)?.parentElement;
    return link ? `${link.tagName.toLowerCase()} id='${link.id}' title='${link.title}'` : '';
}
