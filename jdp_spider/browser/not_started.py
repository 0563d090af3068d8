"""Why a browser did not start: what it said, and what the computer's administrator forbids."""

from __future__ import annotations

import contextlib
import re
import sys
from typing import TYPE_CHECKING, Any

from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.pages.errors import BrowserNotStarted
from jdp_spider.utils import cli
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from playwright.async_api import Error as PlaywrightError

_SAID = re.compile(r"\[pid=\d+\]\[err\] *(\S.*)")
_ENDED = re.compile(r"process did exit: exitCode=(\S+), signal=(\S+)>")
_TIMEOUT = re.compile(r"Timeout (\d+)ms exceeded")
_SANDBOX = re.compile(r"sandbox|namespace|zygote|crbug\.com/(?:357670|638180)", re.IGNORECASE)
"""Words of Playwright and of Chromium, on Linux, macOS and Windows."""
_FORBIDDEN = "disallowed by the system admin"
_LONGEST = 300
_POLICIES = r"SOFTWARE\Policies"
_MAKERS = {
    "/google/chrome": r"Google\Chrome",
    "/microsoft/edge": r"Microsoft\Edge",
    "/chromium/": "Chromium",
}
"""The keys of the policies below `_POLICIES`, by a part of the browser's path."""
_ROOTS = {"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER"}
ANOTHER_BROWSER = "Install the browser anew, or name another one as JD_BROWSER in .env."
"""The advice where nothing says that the browser is forbidden."""


class LaunchFailed(BrowserNotStarted):
    """Raised when a browser does not start, in its sandbox or without it."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(f"{what}. {advice}")
        self.what = what
        self.advice = advice


def launch_failed(error: PlaywrightError, options: dict[str, Any]) -> LaunchFailed:
    """Return what Playwright's error means for the user; `options` are those of the launch."""
    path, headless = str(options.get("executable_path", "")), bool(options.get("headless", True))
    what = f"The browser {to_ascii(path)} did not start: {reason(error)}"
    policies = forbidding_policies(path, headless=headless)
    if not policies and _FORBIDDEN not in error.message:
        return LaunchFailed(what, ANOTHER_BROWSER)
    named = f" ({', '.join(policies)})" if policies else ""
    shell = "--only-shell " if headless else ""
    command = cli.python(f"-m playwright install {shell}chromium")
    return LaunchFailed(
        f"{what}. A policy of the computer's administrator forbids it{named}",
        f"If JD_BROWSER is empty, this installs another one for this program: {command}",
    )


def reason(error: PlaywrightError) -> str:
    """Return in one line of ASCII how the launch failed, and the line of the browser that tells."""
    first = (error.message.strip().splitlines() or [type(error).__name__])[0]
    how = first.removeprefix("BrowserType.launch: ")
    if isinstance(error, PlaywrightTimeout):
        limit = _TIMEOUT.search(first)
        how = f"it was not ready within {int(limit[1]) / 1000:g} s" if limit else how
    elif ended := _ENDED.search(error.message):
        code, signal = ended.groups()
        how = f"it ended at once ({f'exit status {code}' if signal == 'null' else signal})"
    said = _SAID.findall(error.message)
    line = next((line for line in said if _FORBIDDEN in line), said[-1] if said else "")
    text = f"{how}; it said: {line.strip()[:_LONGEST]}" if line else how
    return to_ascii(text.rstrip("."))


def may_be_of_sandbox(error: PlaywrightError) -> bool:
    """Return True if the browser may start without its sandbox.

    Windows shows no words of Chromium: there, one that ends without any may have failed at it.
    """
    if isinstance(error, PlaywrightTimeout):
        return False
    # The command's own line names the options that are about it.
    lines = [line for line in error.message.splitlines() if "<launching>" not in line]
    is_silent = sys.platform == "win32" and not _SAID.search(error.message)
    return any(map(_SANDBOX.search, lines)) or bool(is_silent and _ENDED.search(error.message))


def forbidding_policies(path: str, *, headless: bool) -> list[str]:
    """Return the policies of Windows that keep a program from driving this browser."""
    found: list[str] = []
    if sys.platform == "win32":
        import winreg

        place = path.replace("\\", "/").lower()
        keys = [rf"{_POLICIES}\{maker}" for part, maker in _MAKERS.items() if part in place]
        values = {"RemoteDebuggingAllowed": 0, **({"HeadlessMode": 2} if headless else {})}
        for key, root in ((key, root) for key in keys for root in _ROOTS):
            for name, forbidding in values.items():
                with contextlib.suppress(OSError):
                    with winreg.OpenKey(getattr(winreg, _ROOTS[root]), key) as opened:
                        value, _ = winreg.QueryValueEx(opened, name)
                    if value == forbidding:
                        found.append(rf"{root}\{key}: {name}={value}")
    return found
