"""The account's one session at the site, shared by all contexts."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from jdp_spider import signals
from jdp_spider.failures import RunEnded, classify
from jdp_spider.job.events import note
from jdp_spider.pages.errors import LoggedOut, SiteMoved, one_line
from jdp_spider.pages.network import AllRefused, LoggedOutByPage
from jdp_spider.pages.seen import Fingerprints
from jdp_spider.reasons import CloseReason
from jdp_spider.session.circuit_breaker import CircuitBreaker
from jdp_spider.session.control_page import (
    SITE_FAILURES,
    ControlPage,
    RetryBudget,
    shielded,
)
from jdp_spider.session.cookies import SessionCookies
from jdp_spider.session.finder import SessionFinder
from jdp_spider.session.login import LoginProcess
from jdp_spider.session.logout import leave
from jdp_spider.session.self_repair import Known, SelfRepair
from jdp_spider.session.told_later import as_told
from jdp_spider.session.wrong_address import AddressCheck

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler

    from jdp_spider.config.options import Config
    from jdp_spider.meta import LoginCookies, PageTask
    from jdp_spider.pages.errors import LoginRefused
    from jdp_spider.session.account import Account

logger = logging.getLogger(__name__)

_MOST_ENDS = 30
"""Sessions that may end without any progress between before the run does."""
_MOST_ENDS_BY_PAGES = 2
"""Of these, where pages of the site asked for the logout themselves."""


class Session:
    """Logs in once for all contexts, again if the site ends the session, and logs out.

    Invariant: between a successful login and the logout no second login is sent unless a page of
    the current login was found logged out.
    """

    def __init__(self, crawler: Crawler, config: Config, account: Account) -> None:
        self._crawler = crawler
        self._config = config
        self.fingerprints = Fingerprints()
        """What elements of the site look like in this run."""
        self.site = replace(config.site, fingerprints=self.fingerprints)
        self._cookies = SessionCookies(account)
        self.is_live = False
        """True from a login on, until a page is found logged out."""
        self._login_error: RunEnded | None = None
        """Why no login is possible any more: the error of one caller applies to all that wait."""
        self._one_login = asyncio.Lock()
        self._logging_in: asyncio.Future[None] | None = None
        self._control_page = ControlPage(crawler, lambda: self.login)
        self._closing = asyncio.Event()
        self.circuit_breaker = CircuitBreaker(
            crawler, lambda: self.is_ending, config.outage_timeout
        )
        """Each request to the site passes through it."""
        self._address_check = AddressCheck(config.base_url, account, self.circuit_breaker)
        self._new_budget = partial(
            RetryBudget, crawler, self.circuit_breaker, config.retries, lambda: self.is_ending
        )
        known = Known(lambda: self.site, partial(setattr, self, "site"))
        self.self_repair = SelfRepair(crawler, config, account, self._cookies, known)
        self.repair = partial(
            self.self_repair.attempt, run=self._control_page.take_turn, is_live=True
        )
        """Repairs the cause of an error, in the live session."""
        self._login_process = LoginProcess(
            crawler,
            config,
            lambda: self.site,
            self._cookies,
            account.refused_login,
            self.circuit_breaker,
            self._closing,
            self.self_repair,
        )
        self.other_session = self._login_process.other
        """The waits for the account's other session."""
        self._finder = SessionFinder(
            crawler,
            self._control_page,
            lambda: self.site,
            config.vehicle_timeout,
            self._cookies,
            self.circuit_breaker,
        )
        self.is_away = self._finder.is_away
        """Tells whether the inventory does not open either, where a vehicle found the site down."""
        self._is_lost = False
        """True if a page of the last login was found logged out."""
        self._ends = 0
        """Sessions that have ended since the last progress."""
        self._ended_by_pages: set[int] = set()
        """Of these, the generations of those whose end a page has asked for."""
        self._looking: asyncio.Future[bool] | None = None
        """The session check in progress, shared by all that ask meanwhile."""
        crawler.signals.connect(self._cookies_renewed, signals.cookies_renewed)

    @property
    def waiting_for(self) -> str:
        """What the run waits for, for the progress line; empty while it works."""
        return self._login_process.waiting_for or self.circuit_breaker.waiting_for

    @property
    def refused(self) -> LoginRefused | None:
        """The site's refusal of the login; None if there was none."""
        return self._login_process.refused

    @property
    def login(self) -> LoginCookies:
        """The cookies that a context must have now, with the generation of their login."""
        return self._cookies.login

    async def ensure_logged_in(self) -> None:
        """Wait until logged in; all callers share one login.

        Raise RunEnded with `login_refused` or `account_in_use`, or the login's SiteError.
        """
        async with self._one_login:
            if self._login_error is not None:
                raise self._login_error
            if not self.is_live:
                self._logging_in = asyncio.ensure_future(self._log_in())
                # Ctrl-C must not interrupt a login: the site would have a session that this run
                # does not know of.
                await asyncio.shield(self._logging_in)

    def mark_logged_out(self, generation: int, seen: object) -> None:
        """Note that a page of this login was found logged out; `seen` says how.

        It is ignored for older logins.
        """
        if isinstance(seen, LoggedOutByPage):
            self._ended_by_pages.add(generation)
        if generation == self.login.generation:
            self.other_session.note_end(seen)
        if generation == self.login.generation and self.is_live:
            self.is_live, self._is_lost = False, True
            self._crawler.stats.inc_value("jdp/session/ended")
            logger.warning("The session seems to have ended: %s", seen)
            note(self._crawler, "session_ended", "The session had ended", outside=str(seen))
            self._ends += 1
            if self._ends > _MOST_ENDS:
                logger.error(
                    "The site has ended %d sessions, and nothing was done in any of them: make "
                    "sure that nobody else uses the account, and that it may open vehicles",
                    self._ends,
                )
                self._login_error = RunEnded(CloseReason.TOO_MANY_FAILURES)
        if len(self._ended_by_pages) >= _MOST_ENDS_BY_PAGES and self._login_error is None:
            logger.error(
                "Pages of the site have logged out by themselves, as some do without a user, and "
                "nothing was saved in %d sessions: try again with CONCURRENT_CONTEXTS=1, when the "
                "site is faster",
                len(self._ended_by_pages),
            )
            self._login_error = RunEnded(CloseReason.TOO_MANY_FAILURES)

    def record_progress(self) -> None:
        """Note that the session was useful: if it ends later, that is not unusual."""
        self._ends = 0
        self._ended_by_pages.clear()

    async def has_ended(self, generation: int, seen: object) -> bool:
        """Return True if the session of this login has ended, which a failed page suggests.

        Look at the inventory, once for all that ask meanwhile. `seen` is how the page failed.
        Raise AllRefused if the site refuses all requests for now, which says nothing of a session.
        """
        if self.is_ending:
            return False
        if generation != self.login.generation or not self.is_live:
            return True
        # A page came, so the site can be reached. Without this, the look would wait for the probe
        # of the circuit breaker, which may be the very request that waits for the look.
        breaker = self.circuit_breaker
        if breaker.all_refused is None:
            breaker.record_success()
        elif breaker.waiting_for:
            # It was in flight when the site began to refuse all.
            raise breaker.all_refused
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._look(generation, seen))
        return await asyncio.shield(self._looking)

    async def _look(self, generation: int, seen: object) -> bool:
        """Return True if the inventory no longer opens, or the login's cookies were of no use.

        A check that fails proves nothing.
        """
        self._crawler.stats.inc_value("jdp/session/look_count")
        try:
            if self.circuit_breaker.all_refused is None:
                await self.circuit_breaker.acquire()
            # Else the page that failed was the probe.
            if await self._finder.is_live():
                return generation != self.login.generation
        except RunEnded:
            return False
        except SiteMoved:
            # What stands there is known as little as a page of the site's own.
            pass
        except LoggedOut as error:
            seen = error
        except SITE_FAILURES as failed:
            judged = self._address_check.judged(failed)
            self.circuit_breaker.record_failure(classify(judged))
            if isinstance(judged, AllRefused):
                raise judged from None
            logger.info(
                "The inventory does not show whether the session is live: %s", one_line(judged)
            )
            return False
        self.mark_logged_out(generation, f"{seen}, and the inventory does not open")
        return True

    async def run(self, url: str, task: PageTask, progress: Callable[[], int] = lambda: 0) -> Any:
        """Run a task on the control page, logged in, and return its result.

        Retry failures of the site or the browser as often as for a vehicle; progress restores all
        retries. Raise the last error if none is left.
        """
        retries, before, known = self._new_budget(), progress(), self.site
        while True:
            if progress() != before:
                before = progress()
                retries.reset()
            generation = self.login.generation
            try:
                await self.ensure_logged_in()
                await self.circuit_breaker.acquire()
                generation = self.login.generation
                if url == known.inventory_url:
                    # A repair during the login may have found another one.
                    url, known = self.site.inventory_url, self.site
                # close() waits for it.
                result = await shielded(self._control_page.take_turn(url, task.at(self.site)))
                self.circuit_breaker.record_success()
                self.record_progress()
                return result
            except SITE_FAILURES as failed:
                error = as_told(failed)
                if isinstance(error, LoggedOut):
                    self.mark_logged_out(generation, error)
                elif classify(error).suggests_end(has_served=self.circuit_breaker.has_served):
                    retries.spend(await _cause_of(self, error, generation))
                    continue
                retries.spend(error)

    @property
    def is_ending(self) -> bool:
        """True if the run is to end: it waits for nothing and retries nothing."""
        return self._closing.is_set() or not self._crawler.crawling

    def end(self) -> None:
        """Ask the session's waits and pagination to end."""
        self._closing.set()

    def _cookies_renewed(self, generation: int, cookies: list[dict[str, Any]]) -> None:
        if self.is_live and generation == self.login.generation:
            self._cookies.renew(cookies)

    async def close(self) -> None:
        """Log out if logged in; log a failure with its consequence for the next run."""
        self._closing.set()
        if self._logging_in is not None:
            await asyncio.wait([self._logging_in])
        # A page that only looked logged out may have been a page that is not known.
        if not (self.is_live or self._is_lost or self._cookies.are_held):
            return
        if self._login_error is not None and self._login_error.reason == CloseReason.SITE_MOVED:
            # The other origin gets no more requests; the next run continues with the kept session.
            return
        was_live, self.is_live = self.is_live, False
        timeout = self._config.vehicle_timeout
        ended = await leave(self._control_page, self.site, timeout, was_live=was_live)
        if ended is None:
            return
        self._cookies.forget()
        if ended:
            self._crawler.stats.inc_value("jdp/session/logout_count")
            logger.info("Logged out")
            self.self_repair.logged_out()
            note(self._crawler, "logout", "Logged out")
        elif was_live:
            logger.warning("The session had ended before it could be logged out")

    async def _log_in(self) -> None:
        try:
            if self._is_lost and await self._finder.find():
                self.is_live, self._is_lost = True, False
                self.other_session.settled()
                return
            self._login_process.check_known_refusal()
            run = self._address_check.judging(self._control_page.run)
            await self._login_process.log_in(self._new_budget(), run)
        except RunEnded as error:
            self._login_error = error
            raise
        self.is_live, self._is_lost = True, False


async def _cause_of(session: Session, error: Exception, generation: int) -> Exception:
    """Return what may be wrong with site or session rather than this page; else `error`."""
    text = one_line(error)
    try:
        is_over = await session.has_ended(generation, text)
    except AllRefused as refused:
        return refused
    is_elsewhere = is_over and isinstance(error, SiteMoved)
    return LoggedOut(f"The session has ended: {text}") if is_elsewhere else error
