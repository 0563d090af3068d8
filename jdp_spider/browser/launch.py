"""What is launched, and how: the user's browser, Playwright's own, or one of the system's.

`python -m jdp_spider.browser` prints the path of the one a crawl would take.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import playwright

from jdp_spider.config.dotenv import EnvFileError, read_environment
from jdp_spider.utils import cli
from jdp_spider.utils.files import is_file, is_there, is_utf8
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import ViewportSize

    from jdp_spider.config.proxies import Proxy

PLAYWRIGHTS_FEATURES = ("CDPScreenshotNewSurface", "SkipListAccountsWithoutGaiaCookies")
"""Features that Playwright enables in Chromium: of two such options only the last counts."""

OTHERS = "other_browsers"
"""Among the launch options, though not Playwright's: what to launch if the first does not start."""

LAUNCH_LIMIT_S = 45.0
"""How long a browser may take to start; Playwright's own limit is 180 s."""

LOCALE = "en-US"
"""Of all contexts, whatever the computer's: the words of pages that are known are English. A
headless shell would send no Accept-Language, which firewalls take for the mark of a robot."""

_SHELLS = ("chromium-headless-shell", "chrome-headless-shell", "headless_shell")
_FULL = (
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "chromium",
    "chromium-browser",
    "microsoft-edge",
    "msedge",
)
_WINDOWS_PLACES = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
_MAC_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)


class BrowserNotFound(Exception):
    """Raised before the crawl if no browser is found; names the command that installs one."""


def find_browser(chosen: Path | None = None, *, headless: bool = True) -> Path:
    """Return the program to launch: `chosen`, Playwright's, a headless shell, Chrome, Edge, ...

    With a window (`headless` false) headless shells are skipped. Raise BrowserNotFound if none.
    """
    place = Path(playwright.__file__).parent
    if not is_utf8(str(place)):
        raise BrowserNotFound(
            "The browser's driver does not start from a folder whose name is not in UTF-8, such as "
            f"{to_ascii(str(place))}. Move the program to another folder, and set it up there: "
            f"{cli.SET_UP}"
        )
    if chosen is not None:
        return chosen
    for path in _candidates(headless):
        return path
    with_window = cli.python("-m playwright install chromium")
    command = cli.SET_UP if headless else with_window
    raise BrowserNotFound(f"No browser was found. Install one with: {command}")


def other_browsers(taken: Path, *, headless: bool) -> list[str]:
    """Return the other browsers of the computer, best first, each by one of its paths."""
    found: dict[str, str] = {}
    for path in _candidates(headless):
        found.setdefault(os.path.realpath(path), str(path))
    found.pop(os.path.realpath(taken), None)
    return list(found.values())


def _candidates(headless: bool) -> Iterator[Path]:
    if headless:
        yield from _playwrights_own("chromium-headless-shell")
    yield from _playwrights_own("chromium")
    if headless:
        yield from _on_path(_SHELLS)
    yield from _on_path(_FULL)
    yield from _in_usual_places()


def _on_path(names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        found = shutil.which(name)
        if found:
            yield Path(found)


def _in_usual_places() -> Iterator[Path]:
    roots = [os.environ.get(n) for n in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
    places = [Path(root, place) for place in _WINDOWS_PLACES for root in roots if root]
    if sys.platform == "darwin":
        # Who may not write to /Applications has them in their own folder.
        places += [Path(f"{root}{place}") for place in _MAC_PLACES for root in ("", Path.home())]
    yield from filter(is_file, places)


def _playwrights_own(name: str) -> Iterator[Path]:
    """Yield the browser that `playwright install` installed for this release of Playwright."""
    listing = Path(playwright.__file__).parent / "driver" / "package" / "browsers.json"
    browsers = json.loads(listing.read_text(encoding="utf-8"))["browsers"]
    for entry in browsers:
        if entry["name"] != name:
            continue
        folder = _browsers_folder() / f"{name.replace('-', '_')}-{entry['revision']}"
        if is_there(folder / "INSTALLATION_COMPLETE"):
            yield from _programs_in(folder)


def _programs_in(folder: Path) -> Iterator[Path]:
    names = ("chrome-headless-shell*", "headless_shell*", "chrome", "chrome.exe")
    for pattern in (*(f"*/{name}" for name in names), "*/*.app/Contents/MacOS/*"):
        for path in sorted(folder.glob(pattern)):
            if is_file(path) and path.suffix in ("", ".exe"):
                yield path


def _browsers_folder() -> Path:
    """Return the folder of Playwright's browsers, found as its own registry finds it."""
    chosen = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if chosen == "0":
        return Path(playwright.__file__).parent / "driver" / "package" / ".local-browsers"
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        default = Path.home() / "AppData" / "Local"
        return Path(os.environ.get("LOCALAPPDATA") or default) / "ms-playwright"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"


def launch_options(
    path: Path, *, headless: bool, block_images: bool, proxy: Proxy | None = None
) -> dict[str, Any]:
    """Return Playwright's launch options for a crawl with the browser at `path`.

    Without `proxy` the browser reads the system's settings.
    """
    args = ["--blink-settings=imagesEnabled=false"] if block_images else []
    if headless:
        # Nothing is drawn for display: 15 MB less.
        args += ["--disable-gpu", "--disable-software-rasterizer"]
        # One process fewer between the pages and the site: 5 % less CPU time, 9 MB less (measured).
        # One fewer for drawing: 5 MB.
        args.append("--in-process-gpu")
        # Without those two nothing is started by the second zygote (Linux): 7 MB.
        args.append("--no-unsandboxed-zygote")
        features = ",".join([*PLAYWRIGHTS_FEATURES, "NetworkServiceInProcess2"])
        args.append(f"--enable-features={features}")
    network = proxy.launch_options if proxy else {}
    return {
        **network,
        "executable_path": str(path),
        "headless": headless,
        "chromium_sandbox": not _is_root(),
        "timeout": LAUNCH_LIMIT_S * 1000,
        # Ctrl-C is Scrapy's business: by default Playwright kills the browser at once, and no
        # vehicle in flight can finish.
        "handle_sigint": False,
        "handle_sigterm": False,
        "handle_sighup": False,
        "args": [*args, *network.get("args", [])],
    }


def context_options(cookies: list[dict[str, Any]], viewport: ViewportSize) -> dict[str, Any]:
    """Return Playwright's options for a context that is logged in with these cookies."""
    return {
        "storage_state": {"cookies": cookies, "origins": []},
        "service_workers": "block",
        "locale": LOCALE,
        "viewport": viewport,
    }


def _is_root() -> bool:
    """Return True if run as root, as whom Chromium refuses to start with its sandbox."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def main() -> int:
    """Print the browser that a headless crawl would take. Return 0, or 2 if none is found."""
    try:
        chosen = read_environment(["JD_BROWSER"]).get("JD_BROWSER", "").strip()
    except EnvFileError as error:
        print(to_ascii(str(error)), file=sys.stderr)
        return 1
    if chosen and not Path(chosen).is_file():
        print(f"JD_BROWSER names no file: {chosen!a}", file=sys.stderr)
        return 1
    try:
        print(find_browser(Path(chosen) if chosen else None))
    except BrowserNotFound as error:
        print(error, file=sys.stderr)
        return 2
    return 0
