"""scrapy-playwright's download handler, with a limit to the time and the uses of a context."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError
from scrapy.exceptions import DownloadTimeoutError
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from jdp_spider.browser import BrowserProvider
from jdp_spider.config import Config
from jdp_spider.pages.errors import BrowserFailed, SiteError

if TYPE_CHECKING:
    from playwright.async_api import Page
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response

_GRACE_S = 3.0
"""How long a request may take to notice by itself that its browser is gone."""

logger = logging.getLogger(__name__)

_CLOSING_S = 10.0
"""How long a context that ran out of time may take to close before it is left behind."""


class DownloadHandler(ScrapyPlaywrightDownloadHandler):
    """Gives up a request after its `download_timeout` and throws its context away.

    Without this nothing in scrapy-playwright ends a page that hangs, and a page that hangs
    blocks its slot and the graceful stop for ever.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._most_uses = Config.from_settings(crawler.settings).context_vehicles
        self._uses: Counter[str] = Counter()
        self._one_restart = asyncio.Lock()
        self._browsers_lost = 0
        self._in_flight: dict[asyncio.Future[Response], int] = {}
        """What is under way, with the number of browsers lost when its page was made."""
        self._orphans: set[asyncio.Future[Response]] = set()

    async def _download_request(self, request: Request, spider: Spider | None = None) -> Response:
        seconds = request.meta.get("download_timeout")
        name = request.meta.get("playwright_context", "")
        work = asyncio.ensure_future(super()._download_request(request, spider))
        self._in_flight[work] = self._browsers_lost
        try:
            return await asyncio.wait_for(work, seconds)
        except asyncio.TimeoutError:
            await self._discard_context(name)
            self._note("context_discarded", f"{name} did not finish within {seconds:g} s")
            raise DownloadTimeoutError(f"Not finished within {seconds:g} s") from None
        except asyncio.CancelledError:
            if work not in self._orphans:
                # scrapy-playwright leaves the page of a request open that was cancelled.
                await self._discard_context(name)
                raise
            raise BrowserFailed("The browser died under the page") from None
        except (PlaywrightError, SiteError):
            await self._restart_dead_driver()
            raise
        finally:
            del self._in_flight[work]
            self._orphans.discard(work)
            await self._count_use(name)

    async def _create_page(self, request: Request, spider: Spider) -> Page:
        page: Page = await super()._create_page(request, spider)
        # scrapy-playwright itself starts a request anew whose browser has died.
        self._in_flight[asyncio.current_task()] = self._browsers_lost  # type: ignore[index]
        return page

    async def _browser_disconnected_callback(self) -> None:
        self._browsers_lost += 1
        if self._crawler.crawling:
            self._note("browser_restarted", "The browser died and was started again")
        asyncio.get_running_loop().call_later(_GRACE_S, self._end_orphans)
        await super()._browser_disconnected_callback()

    def _end_orphans(self) -> None:
        """End what still waits for a browser that is gone: some calls are never answered."""
        for work, lost in self._in_flight.items():
            if lost < self._browsers_lost and not work.done():
                self._orphans.add(work)
                work.cancel()

    async def _restart_dead_driver(self) -> None:
        """Start Playwright's driver again when it has died, and its browser with it.

        scrapy-playwright brings back a browser, but not the driver that it hangs on.
        """
        async with self._one_restart:
            provider = self.browser_provider
            assert isinstance(provider, BrowserProvider)
            if await provider.is_alive():
                return
            logger.warning("Playwright's driver has died: starting it again")
            self._note("driver_restarted", "The browser's driver died and was started again")
            self.context_wrappers.clear()
            self.__dict__.pop("browser", None)
            await provider.close()
            self.browser_provider = self.browser_provider_cls(self.config)
            await self.browser_provider.start()

    def _note(self, kind: str, text: str) -> None:
        self._crawler.spider.job.note(kind, text)  # type: ignore[union-attr]

    async def _count_use(self, name: str) -> None:
        """Throw a context away that has served its time: what its pages held goes with it."""
        self._uses[name] += 1
        if self._uses[name] >= self._most_uses:
            self._uses[name] = 0
            await self._discard_context(name)

    async def _discard_context(self, name: str) -> None:
        wrapper = self.context_wrappers.pop(name, None)
        if wrapper is None:
            return
        with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
            await asyncio.wait_for(wrapper.context.close(), _CLOSING_S)
