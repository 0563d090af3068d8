// The text of a page that is loaded and says nothing of going on; else nothing.
() => {
    const PROGRESS = /load|wait|progress|process|prepar|moment|redirect|verify/i;
    const text = document.body?.innerText ?? '';
    const isDone = document.readyState === 'complete'
        && !document.querySelector('meta[http-equiv=refresh i]');
    return isDone && !PROGRESS.test(text) ? text.trim() : '';
}
