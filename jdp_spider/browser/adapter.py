"""The private parts of scrapy-playwright and Playwright, used nowhere else in the program.

tests/test_private_parts.py lists what this relies on, and checks it in the installed releases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from scrapy.http import Request
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from jdp_spider.pages.closing import close, close_in_time

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from playwright.async_api import Page, Playwright

_T = TypeVar("_T")


class PlaywrightAdapter(ScrapyPlaywrightDownloadHandler):
    """scrapy-playwright's handler: its loop, driver, browser, contexts and pages by public names.

    Its own way to download a page is kept for the requests of others. It is no use here: it waits
    for the load event, which some pages never fire, fetches the page's content, headers and
    certificate, and opens a new page for each request, with everything the page loads routed
    through Python.
    """

    on_browser_lost: Callable[[], None] | None = None
    """Called in the browser's loop when the browser has ended, for whatever reason."""

    def in_browser_loop(self, work: Coroutine[Any, Any, _T]) -> Awaitable[_T]:
        """Run `work` in Playwright's loop, which on Windows is not the crawl's."""
        running: Awaitable[_T] = self._maybe_future_from_coro(work)
        return running

    # Contexts and pages

    @property
    def context_names(self) -> set[str]:
        """The names of the open contexts."""
        return set(self.context_wrappers)

    async def open_page(self, name: str, options: dict[str, Any]) -> Page:
        """Return a new page of the context, which is opened with `options` if need be."""
        spider = self._crawler.spider
        assert spider is not None
        known = {"playwright_context": name, "playwright_context_kwargs": options}
        return await self._create_page(Request("about:blank", meta=known), spider)

    async def close_page(self, page: Page) -> bool:
        """Close the page, or abandon it if that takes too long.

        Return False then: it holds a page slot of its context until that is closed.
        """
        is_over = await close(page)
        self.stats.inc_value("playwright/page_count/closed")
        return is_over

    async def close_context(self, name: str) -> bool:
        """Close the context if it is open. Return False if it was abandoned, as that took long."""
        wrapper = self.context_wrappers.pop(name, None)
        return wrapper is None or await close_in_time(wrapper.context.close())

    # Browser and driver

    async def _browser_disconnected_callback(self) -> None:
        if self.on_browser_lost is not None:
            self.on_browser_lost()
        await super()._browser_disconnected_callback()

    async def driver_answers(self) -> bool:
        """Return True if Playwright's driver is alive."""
        # PLAYWRIGHT_BROWSER_PROVIDER is jdp_spider.browser.provider's, which imports this module.
        alive: bool = await self.browser_provider.is_alive()  # type: ignore[attr-defined]
        return alive

    async def close_browser(self) -> None:
        """Close the browser, if there is one, without the callback for a browser that died.

        Call `restart_driver` next.
        """
        browser = self.__dict__.get("browser")
        if browser is not None:
            browser.remove_listener("disconnected", self._browser_disconnected_callback)
            await close_in_time(browser.close())

    async def restart_driver(self) -> None:
        """Replace the driver by a new one. The next context launches its browser."""
        self.context_wrappers.clear()
        self.__dict__.pop("browser", None)
        await close_in_time(self.browser_provider.close())
        self.browser_provider = self.browser_provider_cls(self.config)
        await self.browser_provider.start()


def before_each_message(playwright: Playwright, check: Callable[[], None]) -> None:
    """Call `check` before each message to the driver; if it raises, the message is not sent.

    Every request to the site begins with a message, even in the middle of a vehicle.
    """
    connection = playwright._impl_obj._connection
    send = connection.onmessage

    def send_checked(message: dict[str, Any]) -> None:
        check()
        send(message)

    connection.onmessage = send_checked
