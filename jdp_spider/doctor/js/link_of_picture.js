// The element around the picture of a bookout link, in one line; null without a picture.
({everywhere}) => selector => {
    const link = everywhere(selector)[0]?.parentElement;
    return link ? `${link.tagName.toLowerCase()} id='${link.id}' title='${link.title}'` : null;
}
