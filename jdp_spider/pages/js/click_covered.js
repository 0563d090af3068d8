() => {
    window.jdpClick.landed = 'hit';
    window.jdpClick.found.click();
}
