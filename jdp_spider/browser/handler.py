"""scrapy-playwright's download handler, with limits to the time and the uses of a context."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import weakref
from collections import Counter
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from jdp_spider import meta, signals
from jdp_spider.browser.provider import BrowserProvider
from jdp_spider.browser.snapshots import SnapshotWriter
from jdp_spider.config.sources import load_config
from jdp_spider.job.events import note
from jdp_spider.pages.bookout import take_report
from jdp_spider.pages.errors import BrowserFailed, SiteError, network_error
from jdp_spider.pages.network import watch
from jdp_spider.pages.page import collect_garbage
from jdp_spider.pages.place import check_place
from jdp_spider.pages.vehicle import block_assets

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Request

_GRACE_S = 3.0
"""How long a request may take to notice by itself that its browser is gone."""

logger = logging.getLogger(__name__)

_PLACES = ("A page of the site", "A vehicle's page")

_PAGE_USES = 48
"""Vehicles that a page serves before a new one takes its place."""

_CLOSING_S = 10.0
"""How long a context that ran out of time may take to close before it is left behind."""

_login_of: weakref.WeakKeyDictionary[BrowserContext, int] = weakref.WeakKeyDictionary()
"""Which login's cookies a context holds."""


class DownloadHandler(ScrapyPlaywrightDownloadHandler):
    """Gives up a request after its `download_timeout` and throws its context away.

    Without this nothing in scrapy-playwright ends a page that hangs, and a page that hangs
    blocks its slot and the graceful stop for ever.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        config = load_config(crawler.settings)
        self._site = config.site
        self._most_uses = config.context_vehicles
        self._finishing_s = config.vehicle_timeout
        self._snapshots = SnapshotWriter(crawler, config.snapshots)
        self._uses: Counter[str] = Counter()
        self._pages: dict[str, tuple[Page, int]] = {}
        """By context: the page that its next request takes over, and how many it has served."""
        self._contexts_age: dict[str, int] = {}
        self._browsers_age = 0
        self._contexts_wanted = 0
        self._browsers_wanted = 0
        """Contexts and browser that are older than these numbers are replaced before use."""
        self._one_restart = asyncio.Lock()
        self._browsers_lost = 0
        self._in_flight: dict[asyncio.Future[Response], int] = {}
        """What is under way, with the number of browsers lost when its page was made."""
        self._bounded: set[asyncio.Future[Response]] = set()
        """Of these, what ends in its time: all but walks over the inventory."""
        self._orphans: set[asyncio.Future[Response]] = set()
        """What is ended because its browser is gone, or does not move any more."""
        crawler.signals.connect(self._stalled, signals.stalled)
        crawler.signals.connect(self._recycle_contexts, signals.recycle_contexts)
        crawler.signals.connect(self._restart_browser, signals.restart_browser)

    async def _download_request(self, request: Request, spider: Spider | None = None) -> Response:
        await self._renew(request)
        seconds = request.meta.get("download_timeout")
        name = request.meta.get("playwright_context", "")
        work = asyncio.ensure_future(self._run(request))
        self._in_flight[work] = self._browsers_lost
        if seconds is not None:
            self._bounded.add(work)
        try:
            return await asyncio.wait_for(work, seconds)
        except asyncio.TimeoutError:
            await self._discard_context(name)
            note(self._crawler, "context_discarded", f"{name} did not finish within {seconds:g} s")
            raise DownloadTimeoutError(f"Not finished within {seconds:g} s") from None
        except asyncio.CancelledError:
            if work not in self._orphans:
                # scrapy-playwright leaves the page of a request open that was cancelled.
                await self._discard_context(name)
                raise
            raise BrowserFailed("The browser died under the page") from None
        except (PlaywrightError, SiteError) as error:
            await self._restart_dead_driver()
            found = network_error(error) if isinstance(error, PlaywrightError) else None
            raise found or error from None
        finally:
            del self._in_flight[work]
            self._bounded.discard(work)
            self._orphans.discard(work)
            if not request.meta.get(meta.OPENS):
                await self._count_use(name)

    async def _run(self, request: Request) -> Response:
        """Run the request's one page method; its result is all that is wanted of the page.

        scrapy-playwright would wait for the load event, which some pages never fire, and fetch
        the page's content, headers and certificate; and have a new page for each request, with
        all that it loads routed through Python.
        """
        if meta.LOGIN not in request.meta:
            # Somebody else's, such as `scrapy shell`.
            response: Response = await super()._download_request(request)
            return response
        if request.meta.get(meta.DIRECT) is not None:
            await self._run_without_page(request)
            return Response(request.url, request=request, flags=["playwright"])
        name = request.meta["playwright_context"]
        page, uses = await self._page(request)
        opens = request.meta.get(meta.OPENS)
        try:
            if not uses:
                await set_up_page(page, request)
            await set_up_cookies(page.context, request)
            if not opens:
                await self._run_on_page(request, page)
        except Exception:
            # Left open it would keep its context's one place.
            await self._close_page(page)
            raise
        stays = opens or meta.VEHICLE in request.meta or request.meta.get(meta.STAYS)
        if stays and uses + 1 < _PAGE_USES:
            self._pages[name] = page, uses + 1
        else:
            await self._close_page(page)
        return Response(request.url, request=request, flags=["playwright"])

    async def _run_without_page(self, request: Request) -> None:
        """Send the report's request by the context alone; the result goes where it always does."""
        (method,) = request.meta["playwright_page_methods"]
        vehicle, site = method.args
        context = await self._context(request)
        await set_up_cookies(context, request)
        method.result = await take_report(
            context, request.meta[meta.DIRECT], vehicle, site, method.kwargs["rules"],
            referer=request.url,
        )  # fmt: skip

    async def _context(self, request: Request) -> BrowserContext:
        name = request.meta["playwright_context"]
        async with self.context_launch_lock:
            wrapper = self.context_wrappers.get(name)
            if wrapper is None:
                kwargs = request.meta["playwright_context_kwargs"]
                wrapper = await self._create_browser_context(name, kwargs)
        context: BrowserContext = wrapper.context
        return context

    async def _page(self, request: Request) -> tuple[Page, int]:
        """The page that served the context's last request, or a new one; how many it has served."""
        page, uses = self._pages.pop(request.meta["playwright_context"], (None, 0))
        if page is None or page.is_closed():
            spider = self._crawler.spider
            assert spider is not None
            page, uses = await self._create_page(request, spider), 0
        return page, uses

    async def _run_on_page(self, request: Request, page: Page) -> None:
        (method,) = request.meta["playwright_page_methods"]
        watched = watch(page)
        try:
            if not (request.meta.get(meta.GOES_ON) and page.url == request.url):
                tidying = asyncio.ensure_future(_tidy_once_asked(page))
                try:
                    going = page.goto(request.url, **request.meta["playwright_page_goto_kwargs"])
                    await watched.unbroken(going)
                finally:
                    tidying.cancel()
            check_place(page, self._site, _PLACES[meta.VEHICLE in request.meta])
            working = method.method(page, *method.args, **method.kwargs)
            method.result = await watched.unbroken(working)
        except (PlaywrightError, SiteError) as error:
            await self._snapshots.capture(page, request, error)
            raise

    async def _close_page(self, page: Page) -> None:
        with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
            await asyncio.wait_for(page.close(), _CLOSING_S)
        self.stats.inc_value("playwright/page_count/closed")

    # Browsers and drivers that have died, or hang

    async def _browser_disconnected_callback(self) -> None:
        self._browsers_lost += 1
        if self._crawler.crawling:
            note(self._crawler, "browser_restarted", "The browser died and was started again")
        asyncio.get_running_loop().call_later(_GRACE_S, self._end_orphans)
        await super()._browser_disconnected_callback()

    def _end_orphans(self) -> None:
        """End what still waits for a browser that is gone: some calls are never answered."""
        for work, lost in self._in_flight.items():
            if lost < self._browsers_lost:
                self._end(work)

    def _end(self, work: asyncio.Future[Response]) -> None:
        if not work.done():
            self._orphans.add(work)
            work.cancel()

    def _stalled(self) -> None:
        """End everything that is under way, in whatever loop it runs."""
        for work in list(self._in_flight):
            work.get_loop().call_soon_threadsafe(self._end, work)

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
            note(
                self._crawler, "driver_restarted", "The browser's driver died and was started again"
            )
            await self._start_anew()

    async def _start_anew(self) -> None:
        """Have a fresh driver; the next context launches its browser."""
        self.context_wrappers.clear()
        self._pages.clear()
        self.__dict__.pop("browser", None)
        with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
            await asyncio.wait_for(self.browser_provider.close(), _CLOSING_S)
        self.browser_provider = self.browser_provider_cls(self.config)
        await self.browser_provider.start()

    # Contexts and browsers that are replaced

    def _recycle_contexts(self) -> None:
        self._contexts_wanted += 1

    def _restart_browser(self) -> None:
        self._browsers_wanted += 1

    async def _renew(self, request: Request) -> None:
        """Replace the request's context, or the browser, where it is older than asked for.

        Before the last request all other contexts go, with what is still done in them.
        """
        contexts, browsers = self._contexts_wanted, self._browsers_wanted
        name = request.meta.get("playwright_context", "")
        async with self._one_restart:
            if browsers > self._browsers_age:
                self._browsers_age = browsers
                await self._replace_browser()
        if contexts > self._contexts_age.get(name, 0):
            self._contexts_age[name] = contexts
            await self._discard_context(name)
        if request.meta.get(meta.ALONE):
            for work in self._in_flight:
                self._end(work)
            others = self.context_wrappers.keys() - {name}
            await asyncio.gather(*map(self._discard_context, others))

    async def _replace_browser(self) -> None:
        """Let the vehicles under way finish, and then start driver and browser anew."""
        if self._bounded:
            await asyncio.wait(set(self._bounded), timeout=self._finishing_s)
        browser = self.__dict__.get("browser")
        if browser is not None:
            # Ended on purpose: what scrapy-playwright does about it is done here.
            browser.remove_listener("disconnected", self._browser_disconnected_callback)
            with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
                await asyncio.wait_for(browser.close(), _CLOSING_S)
            self._browsers_lost += 1
            self._end_orphans()
        await self._start_anew()

    async def _count_use(self, name: str) -> None:
        """Throw a context away that has served its time: what its pages held goes with it."""
        self._uses[name] += 1
        if self._uses[name] >= self._most_uses:
            self._uses[name] = 0
            await self._discard_context(name)

    async def _discard_context(self, name: str) -> None:
        self._pages.pop(name, None)
        wrapper = self.context_wrappers.pop(name, None)
        if wrapper is None:
            return
        with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
            await asyncio.wait_for(wrapper.context.close(), _CLOSING_S)


async def _tidy_once_asked(page: Page) -> None:
    """Collect the garbage of what the page has shown, as soon as the site is asked for the next.

    It has nothing to do until the answer comes; earlier, its leave would wait for this.
    """
    if page.url != "about:blank":
        await watch(page).asked()
        await collect_garbage(page)


async def set_up_page(page: Page, request: Request) -> None:
    """Prepare a new page, once, before it goes to its first address."""
    watch(page)
    # A crashed page answers nothing: closed, it fails what waits for it at once.
    page.on("crash", _close_crashed)
    if request.meta.get(meta.BLOCK):
        await block_assets(page)


async def set_up_cookies(context: BrowserContext, request: Request) -> None:
    """See that the context holds the cookies of the request's login."""
    number = request.meta[meta.LOGIN]
    is_old = _login_of.setdefault(context, number) != number
    if not is_old and not request.meta.get(meta.COOKIES):
        return
    await context.clear_cookies()
    state = request.meta["playwright_context_kwargs"]["storage_state"]
    await context.add_cookies(state["cookies"])
    _login_of[context] = number


async def _close_crashed(page: Page) -> None:
    logger.info("A page has crashed and is closed")
    await page.close()
