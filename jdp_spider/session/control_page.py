"""The control page: a page in a context of its own, for the tasks that concern all vehicles."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar

from playwright.async_api import Error as PlaywrightError
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Request

from jdp_spider.failures import FailureKind, classify
from jdp_spider.meta import ATTEMPT, TASK, Attempt, LoginCookies, PageTask
from jdp_spider.pages.errors import SiteError, one_line
from jdp_spider.session.circuit_breaker import jittered
from jdp_spider.utils.engine import fetch_directly

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from scrapy.crawler import Crawler

    from jdp_spider.session.circuit_breaker import CircuitBreaker

_T = TypeVar("_T")

logger = logging.getLogger(__name__)

CONTROL = "control"
"""Name of the control page's context."""
_LOOK = "look"
"""Name of the context that checks the session, whatever the control page is doing."""

SITE_FAILURES = (SiteError, PlaywrightError, DownloadTimeoutError)
"""Errors of a page task that the site or the browser may cause."""


class ControlPage:
    """Logs in, exports, collects links and logs out.

    It comes on top of the vehicles counted by CONCURRENT_REQUESTS.
    """

    def __init__(self, crawler: Crawler, login: Callable[[], LoginCookies]) -> None:
        """Take `login`, which returns the login that the context must have when a task starts."""
        self._crawler = crawler
        self._login = login
        self._turn = asyncio.Lock()

    async def run(self, url: str, task: PageTask) -> Any:
        """Run the task at once, on a second page if the first is busy, and return its result."""
        return await self._fetch(CONTROL, url, task)

    async def look(self, url: str, task: PageTask) -> Any:
        """Run the task in a context of its own, and return its result."""
        return await self._fetch(_LOOK, url, task)

    async def _fetch(self, context: str, url: str, task: PageTask) -> Any:
        attempt = Attempt(context=context, login=self._login())
        request = Request(url, meta={TASK: task, ATTEMPT: attempt})
        # A TaskResponse of the browser, which the session does not import.
        response: Any = await fetch_directly(self._crawler, request)
        return response.result

    async def take_turn(self, url: str, task: PageTask) -> Any:
        """Run the task after all earlier ones: the logout waits for the end of the pagination."""
        async with self._turn:
            return await self.run(url, task)


class RetryBudget:
    """The remaining retries of a piece of work on the control page."""

    def __init__(
        self,
        crawler: Crawler,
        circuit_breaker: CircuitBreaker,
        retries: int,
        is_ending: Callable[[], bool],
    ) -> None:
        self._crawler = crawler
        self._circuit_breaker = circuit_breaker
        self._retries = self._left = retries
        self._is_ending = is_ending

    def reset(self) -> None:
        """Restore all retries, as the work has made progress."""
        self._left = self._retries

    def spend(self, error: Exception) -> None:
        """Spend a retry on this failure, and pause before it. Raise `error` if none is left.

        A failure that holds all requests back costs none: the circuit breaker opens, and ends the
        run if that takes too long. One that ends the run gets no more requests, nor does one that
        would send the same again.
        """
        failure, breaker = classify(error), self._circuit_breaker
        is_away = failure.kind is FailureKind.SITE_MOVED and breaker.has_served
        if (failure.ends_run and not is_away) or failure.is_final:
            raise error
        breaker.record_failure(failure)
        is_lost = failure.kind is FailureKind.CONNECTION_LOST
        if is_away or (is_lost and not self._left):
            # A site that has served vehicles may lead elsewhere while it is down. One that breaks
            # connections again and again is not there, behind what accepts them.
            breaker.begin_outage(failure)
        if failure.pauses_all or is_away or (is_lost and breaker.is_open):
            self._left += 1
        if not self._left or self._is_ending():
            raise error
        if not breaker.is_exhausted:
            logger.warning("Trying again: %s", one_line(error))
        self._crawler.stats.inc_value("jdp/control/retry_count")
        # Grows with the retries, so that a site in trouble is not hammered.
        pause = jittered(2.0 ** (self._retries - self._left))
        breaker.pause(pause, "the last try failed")
        self._left -= 1


async def shielded(work: Coroutine[Any, Any, _T]) -> _T:
    """Wait for `work`, which continues even if Ctrl-C ends the wait."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return await asyncio.shield(task)
