"""The account's one session at the site, shared by all contexts."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from typing import TYPE_CHECKING, Any, TypeVar

from playwright.async_api import Error as PlaywrightError
from scrapy.exceptions import CloseSpider, DownloadTimeoutError
from scrapy.http import Request
from scrapy_playwright.page import PageMethod

from jdp_spider import meta
from jdp_spider.failures import FailureKind, classify
from jdp_spider.job.events import note
from jdp_spider.pages import login
from jdp_spider.pages.errors import (
    ActiveSession,
    LoggedOut,
    LoginRefused,
    PageChanged,
    ServerError,
    SiteError,
    SiteMoved,
)
from jdp_spider.pages.inventory import collect_links, export_csv
from jdp_spider.pages.waits import bounded_wait
from jdp_spider.session.circuit_breaker import CircuitBreaker, jittered
from jdp_spider.utils.redaction import hide_cookies
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from scrapy.crawler import Crawler

    from jdp_spider.config.options import Config
    from jdp_spider.session.account import Account

_T = TypeVar("_T")

logger = logging.getLogger(__name__)

logged_in = object()
"""Scrapy signal: the first login of the run has been made."""

CONTROL = "control"
"""Name of the context whose one page logs in, exports, walks and logs out."""

_COUNTDOWN_S = 30.0
_SHORTEST_WAIT_S = 10.0
"""Where the site asks for less: each try sends the password."""

SITE_FAILURES = (SiteError, PlaywrightError, DownloadTimeoutError)
"""What a page function may fail with, by the site's or the browser's doing."""


class Session:
    """Logs in once for all contexts, again when the site has ended the session, and out.

    Invariant: between a login that succeeded and the logout no second login is sent unless a
    page of the current login was found to be logged out.
    """

    def __init__(self, crawler: Crawler, config: Config, account: Account) -> None:
        self._crawler = crawler
        self._config = config
        self._account = account
        self.site = config.site
        self.login_generation = 0
        """Counts the sets of cookies that contexts were given: a new one with each login."""
        self._cookies = account.load_session()
        """Before the first login: those of a run that could not log out."""
        self._live = False
        self._login_error: CloseSpider | None = None
        """Why no login can be had any more: what one has found out holds for all who wait."""
        self.refused: LoginRefused | None = None
        """How the site has refused the login; None while it has not."""
        self._one_login = asyncio.Lock()
        self._logging_in: asyncio.Future[None] | None = None
        self._control_page = asyncio.Lock()
        """Held while the control page works: the logout waits for a walk to leave the grid."""
        self._closing = asyncio.Event()
        self._wait = ""
        """What the login waits for."""
        self.circuit_breaker = CircuitBreaker(
            crawler, lambda: self.is_ending, config.outage_timeout
        )
        """Every request to the site passes it."""
        self.age = (0, 0)
        """Contexts and browser that are older than these numbers are replaced before use."""

    @property
    def waiting_for(self) -> str:
        """What everything waits for, for the progress line; empty while the run works."""
        return self._wait or self.circuit_breaker.waiting_for

    def renew_contexts(self) -> None:
        """Have each context replaced before it is used again."""
        self.age = (self.age[0] + 1, self.age[1])

    def renew_browser(self) -> None:
        """Have browser and driver started anew before anything else is asked for."""
        self.age = (self.age[0], self.age[1] + 1)

    async def ensure_logged_in(self) -> None:
        """Return when logged in; all who wait share one login.

        Raises CloseSpider with `login_refused` or `account_in_use`, or the login's SiteError.
        """
        async with self._one_login:
            if self._login_error is not None:
                raise self._login_error
            if not self._live:
                self._logging_in = asyncio.ensure_future(self._log_in())
                # Ctrl-C must not cut a login short: the site would be logged in, and nobody
                # here would know.
                await asyncio.shield(self._logging_in)

    def mark_logged_out(self, generation: int) -> None:
        """Note that a page of this login was found logged out. Older logins say nothing new."""
        if generation == self.login_generation and self._live:
            self._live = False
            self._crawler.stats.inc_value("jdp/session/ended")
            logger.warning("The site asks for the login or the licence: logging in again")
            note(self._crawler, "session_ended", "The site asked for the login or the licence")

    def context_kwargs(self) -> dict[str, Any]:
        """Arguments for a new browser context that is logged in."""
        return {
            "storage_state": {"cookies": self._cookies, "origins": []},
            "service_workers": "block",
        }

    async def run(
        self,
        url: str,
        function: Callable[..., Awaitable[Any]],
        *args: Any,
        progress: Callable[[], int] = lambda: 0,
    ) -> Any:
        """Run a page function on the control page, logged in, that was sent to `url`.

        Tries again what failed by the site or the browser, as often as a vehicle would be; a
        failure behind some progress is counted from the first again. Raises the last error.
        """
        tries, before = self._config.retries + 1, progress()
        while True:
            if progress() != before:
                tries, before = self._config.retries + 1, progress()
            tries -= 1
            generation = self.login_generation
            try:
                await self.ensure_logged_in()
                await self.circuit_breaker.acquire()
                generation = self.login_generation
                done = await self._shielded(self._exclusive(url, function, *args))
                self.circuit_breaker.record_success()
                return done
            except SITE_FAILURES as error:
                if isinstance(error, LoggedOut):
                    self.mark_logged_out(generation)
                tries = self._tries_left(error, tries)

    def _tries_left(self, error: Exception, tries: int) -> int:
        """How often the control page may still be tried; raises `error` when it may not.

        A failure by the state of the site costs no try: the circuit breaker opens, and ends the run
        when that takes too long. A site that has moved is asked for nothing more.
        """
        failure = classify(error)
        if failure.kind is FailureKind.SITE_MOVED:
            raise error
        self.circuit_breaker.record_failure(failure)
        if failure.pauses_all:
            tries += 1
        if not tries or self.is_ending:
            raise error
        if not self.circuit_breaker.is_exhausted:
            logger.warning("Trying again: %s", one_line(error))
        self._crawler.stats.inc_value("jdp/control/retry_count")
        # Grows with the tries, so that a site in trouble is not hammered.
        self.circuit_breaker.pause(
            jittered(2.0 ** (self._config.retries - tries)), "the last try failed"
        )
        return tries

    async def _exclusive(
        self, url: str, function: Callable[..., Awaitable[Any]], *args: Any
    ) -> Any:
        async with self._control_page:
            return await self._on_control_page(url, function, *args)

    async def _shielded(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Wait for `work`, which goes on when Ctrl-C ends the waiting: close() waits for it."""
        task = asyncio.ensure_future(work)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(task)

    @property
    def is_ending(self) -> bool:
        """Whether the run is asked to end: nothing is waited for or tried again."""
        return self._closing.is_set() or not self._crawler.crawling

    def end(self) -> None:
        """Ask the session's waits and walks to come to their end."""
        self._closing.set()

    def update_cookies(self, generation: int, cookies: list[dict[str, Any]]) -> None:
        """Take over the cookies of login `generation` as a page has them now: sites renew them."""
        if generation != self.login_generation or not self._live or cookies == self._cookies:
            return
        self._cookies = cookies
        hide_cookies(self._cookies)
        self._persist()

    async def close(self) -> None:
        """Log out if logged in; a failure is logged with what it means for the next run."""
        self._closing.set()
        if self._logging_in is not None:
            await asyncio.wait([self._logging_in])
        if not self._live:
            return
        self._live = False
        ended = False
        for last_try in (False, True):
            try:
                # Bounded: a walk that hangs must not keep the run from its end.
                turn = self._exclusive(self.site.inventory_url, login.log_out)
                ended = await asyncio.wait_for(turn, 2 * self._config.vehicle_timeout)
                break
            except (*SITE_FAILURES, asyncio.TimeoutError) as error:
                if last_try or isinstance(error, SiteMoved):
                    logger.warning(
                        "Could not log out (%s): the next run goes on with the session, or waits "
                        "until the site has ended it",
                        one_line(error),
                    )
                    return
        self._account.forget_session()
        if ended:
            self._crawler.stats.inc_value("jdp/session/logout_count")
            logger.info("Logged out")
            note(self._crawler, "logout", "Logged out")
        else:
            logger.warning("The session had ended before it could be logged out")

    async def _log_in(self) -> None:
        try:
            await self._log_in_bounded()
        except CloseSpider as error:
            self._login_error = error
            raise

    async def _log_in_bounded(self) -> None:
        waits, tries = self._config.login_waits, self._config.retries
        while True:
            try:
                await self.circuit_breaker.acquire()
                await self._try_login()
                self.circuit_breaker.record_success()
                return
            except LoginRefused as refused:
                self.refused = refused
                logger.error("%s - %s; no second try is made", refused, refused.advice)
                self._crawler.stats.set_value("jdp/session/login_refused", 1)
                raise CloseSpider("login_refused") from None
            except ActiveSession as other:
                if self.is_ending:
                    raise CloseSpider("shutdown") from None
                if not waits:
                    logger.error("The account stays in use elsewhere: log out there, or try later")
                    raise CloseSpider("account_in_use") from None
                waits -= 1
                await self._wait_for_other(other.wait_seconds)
            except SITE_FAILURES as error:
                self._discard_stale(error)
                try:
                    tries = self._tries_left(error, tries) - 1
                except SITE_FAILURES:
                    logger.error("The login could not be made: %s", one_line(error))
                    raise CloseSpider(classify(error).close_reason) from None

    async def _try_login(self) -> None:
        config = self._config
        # With a session that was left over, a page of the inside is asked for: it leads to the
        # login when that session is over.
        leftover = self._cookies and not self.login_generation
        url = self.site.inventory_url if leftover else self.site.login_url
        hide_cookies(self._cookies)
        done: login.Login = await self._on_control_page(
            url, login.log_in, config.user, config.password
        )
        self._cookies = done.cookies
        hide_cookies(self._cookies)
        self.login_generation += 1
        self._live = True
        self._persist()
        if self.login_generation == 1:
            self._crawler.signals.send_catch_log(logged_in)
        if done.sent:
            self._crawler.stats.inc_value("jdp/session/login_count")
            logger.info("Logged in at %s", config.base_url)
            note(self._crawler, "login", "Logged in")
        elif self.login_generation == 1:
            self._crawler.stats.inc_value("jdp/session/resumed_count")
            logger.info("Going on with the session that an earlier run left open")
            note(self._crawler, "session_resumed", "Went on with the session of an earlier run")
        else:
            self._crawler.stats.inc_value("jdp/session/licence_count")
            logger.info("Let in again without a login")
            note(self._crawler, "session_resumed", "Let in again without a login")

    def _persist(self) -> None:
        try:
            self._account.save_session(self._cookies)
        except OSError as error:
            logger.warning("The session could not be kept for the next run: %s", one_line(error))

    def _discard_stale(self, error: Exception) -> None:
        """Go without the session of an earlier run when the site's pages fail with it."""
        if (
            self._cookies
            and not self.login_generation
            and isinstance(error, (ServerError, PageChanged))
        ):
            self._cookies = []
            self._account.forget_session()
            # Contexts that hold its cookies are given the new ones, none.
            self.login_generation += 1

    async def _wait_for_other(self, asked: float) -> None:
        """Wait as long as the site asks for the account's other session to end."""
        seconds = bounded_wait(asked, _SHORTEST_WAIT_S)
        self._crawler.stats.inc_value("jdp/session/wait_count")
        text = f"The account was in use elsewhere: {seconds:.0f} s to wait"
        note(self._crawler, "waiting", text, seconds=round(seconds))
        try:
            await self._count_down(seconds)
        finally:
            self._wait = ""

    async def _count_down(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        told = math.inf
        while (left := end - time.monotonic()) > 0:
            if self.is_ending:
                raise CloseSpider("shutdown")
            if told - left >= _COUNTDOWN_S:
                logger.info("The account has another live session: next login in %.0f s", left)
                told = left
            self._wait = f"next login in {left:.0f} s"
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._closing.wait(), min(left, 1.0))

    async def _on_control_page(
        self, url: str, function: Callable[..., Awaitable[Any]], *args: Any
    ) -> Any:
        """Run `function(page, *args, site)` on a page of the control context.

        Goes to the download handler directly: the control page comes on top of the vehicles
        that CONCURRENT_REQUESTS counts, and no middleware has a say in it.
        """
        method = PageMethod(function, *args, self.site)
        request = Request(
            url,
            meta={
                "playwright": True,
                "playwright_context": CONTROL,
                "playwright_context_kwargs": self.context_kwargs(),
                "playwright_page_goto_kwargs": self.goto_kwargs(),
                "playwright_page_methods": [method],
                # A walk takes as long as the inventory; each of its steps has its limit.
                "download_timeout": None
                if function is collect_links
                else self._config.vehicle_timeout,
                meta.LOGIN: self.login_generation,
                meta.AGE: self.age,
                # The control context rests for hours. But a login that broke off half-way may
                # have the cookie of a live session there: another one would be refused.
                meta.COOKIES: function is not login.log_in,
                # The grid of the export is what the walk begins with.
                meta.STAYS: function is export_csv,
                meta.GOES_ON: function is collect_links,
                # No vehicle comes any more; with six pages open memory would be at its highest.
                meta.ALONE: function is login.log_out,
            },
        )
        await self._crawler.engine.downloader.handlers.download_request_async(request)
        return method.result

    def goto_kwargs(self, until: str = "domcontentloaded") -> dict[str, Any]:
        """How a page is gone to: what is needed on it is waited for by its name.

        `until` "commit" does not wait for the page's scripts: `wait_for` does.
        """
        return {"wait_until": until, "timeout": self.site.page_ms}


def one_line(error: BaseException) -> str:
    """One ASCII line about an error, without the call log that Playwright adds."""
    text = str(error).strip().splitlines()
    if not text:
        return type(error).__name__
    # A SiteError says in whole sentences what was wrong.
    return to_ascii(
        text[0] if isinstance(error, SiteError) else f"{type(error).__name__}: {text[0]}"
    )
