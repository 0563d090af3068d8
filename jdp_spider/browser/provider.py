"""Finds the browser: the user's, Playwright's own, or one of the system's.

`python -m jdp_spider.browser` prints the path of the one a crawl would take.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import playwright
from playwright.async_api import Error as PlaywrightError
from scrapy_playwright.provider import PlaywrightBrowserProvider

from jdp_spider.browser.adapter import before_each_message
from jdp_spider.browser.temporary import TemporaryFolder, environment, remove_leftovers
from jdp_spider.config.dotenv import EnvFileError, read_environment
from jdp_spider.pages.errors import BrowserNotStarted
from jdp_spider.supervision import check_lease
from jdp_spider.utils import cli
from jdp_spider.utils.files import is_utf8
from jdp_spider.utils.javascript import load_js
from jdp_spider.utils.memory import ALLOCATOR
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Browser

    from jdp_spider.config.proxies import Proxy

logger = logging.getLogger(__name__)

_PROBE_S = 10.0
"""How long the driver may take to answer before it counts as dead."""

_NODE_OPTIONS = "--max-semi-space-size=1 --max-old-space-size=192 --jitless"
"""For Playwright's driver: 95 MB instead of 150 to 200, for 4 % more CPU time (measured)."""

PLAYWRIGHTS_FEATURES = ("CDPScreenshotNewSurface", "SkipListAccountsWithoutGaiaCookies")
"""Features that Playwright enables in Chromium: of two such options only the last counts."""

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
    yield from (place for place in places if place.is_file())


def _playwrights_own(name: str) -> Iterator[Path]:
    """Yield the browser that `playwright install` installed for this release of Playwright."""
    listing = Path(playwright.__file__).parent / "driver" / "package" / "browsers.json"
    browsers = json.loads(listing.read_text(encoding="utf-8"))["browsers"]
    for entry in browsers:
        if entry["name"] != name:
            continue
        folder = _browsers_folder() / f"{name.replace('-', '_')}-{entry['revision']}"
        if (folder / "INSTALLATION_COMPLETE").exists():
            yield from _programs_in(folder)


def _programs_in(folder: Path) -> Iterator[Path]:
    names = ("chrome-headless-shell*", "headless_shell*", "chrome", "chrome.exe")
    for pattern in (*(f"*/{name}" for name in names), "*/*.app/Contents/MacOS/*"):
        for path in sorted(folder.glob(pattern)):
            if path.is_file() and path.suffix in ("", ".exe"):
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
        # Ctrl-C is Scrapy's business: by default Playwright kills the browser at once, and no
        # vehicle in flight can finish.
        "handle_sigint": False,
        "handle_sigterm": False,
        "handle_sighup": False,
        "args": [*args, *network.get("args", [])],
    }


def _node_options() -> str:
    """Return the user's options for Node.js, and ours for the driver."""
    script = f"({load_js('browser/js/driver.js')})()"
    # As a URL, because the package may be in an egg, or in a folder with any name.
    url = f"data:text/javascript;base64,{base64.b64encode(script.encode()).decode()}"
    return f"{os.environ.get('NODE_OPTIONS', '')} {_NODE_OPTIONS} --import={url}".strip()


def _is_root() -> bool:
    """Return True if run as root, as whom Chromium refuses to start with its sandbox."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _is_no_failed_start(record: logging.LogRecord) -> bool:
    """Filter out the traceback of an error that Playwright also puts in a future nothing awaits."""
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, PlaywrightError) and "Cannot launch" in error.message)


class BrowserProvider(PlaywrightBrowserProvider):
    """Launches the browser in its sandbox, or without it where that cannot work.

    Driver and browser write to a temporary folder, which is removed.
    """

    temporary: TemporaryFolder | None = None
    why_not = ""
    """Why the driver did not start; empty if it did."""

    async def start(self) -> None:
        """Start Playwright's driver."""
        removed = remove_leftovers()
        if removed:
            logger.info("Removed temporary files of runs that were killed: %d", removed)
        self.temporary = TemporaryFolder()
        own = {"NODE_OPTIONS": _node_options(), **ALLOCATOR}
        try:
            with self.temporary.in_environment(), environment(own):
                await super().start()
        except Exception as error:  # noqa: BLE001 - of a driver that ends at once it is just that
            # Reported by whatever requests the browser: no caller awaits or handles this.
            self.why_not = to_ascii((str(error).splitlines() or [type(error).__name__])[0])
            logging.getLogger("asyncio").addFilter(_is_no_failed_start)
            return
        assert self.playwright is not None
        before_each_message(self.playwright, check_lease)

    async def is_alive(self) -> bool:
        """Return True if the driver answers."""
        if self.playwright is None:
            return False
        try:
            probe = await asyncio.wait_for(self.playwright.request.new_context(), _PROBE_S)
            await asyncio.wait_for(probe.dispose(), _PROBE_S)
        except (PlaywrightError, asyncio.TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """End the driver."""
        await super().close()
        if self.temporary is not None:
            self.temporary.remove()

    async def launch_browser(self) -> Browser:
        """Launch and return the browser.

        Raise BrowserNotStarted without a driver, Playwright's error if the browser starts neither
        way.
        """
        if self.why_not:
            raise BrowserNotStarted(f"The browser's driver did not start: {self.why_not}")
        options = self.config.launch_options
        if "proxy" in options:
            logger.info("The browser uses the proxy %s", options["proxy"]["server"])
        if not options.get("chromium_sandbox"):
            logger.info("Launching the browser without its sandbox")
            return await super().launch_browser()
        try:
            return await super().launch_browser()
        except PlaywrightError as error:
            logger.warning(
                "The browser did not start in its sandbox, trying without: %s",
                (error.message.splitlines() or [""])[0],
            )
            options["chromium_sandbox"] = False
            return await super().launch_browser()


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


if __name__ == "__main__":
    sys.exit(main())
