"""Launches the browser in its sandbox, by a driver that takes little memory."""

from __future__ import annotations

import asyncio
import base64
import logging
import os
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError
from scrapy_playwright.provider import PlaywrightBrowserProvider

from jdp_spider.browser.adapter import before_each_message
from jdp_spider.browser.launch import OTHERS
from jdp_spider.browser.not_started import launch_failed, may_be_of_sandbox, reason
from jdp_spider.browser.temporary import TemporaryFolder, environment, remove_leftovers
from jdp_spider.pages.errors import BrowserNotStarted
from jdp_spider.supervision import check_lease
from jdp_spider.utils.javascript import load_js
from jdp_spider.utils.memory import ALLOCATOR
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from playwright.async_api import Browser
    from scrapy_playwright.handler import Config as PlaywrightConfig


logger = logging.getLogger(__name__)

_PROBE_S = 10.0
"""How long the driver may take to answer before it counts as dead."""

_NODE_OPTIONS = "--max-semi-space-size=1 --max-old-space-size=192 --jitless"
"""For Playwright's driver: 95 MB instead of 150 to 200, for 4 % more CPU time (measured)."""


def _node_options() -> str:
    """Return the user's options for Node.js, and ours for the driver."""
    script = f"({load_js('browser/js/driver.js')})()"
    # As a URL, because the package may be in an egg, or in a folder with any name.
    url = f"data:text/javascript;base64,{base64.b64encode(script.encode()).decode()}"
    return f"{os.environ.get('NODE_OPTIONS', '')} {_NODE_OPTIONS} --import={url}".strip()


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

    def __init__(self, config: PlaywrightConfig) -> None:
        super().__init__(config)
        # Playwright does not know it.
        self._others: list[str] = config.launch_options.pop(OTHERS, [])
        self.passed_over: list[str] = []
        """Of the browsers that did not start before the one that did: why."""

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
        """Launch and return the browser; where it does not start, another one of the computer.

        Raise BrowserNotStarted without a driver, or if no browser starts.
        """
        if self.why_not:
            raise BrowserNotStarted(f"The browser's driver did not start: {self.why_not}")
        options = self.config.launch_options
        if "proxy" in options:
            logger.info("The browser uses the proxy %s", options["proxy"]["server"])
        sandbox = options.get("chromium_sandbox")
        while True:
            try:
                browser = await self._launch()
            except PlaywrightError as error:
                failed = launch_failed(error, options)
                if not self._others:
                    raise failed from None
                self.passed_over.append(failed.what)
                other = self._others.pop(0)
                logger.warning("Trying another browser, %s: %s", to_ascii(other), failed.what)
                options.update(executable_path=other, chromium_sandbox=sandbox)
            else:
                # A restart is of the browser that has worked.
                self._others.clear()
                return browser

    async def _launch(self) -> Browser:
        """Launch in the sandbox, or without it where that is the trouble. Raise PlaywrightError."""
        options = self.config.launch_options
        if not options.get("chromium_sandbox"):
            logger.info("Launching the browser without its sandbox")
            return await super().launch_browser()
        try:
            return await super().launch_browser()
        except PlaywrightError as error:
            if not may_be_of_sandbox(error):
                raise
            logger.warning(
                "The browser did not start in its sandbox, trying without: %s", reason(error)
            )
            options["chromium_sandbox"] = False
            return await super().launch_browser()
