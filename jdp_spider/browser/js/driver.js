// Runs in Playwright's driver, not in a page. Ctrl-Break and a terminal that is closed end whatever
// belongs to it and does not listen: then no vehicle could finish, and nothing would log out.
() => {
    for (const signal of ["SIGBREAK", "SIGHUP"]) {
        process.on(signal, () => {});
    }
}
