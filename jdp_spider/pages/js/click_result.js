// What has come of the last click, once it was made; on another page it has led there.
outcome => () => {
    const landed = window.jdpClick ? window.jdpClick.landed : 'hit';
    return landed === 'hit' ? outcome() : landed;
}
