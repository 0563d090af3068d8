"""The tests on Windows without a PC: a real Windows Python under Wine, with a browser from Linux.

    python bootstrap.py test --windows

The DLLs are those of python.org's build, the driver is Playwright's for Windows, and the console
has real Ctrl-C events. Only the browser is the system's Linux one: `chrome.exe`, made of
`src/chrome.c`, hands Playwright's two pipes to `bridge.py`. docs/contributing.md says what this
cannot show.
"""
