"""The download handler: runs page tasks in the browser, each within its time limit."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from playwright.async_api import Error as PlaywrightError
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.exceptions import DownloadTimeoutError

from jdp_spider import meta, signals
from jdp_spider.browser.adapter import PlaywrightAdapter
from jdp_spider.browser.certificates import with_issuer
from jdp_spider.browser.jar import cookies_in_time
from jdp_spider.browser.pool import BrowserPool
from jdp_spider.browser.response import BookoutResponse, TaskResponse
from jdp_spider.browser.snapshots import SnapshotWriter
from jdp_spider.config.sources import load_config
from jdp_spider.failures import classify
from jdp_spider.job.events import note
from jdp_spider.pages.bookout import BookoutReport
from jdp_spider.pages.browser_check import pass_browser_check
from jdp_spider.pages.devtools import without_cache
from jdp_spider.pages.ended import words_of_end
from jdp_spider.pages.errors import (
    BrowserFailed,
    LoggedOut,
    SiteError,
    UntrustedCertificate,
    network_error,
)
from jdp_spider.pages.navigation import follow
from jdp_spider.pages.network import LoggedOutByPage, watch
from jdp_spider.pages.page import collect_garbage
from jdp_spider.pages.place import check_place
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.utils.engine import until_closed

if TYPE_CHECKING:
    from playwright.async_api import Page
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response
    from typing_extensions import Self

    from jdp_spider.config.options import Config
    from jdp_spider.pages.site import Site

_BLANK = "about:blank"
logger = logging.getLogger(__name__)

_SILENT_S = 10.0
_PLACES = ("A page of the site", "A vehicle's page")


class _Done(NamedTuple):
    """A task's result. Plain values only: they cross from the browser's loop to the crawl's."""

    result: Any
    cookies: list[dict[str, Any]]
    """The context's cookies after the task; none unless the task renews them."""


class DownloadHandler(BaseDownloadHandler):
    """Runs the PageTask of a request, and gives up after its time limit.

    Without a limit nothing in scrapy-playwright ends a page that hangs, and such a page blocks
    its slot and the graceful stop for ever. Its context is discarded.
    """

    def __init__(self, crawler: Crawler, config: Config, playwright: PlaywrightAdapter) -> None:
        super().__init__(crawler)
        self._site = config.site
        self._has_answered = False
        """True once the site has sent a page, or its silence was reported."""
        self._snapshots = SnapshotWriter(crawler, config.snapshots)
        self._playwright = playwright
        self.pool = pool = BrowserPool(
            crawler,
            playwright,
            max_context_uses=config.context_vehicles,
            drain_timeout=config.vehicle_timeout,
        )
        crawler.signals.connect(pool.recycle_contexts, signals.recycle_contexts)
        crawler.signals.connect(pool.restart_browser, signals.restart_browser)
        crawler.signals.connect(pool.in_flight.cancel_all, signals.stalled)
        crawler.signals.connect(pool.jar.use, signals.cookies_rotate)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the handler of a crawl; Scrapy calls it."""
        return cls(crawler, load_config(crawler.settings), PlaywrightAdapter(crawler))

    async def close(self) -> None:
        """Close browser and driver, once the session is logged out."""
        await until_closed(self.crawler)
        await self._playwright.close()

    async def download_request(self, request: Request) -> Response:
        """Return a BookoutResponse for a bookout, a TaskResponse for the result of other tasks.

        Raise DownloadTimeoutError, BrowserFailed, any other SiteError, BookoutRejected, or
        Playwright's Error if none of these fits.
        """
        if meta.TASK not in request.meta:
            # From another component, such as an extension.
            response: Response = await self._playwright.download_request(request)
            return response
        done = await self._playwright.in_browser_loop(self._perform(request))
        if done.cookies:
            generation = request.meta[meta.ATTEMPT].login.generation
            self.crawler.signals.send_catch_log(
                signals.cookies_renewed, generation=generation, cookies=done.cookies
            )
        if isinstance(bookout := done.result, BookoutReport):
            return BookoutResponse(
                request.url, body=bookout.pdf, request=request, flags=["playwright"],
                checked=bookout.checked, sent=bookout.request, timings=bookout.timings,
            )  # fmt: skip
        return TaskResponse(request.url, request=request, flags=["playwright"], result=done.result)

    async def _perform(self, request: Request) -> _Done:
        """Run the task within its time limit, and translate its failures into our own errors."""
        async with self.pool.jar.turn():
            return await self._perform_in_turn(request)

    async def _perform_in_turn(self, request: Request) -> _Done:
        task, name = request.meta[meta.TASK], request.meta[meta.ATTEMPT].context
        seconds = task.timeout
        await self.pool.prepare(name, exclusive=task.exclusive, after_others=task.after_others)
        work = asyncio.ensure_future(self._run(request))
        with self.pool.in_flight.track(work, has_timeout=seconds is not None) as in_flight:
            try:
                return await asyncio.wait_for(work, seconds)
            except asyncio.TimeoutError:
                await self.pool.discard(name)
                note(
                    self.crawler, "context_discarded", f"{name} did not finish within {seconds:g} s"
                )
                raise DownloadTimeoutError(f"Not finished within {seconds:g} s") from None
            except asyncio.CancelledError:
                if in_flight.is_orphan:
                    raise BrowserFailed("The browser died under the page") from None
                # A page is left open by a task that was cancelled.
                await self.pool.discard(name)
                raise
            except (PlaywrightError, SiteError) as error:
                await self.pool.restart_dead_driver()
                found = network_error(error) if isinstance(error, PlaywrightError) else None
                raise found or error from None
            finally:
                if task.function is not None:
                    await self.pool.count_use(name)

    async def _run(self, request: Request) -> _Done:
        task, attempt = request.meta[meta.TASK], request.meta[meta.ATTEMPT]
        async with self.pool.page(task, attempt) as page:
            context = page.context
            # What an earlier attempt got may be in the cache.
            is_first = not attempt.seconds
            async with contextlib.nullcontext() if is_first else without_cache(page):
                result = await self._run_on_page(page, request) if task.function else None
        is_renewed = task.renews_cookies or self.pool.jar.is_used
        return _Done(result, await cookies_in_time(context) if is_renewed else [])

    async def _run_on_page(self, page: Page, request: Request) -> Any:
        task, watched = request.meta[meta.TASK], watch(page)
        direct = request.meta[meta.ATTEMPT].direct
        is_there = page.url == request.url if task.resume_page else direct and page.url != _BLANK
        # Not the vehicle's own page: to open that may be what renews its values.
        url, begun = self._site.inventory_url if direct else request.url, time.monotonic()
        try:
            if not is_there:
                collecting = asyncio.ensure_future(_collect_garbage_once_asked(page))
                silence = self._warn_of_silence(page)
                try:
                    # What is needed on the page is waited for by its name, scripts included.
                    await watched.unbroken(follow(page, self._site, url))
                    await watched.unbroken(pass_browser_check(page))
                    self._has_answered = True
                finally:
                    silence.cancel()
                    collecting.cancel()
            check_place(page, self._site, _PLACES[meta.VEHICLE in request.meta])
            if direct is not None:
                return await watched.unbroken(task.direct(page, direct))
            return await watched.unbroken(task.function(page, *task.args))
        except (PlaywrightError, SiteError, BookoutRejected) as error:
            found = network_error(error) if isinstance(error, PlaywrightError) else error
            if isinstance(found, UntrustedCertificate):
                raise await with_issuer(found, page.context.browser) from None
            await self._snapshots.capture(page, request, error)
            await _quote_end(page, self._site, error, begun)
            if isinstance(error, LoggedOut) and watched.logs_out:
                raise LoggedOutByPage(error) from None
            raise

    def _warn_of_silence(self, page: Page) -> asyncio.TimerHandle:
        """Say so if the site stays silent from the start: the time limit of a page is long."""

        def warn() -> None:
            if not self._has_answered and watch(page).navigation is None:
                self._has_answered = True
                logger.warning(
                    "No answer from %s for %.0f s: check the internet connection, the proxy and "
                    "JD_BASE_URL; still trying",
                    self._site.base_url,
                    _SILENT_S,
                )

        return asyncio.get_running_loop().call_later(_SILENT_S, warn)


async def _quote_end(page: Page, site: Site, error: Exception, begun: float) -> None:
    """Have the error quote the page, if that says that another login has ended the session."""
    may_be_ended = isinstance(error, LoggedOut) or classify(error).may_be_logged_out
    if not may_be_ended or not isinstance(error, (SiteError, BookoutRejected)):
        return
    if said := await words_of_end(page, site, begun):
        error.said = said


async def _collect_garbage_once_asked(page: Page) -> None:
    """Collect the page's garbage once the next navigation has been requested.

    The page is idle until the answer comes. Collecting earlier would delay the navigation.
    """
    if page.url != _BLANK:
        await watch(page).asked()
        await collect_garbage(page)
