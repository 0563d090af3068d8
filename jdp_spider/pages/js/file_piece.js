// A piece of the file that the page has made itself, in base64.
([start, end]) => new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(',')[1] ?? '');
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(window.jdpFile.slice(start, end));
})
