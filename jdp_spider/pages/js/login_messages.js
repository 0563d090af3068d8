// What looks like a message on the page; without one, all of its text.
() => {
    const marked = document.querySelectorAll(
        "[class*='error' i], [class*='alert' i], [class*='warning' i], [role='alert']");
    const texts = [...marked].filter(element => element.getClientRects().length)
        .map(element => element.innerText.trim()).filter(Boolean);
    return texts.length ? texts.join('\n') : document.body.innerText;
}
