"""Holds all requests back while the site asks for a pause or cannot be reached."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import random
import time
from typing import TYPE_CHECKING

from jdp_spider.failures import FailureKind, RunEnded
from jdp_spider.job.events import note
from jdp_spider.pages.network import AllRefused
from jdp_spider.pages.waits import bounded_wait
from jdp_spider.reasons import CloseReason
from jdp_spider.utils.redaction import OwnText

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler

    from jdp_spider.failures import Failure

logger = logging.getLogger(__name__)

_FIRST_PAUSE_S = 2.0
_LONGEST_PAUSE_S = 60.0
_SHORTEST_WAIT_S = 1.0
"""The pause if the site asks for one without a duration."""
_UNTOLD_WAIT_S = 10.0
"""The first pause if the site refuses further requests and asks for none."""
_MAX_CONSECUTIVE_RETRY_AFTERS = 20
"""How often in a row the site may at least ask for a pause before the run ends."""
_LOST_IN_A_ROW = 5
"""As many as are cut at once if a server ends; what accepts connections may outlive it."""
_UNKNOWN_SITE_S = 120.0
"""How long to wait for a site that never answered: its address may be wrong."""
_OUTAGES = {
    FailureKind.MAINTENANCE: ("maintenance", "the site is down"),
    FailureKind.ALL_REFUSED: ("refused", "the site refuses all requests"),
}
"""The words for stats and progress line of outages in which the site answers."""
_COUNTDOWN_S = 30.0
_LOOK_S = 1.0


def jittered(seconds: float) -> float:
    """Return about `seconds`, so that programs waiting for one site do not all return at once."""
    return seconds * random.uniform(0.8, 1.2)


class CircuitBreaker:
    """Holds all requests of the account back, and lets them pass again.

    While the site cannot be reached, one request at a time probes whether it answers again, after
    growing pauses.
    """

    def __init__(
        self, crawler: Crawler, is_ending: Callable[[], bool], longest_outage_s: float
    ) -> None:
        self._crawler = crawler
        self.is_ending = is_ending
        """Tells whether the run is to end."""
        self._longest_outage_s = longest_outage_s
        self._until = -math.inf
        self._why = ""
        self._logged_at = -math.inf
        self._outage_since: float | None = None
        self.all_refused: AllRefused | None = None
        """The last refusal, while the site refuses all requests."""
        self._tries = 0
        """Requests in a row that found the site out of reach."""
        self._consecutive_retry_afters = 0
        """Pauses in a row that the site asked for."""
        self._asked_since = math.inf
        """When it asked for the first of them."""
        self.has_served = False
        """True once a vehicle was saved: what leads elsewhere then may not stay so."""
        self._lost_in_a_row = 0
        """Connections that broke since the site last answered."""
        self._half_open = False
        self.is_exhausted = False
        """True once the site could not be used for too long: the run ends."""
        self._reason = CloseReason.SITE_UNREACHABLE
        """Why it ends then."""
        self.has_answered = False
        """True once the site has answered in this run."""
        self._changed = asyncio.Event()

    @property
    def waiting_for(self) -> str:
        """What all requests wait for, with the seconds left; empty while they pass."""
        left = self._until - time.monotonic()
        return f"{self._why} ({left:.0f} s)" if left > 0 else ""

    def pause(self, seconds: float, why: str) -> None:
        """Hold all requests back for `seconds`; `why` is the reason in a few words."""
        until = time.monotonic() + seconds
        if until <= self._until:
            return
        self._until, self._why = until, why
        self._logged_at = -math.inf
        self._crawler.stats.inc_value("jdp/pause_seconds", round(seconds))

    async def acquire(self) -> None:
        """Return when a request may be sent to the site.

        Raise RunEnded: `shutdown` if the run is asked to end meanwhile, or the reason of an outage
        that took too long.
        """
        while True:
            if self.is_exhausted:
                raise RunEnded(self._reason)
            if self.is_ending():
                raise RunEnded(CloseReason.SHUTDOWN)
            left = self._until - time.monotonic()
            if left <= 0 and not self._half_open:
                self._half_open = self._outage_since is not None
                return
            self._tell(left)
            self._changed.clear()
            # The end of the run sets no event here.
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(max(left, 0.05), _LOOK_S))

    def _tell(self, left: float) -> None:
        if left > 0 and time.monotonic() - self._logged_at >= _COUNTDOWN_S:
            self._logged_at = time.monotonic()
            logger.info("Waiting %.0f s: %s", left, OwnText(self._why))

    def record_success(self) -> None:
        """Note that the site answered without asking for a pause."""
        self._consecutive_retry_afters, self._asked_since = 0, math.inf
        self._is_back()

    def _is_back(self) -> None:
        self.has_answered = True
        self._half_open = False
        self._lost_in_a_row = 0
        if self._outage_since is not None:
            seconds = time.monotonic() - self._outage_since
            self._outage_since, self._tries, self.all_refused = None, 0, None
            logger.info("The site answers again, after %.0f s", seconds)
            note(self._crawler, "outage_over", f"The site answered again, after {seconds:.0f} s")
        self._changed.set()

    def release(self) -> None:
        """Note the end of a request that says nothing about the site."""
        self._half_open = False
        self._changed.set()

    def record_failure(self, failure: Failure) -> None:
        """Note a request that failed; open the circuit if the site should be left alone for now."""
        if failure.kind is FailureKind.RETRY_AFTER:
            self._is_back()
            self._wait_as_asked(failure.retry_after)
        elif failure.pauses_all or self._is_lost(failure):
            self.begin_outage(failure)
        elif failure.site_answered:
            self.record_success()
        else:
            self.release()

    def _is_lost(self, failure: Failure) -> bool:
        """Return True if connections break so often that the site must be out of reach."""
        is_lost = failure.kind is FailureKind.CONNECTION_LOST
        self._lost_in_a_row += is_lost
        return is_lost and (self.is_open or self._lost_in_a_row >= _LOST_IN_A_ROW)

    def _wait_as_asked(self, asked: float | None) -> None:
        """Pause for these seconds; None means longer each time."""
        now = time.monotonic()
        self._asked_since = min(self._asked_since, now)
        # Those that were in flight at the first refusal are refused with it.
        self._consecutive_retry_afters += self._until <= now
        if asked is None:
            growth = 2.0 ** (max(1, self._consecutive_retry_afters) - 1)
            asked = min(_UNTOLD_WAIT_S * growth, _LONGEST_PAUSE_S)
        seconds = bounded_wait(asked, _SHORTEST_WAIT_S)
        self._crawler.stats.inc_value("jdp/pause_count")
        self._crawler.stats.inc_value("jdp/pause_count/retry_after")
        text = f"The site asked for a pause of {seconds:.0f} s"
        note(self._crawler, "retry_after", text, seconds=round(seconds))
        self.pause(seconds, "the site asks for a pause (Retry-After)")
        is_long = now - self._asked_since > self._longest_outage_s
        if is_long and self._consecutive_retry_afters > _MAX_CONSECUTIVE_RETRY_AFTERS:
            logger.error("The site only asks for pauses: try again later")
            self._give_up(CloseReason.SITE_TROUBLE)

    @property
    def is_open(self) -> bool:
        """True while the site is out of reach."""
        return self._outage_since is not None

    def begin_outage(self, failure: Failure) -> None:
        """Hold all requests back, because the site is out of reach; or do so for longer."""
        now = time.monotonic()
        kind, why = _OUTAGES.get(failure.kind, ("unreachable", "no connection"))
        self.all_refused = failure.error if isinstance(failure.error, AllRefused) else None
        # Its address is right, then.
        self.has_answered |= failure.kind in _OUTAGES
        longest = self._longest_outage_s
        if not self.has_answered:
            longest = min(longest, _UNKNOWN_SITE_S)
        if self._outage_since is None:
            self._outage_since = now
            self._crawler.stats.inc_value("jdp/pause_count")
            self._crawler.stats.inc_value(f"jdp/pause_count/{kind}")
            logger.warning("The site cannot be used at the moment: %s", failure.error)
            note(self._crawler, "outage", "The site could not be used", outside=str(failure.error))
        elif self._until > now:
            # A request that was in flight when the first one failed.
            return
        elif now - self._outage_since > longest:
            logger.error(
                "The site could not be used for %.0f s, giving up: %s", longest, failure.error
            )
            is_away = failure.kind is FailureKind.SITE_MOVED
            # It led here before, and may do so again.
            self._give_up(CloseReason.SITE_TROUBLE if is_away else failure.close_reason)
            return
        self._half_open = False
        self._tries += 1
        pause = min(_FIRST_PAUSE_S * 2 ** (self._tries - 1), _LONGEST_PAUSE_S)
        self.pause(jittered(pause), why)
        self._changed.set()

    def move_on(self, seconds: float) -> None:
        """Leave out so many seconds, which the computer has slept, of what an outage may take."""
        if self._outage_since is not None:
            self._outage_since += seconds
        self._asked_since += seconds

    def _give_up(self, reason: CloseReason) -> None:
        self.is_exhausted, self._reason = True, reason
        self._changed.set()
