// A piece of the file that the page has made itself, in base64. It runs among the page's scripts, which
// may have replaced `Promise`: what has a `then` can be awaited without it.
async ([start, end]) => {
    const reader = new FileReader();
    const address = await {
        then(resolve, reject) {
            reader.onload = () => resolve(reader.result);
            reader.onerror = () => reject(reader.error);
            reader.readAsDataURL(window.jdpFile.slice(start, end));
        },
    };
    return address.slice(address.indexOf(',') + 1);
}
