"""Logs in: again after a failure of the site, never again with a refused password."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from typing import TYPE_CHECKING, Any, NoReturn

from jdp_spider import signals
from jdp_spider.failures import RunEnded, classify
from jdp_spider.job.events import note
from jdp_spider.meta import PageTask
from jdp_spider.pages import login
from jdp_spider.pages.ended import EndedByOther
from jdp_spider.pages.errors import (
    ActiveSession,
    LoggedOut,
    LoginRefused,
    PageChanged,
    ServerError,
    UnknownPage,
    one_line,
)
from jdp_spider.pages.network import AllRefused, WrongAddress
from jdp_spider.pages.postponed import LoginPostponed
from jdp_spider.pages.waits import bounded_wait
from jdp_spider.reasons import CloseReason
from jdp_spider.session.control_page import SITE_FAILURES
from jdp_spider.session.other_session import OtherSession
from jdp_spider.session.postponed_logins import PostponedLogins
from jdp_spider.utils.keyboard import enter_pressed, is_watched
from jdp_spider.utils.redaction import OwnText

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from scrapy.crawler import Crawler

    from jdp_spider.config.options import Config
    from jdp_spider.pages.site import Site
    from jdp_spider.session.circuit_breaker import CircuitBreaker
    from jdp_spider.session.control_page import RetryBudget
    from jdp_spider.session.cookies import SessionCookies
    from jdp_spider.session.refused_login import RefusedLogin
    from jdp_spider.session.self_repair import SelfRepair

logger = logging.getLogger(__name__)

_COUNTDOWN_S = 30.0
_BEFORE_SENDING = ("user_name", "password", "log_in")
"""Without one of these, nothing was sent."""
_SHORTEST_WAIT_S = 10.0
"""The wait if the site asks for less: each attempt to log in sends the password."""


class LoginProcess:
    """Makes the account's logins, one at a time, and keeps what the site may remember of them."""

    def __init__(
        self,
        crawler: Crawler,
        config: Config,
        site: Callable[[], Site],
        cookies: SessionCookies,
        known_refusal: RefusedLogin,
        circuit_breaker: CircuitBreaker,
        closing: asyncio.Event,
        self_repair: SelfRepair,
    ) -> None:
        self._crawler = crawler
        self._config = config
        self._site = site
        """The site as the program knows it; a repair may change this."""
        self._cookies = cookies
        self._known_refusal = known_refusal
        self._circuit_breaker = circuit_breaker
        self._closing = closing
        self._self_repair = self_repair
        """Set once the run is asked to end."""
        self.refused: LoginRefused | None = None
        """The site's refusal; None if there was none."""
        self.other = OtherSession()
        """The waits for the account's other session."""
        self._postponed = PostponedLogins(config.outage_timeout)
        self.waiting_for = ""
        """What the login waits for, for the progress line."""
        self._is_first = True
        """True until the first login of the run."""
        self._was_accepted = False
        """True once the site has taken the password in this run."""
        self._has_looked = False
        """True once the session of an earlier run was tried at the inventory."""

    def check_known_refusal(self) -> None:
        """Raise RunEnded if the site has refused this password in an earlier run.

        Wait if it has named a time that is not over.
        """
        known = self._known_refusal.find()
        if isinstance(known, LoginPostponed):
            self._send_later(known)
        elif known is not None:
            self._refuse(known)

    async def log_in(
        self,
        retries: RetryBudget,
        run: Callable[[str, PageTask], Coroutine[Any, Any, login.Login]],
    ) -> None:
        """Log in by `run`, which runs a task on the control page. Raise RunEnded if that fails."""
        waits = self._config.login_waits
        while True:
            try:
                await self._circuit_breaker.acquire()
                await self._try(run)
                self._circuit_breaker.record_success()
                return
            except LoginRefused as refused:
                self._refuse_or_retry(refused, retries)
            except ActiveSession as other:
                waits = self._begin_wait_unless_begun(other, waits)
                await self._wait_for_other()
            except SITE_FAILURES as failed:
                error = _at_first(failed) if self._is_first else failed
                if self._is_of_leftover(error):
                    continue
                if await self._is_repaired(error, retries, run):
                    return
                self._spend(retries, error)

    @property
    def _is_ending(self) -> bool:
        return self._closing.is_set() or not self._crawler.crawling

    def _refuse_or_retry(self, refused: LoginRefused, retries: RetryBudget) -> None:
        """Raise RunEnded, unless the refusal can only be the end of the session just begun."""
        if refused.is_silent and self._was_accepted:
            # The password is right, and nobody says that it is not.
            self._spend(retries, LoggedOut("The session ended as soon as it had begun"))
            return
        try:
            self._known_refusal.keep(refused)
        except OSError as error:
            logger.error(
                "The refusal could not be recorded, so the next run may send the password: %s",
                one_line(error),
            )
        self._refuse(refused)

    def _refuse(self, refused: LoginRefused) -> NoReturn:
        self.refused = refused
        logger.error("%s - %s; no second try is made", refused, refused.advice)
        self._crawler.stats.set_value("jdp/session/login_refused", 1)
        raise RunEnded(CloseReason.LOGIN_REFUSED) from None

    def _send_later(self, postponed: LoginPostponed) -> None:
        """Hold all requests back until the login may be sent again, or raise RunEnded."""
        with contextlib.suppress(OSError):
            self._known_refusal.keep(postponed)
        seconds = self._postponed.wait(postponed)
        if seconds is None:
            logger.error("%s - %s", postponed, postponed.advice)
            raise RunEnded(CloseReason.LOGIN_POSTPONED) from None
        logger.warning("%s: the login is sent again in %.0f s", postponed, seconds)
        self._crawler.stats.inc_value("jdp/session/postponed_count")
        text = f"The site did not take the login: {seconds:.0f} s to wait"
        note(self._crawler, "login_postponed", text, seconds=round(seconds))
        self._circuit_breaker.pause(seconds, "the site takes no login at the moment")

    def _is_of_leftover(self, error: Exception) -> bool:
        """Return True if the session of an earlier run may be what fails, and do without it.

        An inventory that does not open may have a page for ended sessions; the login's address
        tells. If that fails, too, the session is no more use.
        """
        of_session = isinstance(error, (ServerError, PageChanged, UnknownPage))
        failure = classify(error)
        if not self._cookies.are_leftover or not of_session or failure.pauses_all:
            return False
        is_answer = isinstance(error, ServerError)
        if is_answer and (failure.is_overload or not failure.may_be_logged_out):
            # The whole site is down or busy.
            return False
        if not self._has_looked:
            self._has_looked = True
            return True
        self._cookies.discard()
        return isinstance(error, UnknownPage)

    def _spend(self, retries: RetryBudget, error: Exception) -> None:
        """Spend a retry. Raise RunEnded if none is left, or none can help."""
        if isinstance(error, LoginPostponed):
            self._send_later(error)
            return
        if isinstance(error, UnknownPage):
            logger.error("%s - %s", error, CloseReason.UNKNOWN_PAGE.advice)
            raise RunEnded(CloseReason.UNKNOWN_PAGE) from None
        try:
            retries.spend(error)
        except SITE_FAILURES:
            logger.error("The login could not be made: %s", one_line(error))
            has_answered = self._circuit_breaker.has_answered
            raise RunEnded(classify(error).ends_with(has_answered=has_answered)) from None

    async def _is_repaired(
        self, error: Exception, retries: RetryBudget, run: Callable[..., Coroutine[Any, Any, Any]]
    ) -> bool:
        """Repair what has kept us out, if that is wanted. Return True if that has let us in.

        Where the login was sent already, the repair goes on from there and sends none.
        """
        is_unsent = isinstance(error, PageChanged) and error.names in _BEFORE_SENDING
        is_live = self._cookies.are_held and not is_unsent
        try:
            if not await self._self_repair.attempt(error, run=run, is_live=is_live):
                return False
        except LoginRefused as refused:
            self._refuse_or_retry(refused, retries)
            return False
        except LoginPostponed as postponed:
            self._send_later(postponed)
            return False
        except ActiveSession:
            return False
        self._record(was_sent=True)
        return True

    async def _try(self, run: Callable[[str, PageTask], Coroutine[Any, Any, login.Login]]) -> None:
        if self.other.said:
            raise EndedByOther(self.other.said)
        config, site, loop = self._config, self._site(), asyncio.get_running_loop()
        is_leftover = self._cookies.are_leftover and not self._has_looked
        # With a leftover session, request a page that needs one: it leads to the login if that
        # session has ended.
        url = site.inventory_url if is_leftover else site.login_url

        def keep(cookies: list[dict[str, Any]]) -> None:
            # The page may be in another loop.
            loop.call_soon_threadsafe(self._cookies.hold, cookies)

        # An interrupted login may have left the cookie of a live session in the context: if that
        # were replaced by the session's own cookies, another login would be refused.
        # Without a session there was none to end: what its page says then, it says to everybody.
        had_none = self._is_first and not self._cookies.login.cookies
        known = None if had_none else self.other.heeded
        task = PageTask(
            login.log_in,
            (config.user, config.password, site, keep, known),
            timeout=config.vehicle_timeout,
        )
        done = await run(url, task)
        if had_none:
            self.other.known = done.told
        # One that was sent, and went on after a failure.
        was_sent = done.sent or self._cookies.are_held
        self._cookies.replace(done.cookies)
        self._record(was_sent=was_sent)

    def _record(self, *, was_sent: bool) -> None:
        is_first, self._is_first = self._is_first, False
        if is_first:
            self._crawler.signals.send_catch_log(signals.logged_in)
        self.other.settled()
        if was_sent:
            self._was_accepted = True
            self._known_refusal.forget()
            self._postponed.reset()
            self._crawler.stats.inc_value("jdp/session/login_count")
            logger.info("Logged in at %s", self._config.base_url)
            note(self._crawler, "login", "Logged in")
        elif is_first:
            self._crawler.stats.inc_value("jdp/session/resumed_count")
            logger.info("Continuing with the session that an earlier run left open")
            note(self._crawler, "session_resumed", "Continued with the session of an earlier run")
        else:
            self._crawler.stats.inc_value("jdp/session/licence_count")
            logger.info("The site let the run in again without a login")
            note(self._crawler, "session_resumed", "The site let the run in again without a login")

    def _begin_wait_unless_begun(self, error: ActiveSession, waits: int) -> int:
        """Begin a wait if there is none. Return how many are left; raise RunEnded without one."""
        if isinstance(error, EndedByOther):
            logger.warning("The account is in use elsewhere: %s", one_line(error))
            # Each of its waits may end with a login that ends the other session.
            waits = min(waits, self._config.login_waits - self.other.ways_given)
        if self._is_ending:
            raise RunEnded(CloseReason.SHUTDOWN) from None
        if isinstance(error, EndedByOther):
            self.other.give_way()
        else:
            self.other.refused()
        if not self.other.is_over:
            return waits
        if not waits:
            logger.error("The account stays in use elsewhere: log out there, or try later")
            raise RunEnded(CloseReason.ACCOUNT_IN_USE) from None
        self._begin_wait(error.wait_seconds)
        return waits - 1

    def _begin_wait(self, asked: float) -> None:
        """Begin to wait as long as the site asks for the account's other session to end."""
        seconds = bounded_wait(asked, _SHORTEST_WAIT_S)
        self.other.begin(seconds)
        self._crawler.stats.inc_value("jdp/session/wait_count")
        text = f"The account was in use elsewhere: {seconds:.0f} s to wait"
        note(self._crawler, "waiting", text, seconds=round(seconds))
        logger.info(
            "Log out wherever the account is in use. The login is tried again automatically%s",
            OwnText(", or when you press Enter" if is_watched() else ""),
        )

    async def _wait_for_other(self) -> None:
        """Wait for the next try: when it is due, or asked for and the last one long enough ago.

        Raise RunEnded with SHUTDOWN if the run is asked to end meanwhile.
        """
        end, logged = self.other.next_try(), math.inf
        earliest = self.other.earliest_try()
        try:
            while (left := end - time.monotonic()) > 0:
                if self.other.take_request() or enter_pressed():
                    # Pressed too early, it counts as soon as it may: the countdown shows it.
                    end = min(end, earliest)
                    continue
                if self._is_ending:
                    raise RunEnded(CloseReason.SHUTDOWN)
                if logged - left >= _COUNTDOWN_S:
                    logger.info("The account has another live session: next login in %.0f s", left)
                    logged = left
                self.waiting_for = f"next login in {left:.0f} s"
                self.other.next_at = time.time() + left
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), min(left, 1.0))
        finally:
            self.waiting_for, self.other.next_at = "", None


def _at_first(error: Exception) -> Exception:
    """Return what an error means before the first login: what is refused then may stay so."""
    if isinstance(error, WrongAddress) or not isinstance(error, AllRefused):
        return error
    return error.refused
