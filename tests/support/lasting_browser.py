"""One browser for all tests of a process that open pages of their own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from playwright.async_api import async_playwright

from jdp_spider.browser.launch import find_browser, launch_options

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Browser, Playwright

_T = TypeVar("_T")


class LastingBrowser:
    """Launches it for the first test that needs it, in a loop that lasts as long."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._own: set[asyncio.Task[Any]] = set()
        """Tasks of Playwright, which go on from test to test."""

    def run(self, work: Callable[[Browser], Awaitable[_T]]) -> _T:
        """Return what `work` comes to. Its contexts are closed and its tasks are cancelled."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        return self._loop.run_until_complete(self._run(work))

    def close(self) -> None:
        """End the browser."""
        if self._loop is not None:
            self._loop.run_until_complete(self._end())
            self._loop.close()
            self._loop = None

    async def _run(self, work: Callable[[Browser], Awaitable[_T]]) -> _T:
        browser = await self._launched()
        try:
            return await work(browser)
        finally:
            for context in browser.contexts:
                await context.close()
            left = asyncio.all_tasks() - self._own - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _launched(self) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            if self._playwright is None:
                self._playwright = await async_playwright().start()
            options = launch_options(find_browser(), headless=True, block_images=False)
            self._browser = await self._playwright.chromium.launch(**options)
            self._own = asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]
        return self._browser

    async def _end(self) -> None:
        if self._browser is not None:
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()


lasting_browser = LastingBrowser()
"""The one of this process."""
