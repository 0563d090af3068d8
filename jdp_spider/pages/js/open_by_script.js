// A click on a link that leads away from the site does what its script does, and nothing else.
({linkOf}) => asked => {
    const link = linkOf(asked);
    link.removeAttribute('href');
    return !link.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, composed: true}));
}
