// A click on a link that leads away from the site does what its script does, and nothing else.
id => {
    const link = document.getElementById(id);
    link.removeAttribute('href');
    return !link.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
}
