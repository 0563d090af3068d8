"""The browser's contexts and pages: reused while they work, replaced when old or dead."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jdp_spider.browser.jar import SharedJar, cookies_in_time
from jdp_spider.browser.launch import context_options
from jdp_spider.job.events import note
from jdp_spider.pages.blocking import block
from jdp_spider.pages.cookie_load import is_too_long, lean
from jdp_spider.pages.errors import LoggedOut
from jdp_spider.pages.network import watch
from jdp_spider.pages.view import SCREEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import BrowserContext, Page
    from scrapy.crawler import Crawler

    from jdp_spider.browser.adapter import PlaywrightAdapter
    from jdp_spider.meta import Attempt, LoginCookies, PageTask

logger = logging.getLogger(__name__)

_GRACE_S = 3.0
"""How long a request may take to notice the loss of its browser before it is cancelled."""

_NONE = -1
"""The generation of no login."""
_MAX_PAGE_USES = 48
"""Tasks that a page serves before it is replaced."""


@dataclass
class ContextState:
    """An open context, and how much it has served."""

    context: BrowserContext
    generation: int
    """Number of recycling requests before it was opened."""
    login: int
    """Generation of the login whose cookies it has."""
    uses: int = 0
    page: Page | None = None
    """The page that its next task takes over."""
    page_uses: int = 0


@dataclass
class InFlightRequest:
    """A request in flight."""

    browsers_lost: int
    """Number of browsers lost before it started."""
    has_timeout: bool
    is_orphan: bool = False
    """True if it was cancelled because its browser is lost or hangs."""


class InFlightRequests:
    """The requests in flight, and which of them have lost their browser."""

    def __init__(self) -> None:
        self._requests: dict[asyncio.Future[Any], InFlightRequest] = {}
        self._browsers_lost = 0

    @contextlib.contextmanager
    def track(self, work: asyncio.Future[Any], *, has_timeout: bool) -> Iterator[InFlightRequest]:
        """Count `work` as in flight inside the block; it is cancelled if its browser is lost."""
        request = self._requests[work] = InFlightRequest(self._browsers_lost, has_timeout)
        try:
            yield request
        finally:
            del self._requests[work]

    def note_lost_browser(self) -> None:
        """Note that everything now in flight has lost its browser."""
        self._browsers_lost += 1

    def cancel_orphans(self) -> None:
        """Cancel requests that still wait for a lost browser: some calls are never answered."""
        for work, request in self._requests.items():
            if request.browsers_lost < self._browsers_lost:
                self._cancel(work)

    def cancel_all(self) -> None:
        """Cancel all requests, in whatever loop they run."""
        for work in list(self._requests):
            work.get_loop().call_soon_threadsafe(self._cancel, work)

    def _cancel(self, work: asyncio.Future[Any]) -> None:
        if work in self._requests and not work.done():
            self._requests[work].is_orphan = True
            work.cancel()

    async def drain(self, timeout: float, *, all_of_them: bool = False) -> None:
        """Wait up to `timeout` seconds for the requests that have a time limit of their own."""
        bounded = {
            work for work, request in self._requests.items() if all_of_them or request.has_timeout
        }
        if bounded:
            await asyncio.wait(bounded, timeout=timeout)


class BrowserPool:
    """Hands out pages and contexts, and replaces those that have died or served their time.

    Works in the browser's loop, except for `recycle_contexts`, `restart_browser` and
    `in_flight.cancel_all`: these receive signals, and only count or schedule.
    """

    def __init__(
        self,
        crawler: Crawler,
        playwright: PlaywrightAdapter,
        *,
        max_context_uses: int,
        drain_timeout: float,
    ) -> None:
        """Give requests `drain_timeout` seconds to finish before the browser is replaced."""
        self._crawler = crawler
        self._playwright = playwright
        playwright.on_browser_lost = self._browser_died
        self._max_context_uses = max_context_uses
        self._drain_timeout = drain_timeout
        self._contexts: dict[str, ContextState] = {}
        self.in_flight = InFlightRequests()
        self.jar = SharedJar()
        self._restarting = asyncio.Lock()
        self._context_generation = 0
        """Contexts of an earlier one are replaced before their next use."""
        self._restarts_wanted = 0
        self._restarts_done = 0

    # Signals

    def recycle_contexts(self) -> None:
        """Schedule each context's replacement before its next use."""
        self._context_generation += 1

    def restart_browser(self) -> None:
        """Schedule a restart of browser and driver before the next request."""
        self._restarts_wanted += 1

    # Contexts and pages

    async def prepare(self, name: str, *, exclusive: bool, after_others: bool = False) -> None:
        """Replace the browser or the context if it is of an older generation than requested.

        With `exclusive`, cancel everything in flight and close all other contexts. With
        `after_others`, wait for everything in flight.
        """
        if after_others:
            await self.in_flight.drain(self._drain_timeout, all_of_them=True)
        async with self._restarting:
            if self._restarts_wanted > self._restarts_done:
                self._restarts_done = self._restarts_wanted
                await self._replace_browser()
        state = self._contexts.get(name)
        if state is not None and state.generation < self._context_generation:
            await self.discard(name)
        if exclusive:
            self.in_flight.cancel_all()
            others = self._playwright.context_names - {name}
            await asyncio.gather(*map(self.discard, others))

    @contextlib.asynccontextmanager
    async def page(self, task: PageTask, attempt: Attempt) -> AsyncIterator[Page]:
        """Yield the page that served the context's last task, or a new one.

        It has the login's cookies. It is kept for the next task if this one wants that, and
        closed if this one fails. After a cancellation the caller discards the context.
        """
        page, uses = self._take_page(attempt.context)
        is_new = page is None
        if page is None:
            page = await self._playwright.open_page(attempt.context, _options(task, attempt))
        state = self._state(page.context, attempt)
        try:
            if is_new:
                _set_up(page)
            await block(page, assets=task.block_assets)
            await self._set_cookies(state, task, attempt)
            yield page
        except asyncio.CancelledError:
            await self.jar.keep(state.context, _login(attempt))
            raise
        except Exception as error:
            if is_too_long(error):
                # The next task begins with the login's cookies.
                state.login = _NONE
            if not isinstance(error, LoggedOut):
                await self.jar.keep(state.context, _login(attempt))
            await self._close(page, attempt.context)
            raise
        await self.jar.keep(state.context, _login(attempt))
        if task.keep_page and uses + 1 < _MAX_PAGE_USES:
            state.page, state.page_uses = page, uses + 1
        else:
            await self._close(page, attempt.context)

    async def _close(self, page: Page, name: str) -> None:
        """Close a page. One that does not close would hold a page slot of its context for ever.

        Its context goes with it, unless another page of it is in use.
        """
        if not await self._playwright.close_page(page) and page.context.pages == [page]:
            await self.discard(name)

    def _take_page(self, name: str) -> tuple[Page | None, int]:
        state = self._contexts.get(name)
        if state is None or state.page is None or state.page.is_closed():
            return None, 0
        page, state.page = state.page, None
        return page, state.page_uses

    def _state(self, context: BrowserContext, attempt: Attempt) -> ContextState:
        state = self._contexts.get(attempt.context)
        if state is None or state.context is not context:
            # It was opened with the attempt's cookies.
            generation, login = self._context_generation, _login(attempt).generation
            state = self._contexts[attempt.context] = ContextState(context, generation, login)
        return state

    async def _set_cookies(self, state: ContextState, task: PageTask, attempt: Attempt) -> None:
        login = _login(attempt)
        keeps = state.login == login.generation and not (task.reset_cookies or self.jar.is_used)
        held = await cookies_in_time(state.context) if keeps else self.jar.cookies(login)
        wanted = lean(held, login.cookies)
        if keeps and wanted == held:
            return
        await state.context.clear_cookies()
        await state.context.add_cookies(wanted)  # type: ignore[arg-type]
        state.login = login.generation

    async def count_use(self, name: str) -> None:
        """Count a use, and discard a context that has served its time, with its pages' memory."""
        state = self._contexts.get(name)
        if state is not None:
            state.uses += 1
            if state.uses >= self._max_context_uses:
                await self.discard(name)

    async def discard(self, name: str) -> None:
        """Close the context if it is open; its next use opens a new one.

        A browser that does not even do that hangs, and is replaced.
        """
        self._contexts.pop(name, None)
        restarts = self._restarts_done
        if await self._playwright.close_context(name) or restarts != self._restarts_done:
            return
        if self._restarts_wanted == self._restarts_done:
            logger.warning("The browser does not answer: restarting it")
            self.restart_browser()

    # Browsers and drivers

    def _browser_died(self) -> None:
        self.in_flight.note_lost_browser()
        if self._crawler.crawling:
            note(self._crawler, "browser_restarted", "The browser died and was started again")
        asyncio.get_running_loop().call_later(_GRACE_S, self.in_flight.cancel_orphans)

    async def restart_dead_driver(self) -> None:
        """Restart Playwright's driver, and its browser with it, if it has died.

        scrapy-playwright restores a browser, but not the driver that it depends on.
        """
        async with self._restarting:
            if await self._playwright.driver_answers():
                return
            logger.warning("Playwright's driver has died: starting it again")
            text = "The browser's driver died and was started again"
            note(self._crawler, "driver_restarted", text)
            await self._restart_driver()

    async def _replace_browser(self) -> None:
        """Let the requests that have a time limit finish, then restart driver and browser.

        The collection of links has no limit: it would keep all others waiting.
        """
        await self.in_flight.drain(self._drain_timeout)
        await self._playwright.close_browser()
        self.in_flight.note_lost_browser()
        self.in_flight.cancel_orphans()
        await self._restart_driver()

    async def _restart_driver(self) -> None:
        self._contexts.clear()
        await self._playwright.restart_driver()


def _login(attempt: Attempt) -> LoginCookies:
    assert attempt.login is not None
    return attempt.login


def _options(task: PageTask, attempt: Attempt) -> dict[str, Any]:
    """Return Playwright's options for a logged-in context of this task."""
    return context_options(_login(attempt).cookies, task.viewport or SCREEN)


def _set_up(page: Page) -> None:
    """Prepare a new page, once, before its first navigation."""
    watch(page)
    # A crashed page never answers: closing it makes calls that wait for it fail at once.
    page.on("crash", _close_crashed)


async def _close_crashed(page: Page) -> None:
    logger.info("A page has crashed and is closed")
    await page.close()
