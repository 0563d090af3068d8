"""The account's one session at the site, shared by all contexts."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from jdp_spider import signals
from jdp_spider.failures import classify
from jdp_spider.job.events import note
from jdp_spider.meta import LoginCookies, PageTask
from jdp_spider.pages import login
from jdp_spider.pages.errors import (
    ActiveSession,
    LoggedOut,
    LoginRefused,
    PageChanged,
    ServerError,
    SiteMoved,
    one_line,
)
from jdp_spider.pages.waits import bounded_wait
from jdp_spider.reasons import CloseReason, RunEnded
from jdp_spider.session.circuit_breaker import CircuitBreaker
from jdp_spider.session.control_page import SITE_FAILURES, ControlPage, RetryBudget, shielded
from jdp_spider.session.cookies import SessionCookies

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler

    from jdp_spider.config.options import Config
    from jdp_spider.session.account import Account

logger = logging.getLogger(__name__)

_COUNTDOWN_S = 30.0
_SHORTEST_WAIT_S = 10.0
"""The wait if the site asks for less: each attempt to log in sends the password."""


class Session:
    """Logs in once for all contexts, again if the site ends the session, and out.

    Invariant: between a successful login and the logout no second login is sent unless a page of
    the current login was found logged out.
    """

    def __init__(self, crawler: Crawler, config: Config, account: Account) -> None:
        self._crawler = crawler
        self._config = config
        self.site = config.site
        self._cookies = SessionCookies(account)
        self._live = False
        self._login_error: RunEnded | None = None
        """Why no login is possible any more: one caller's error holds for all that wait."""
        self.refused: LoginRefused | None = None
        """The site's refusal of the login; None if there was none."""
        self._one_login = asyncio.Lock()
        self._logging_in: asyncio.Future[None] | None = None
        self._control_page = ControlPage(crawler, lambda: self.login)
        self._closing = asyncio.Event()
        self._wait = ""
        """What the login waits for."""
        self.circuit_breaker = CircuitBreaker(
            crawler, lambda: self.is_ending, config.outage_timeout
        )
        """Each request to the site passes it."""
        self._new_budget = partial(
            RetryBudget, crawler, self.circuit_breaker, config.retries, lambda: self.is_ending
        )
        crawler.signals.connect(self._cookies_renewed, signals.cookies_renewed)

    @property
    def waiting_for(self) -> str:
        """What the run waits for, for the progress line; empty while it works."""
        return self._wait or self.circuit_breaker.waiting_for

    @property
    def login(self) -> LoginCookies:
        """The cookies that a context must have now, with the generation of their login."""
        return self._cookies.login

    async def ensure_logged_in(self) -> None:
        """Return when logged in; all callers share one login.

        Raise RunEnded with `login_refused` or `account_in_use`, or the login's SiteError.
        """
        async with self._one_login:
            if self._login_error is not None:
                raise self._login_error
            if not self._live:
                self._logging_in = asyncio.ensure_future(self._log_in())
                # Ctrl-C must not interrupt a login: the site would have a session that this run
                # does not know of.
                await asyncio.shield(self._logging_in)

    def mark_logged_out(self, generation: int) -> None:
        """Note that a page of this login was found logged out; ignored for older logins."""
        if generation == self.login.generation and self._live:
            self._live = False
            self._crawler.stats.inc_value("jdp/session/ended")
            logger.warning("The site asks for the login or the licence: logging in again")
            note(self._crawler, "session_ended", "The site asked for the login or the licence")

    async def run(self, url: str, task: PageTask, progress: Callable[[], int] = lambda: 0) -> Any:
        """Run a task on the control page, logged in, and return its result.

        Retry failures of the site or the browser as often as for a vehicle; progress restores all
        retries. Raise the last error if none is left.
        """
        retries, before = self._new_budget(), progress()
        while True:
            if progress() != before:
                before = progress()
                retries.reset()
            generation = self.login.generation
            try:
                await self.ensure_logged_in()
                await self.circuit_breaker.acquire()
                generation = self.login.generation
                # close() waits for it.
                result = await shielded(self._control_page.take_turn(url, task))
                self.circuit_breaker.record_success()
                return result
            except SITE_FAILURES as error:
                if isinstance(error, LoggedOut):
                    self.mark_logged_out(generation)
                retries.spend(error)

    @property
    def is_ending(self) -> bool:
        """True if the run is asked to end: nothing is waited for or retried."""
        return self._closing.is_set() or not self._crawler.crawling

    def end(self) -> None:
        """Ask the session's waits and pagination to end."""
        self._closing.set()

    def _cookies_renewed(self, generation: int, cookies: list[dict[str, Any]]) -> None:
        if self._live and generation == self.login.generation:
            self._cookies.renew(cookies)

    async def close(self) -> None:
        """Log out if logged in; log a failure with its consequence for the next run."""
        self._closing.set()
        if self._logging_in is not None:
            await asyncio.wait([self._logging_in])
        if not self._live:
            return
        self._live = False
        ended, timeout = False, self._config.vehicle_timeout
        # No more vehicles come; with all contexts open, memory use would be at its peak.
        task = PageTask(
            login.log_out, (self.site,), timeout=timeout, reset_cookies=True, exclusive=True
        )
        for last_try in (False, True):
            try:
                # Bounded: a pagination that hangs must not keep the run from ending.
                turn = self._control_page.take_turn(self.site.inventory_url, task)
                ended = await asyncio.wait_for(turn, 2 * timeout)
                break
            except (*SITE_FAILURES, asyncio.TimeoutError) as error:
                if last_try or isinstance(error, SiteMoved):
                    logger.warning(
                        "Could not log out (%s): the next run goes on with the session, or waits "
                        "until the site has ended it",
                        one_line(error),
                    )
                    return
        self._cookies.forget()
        if ended:
            self._crawler.stats.inc_value("jdp/session/logout_count")
            logger.info("Logged out")
            note(self._crawler, "logout", "Logged out")
        else:
            logger.warning("The session had ended before it could be logged out")

    async def _log_in(self) -> None:
        try:
            await self._log_in_bounded()
        except RunEnded as error:
            self._login_error = error
            raise

    async def _log_in_bounded(self) -> None:
        waits, retries = self._config.login_waits, self._new_budget()
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
                raise RunEnded(CloseReason.LOGIN_REFUSED) from None
            except ActiveSession as other:
                if self.is_ending:
                    raise RunEnded(CloseReason.SHUTDOWN) from None
                if not waits:
                    logger.error("The account stays in use elsewhere: log out there, or try later")
                    raise RunEnded(CloseReason.ACCOUNT_IN_USE) from None
                waits -= 1
                await self._wait_for_other(other.wait_seconds)
            except SITE_FAILURES as error:
                if self._cookies.are_leftover and isinstance(error, (ServerError, PageChanged)):
                    # The site's pages fail with the session of an earlier run.
                    self._cookies.discard()
                try:
                    retries.spend(error)
                except SITE_FAILURES:
                    logger.error("The login could not be made: %s", one_line(error))
                    raise RunEnded(classify(error).close_reason) from None

    async def _try_login(self) -> None:
        config = self._config
        # With a leftover session, request a page that needs one: it leads to the login if that
        # session has ended.
        url = self.site.inventory_url if self._cookies.are_leftover else self.site.login_url
        # An interrupted login may have left the cookie of a live session in the context: if that
        # were replaced by the session's own cookies, another login would be refused.
        task = PageTask(
            login.log_in, (config.user, config.password, self.site), timeout=config.vehicle_timeout
        )
        done: login.Login = await self._control_page.run(url, task)
        self._cookies.replace(done.cookies)
        self._live = True
        self._record_login(is_first=self.login.generation == 1, was_sent=done.sent)

    def _record_login(self, *, is_first: bool, was_sent: bool) -> None:
        if is_first:
            self._crawler.signals.send_catch_log(signals.logged_in)
        if was_sent:
            self._crawler.stats.inc_value("jdp/session/login_count")
            logger.info("Logged in at %s", self._config.base_url)
            note(self._crawler, "login", "Logged in")
        elif is_first:
            self._crawler.stats.inc_value("jdp/session/resumed_count")
            logger.info("Going on with the session that an earlier run left open")
            note(self._crawler, "session_resumed", "Went on with the session of an earlier run")
        else:
            self._crawler.stats.inc_value("jdp/session/licence_count")
            logger.info("Let in again without a login")
            note(self._crawler, "session_resumed", "Let in again without a login")

    async def _wait_for_other(self, asked: float) -> None:
        """Wait as long as the site asks for the account's other session to end.

        Raise RunEnded with SHUTDOWN if the run is asked to end meanwhile.
        """
        seconds = bounded_wait(asked, _SHORTEST_WAIT_S)
        self._crawler.stats.inc_value("jdp/session/wait_count")
        text = f"The account was in use elsewhere: {seconds:.0f} s to wait"
        note(self._crawler, "waiting", text, seconds=round(seconds))
        end, logged = time.monotonic() + seconds, math.inf
        try:
            while (left := end - time.monotonic()) > 0:
                if self.is_ending:
                    raise RunEnded(CloseReason.SHUTDOWN)
                if logged - left >= _COUNTDOWN_S:
                    logger.info("The account has another live session: next login in %.0f s", left)
                    logged = left
                self._wait = f"next login in {left:.0f} s"
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), min(left, 1.0))
        finally:
            self._wait = ""
