"""What a failure means for the run: the vehicle's own, or one of the site, browser or session."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError
from scrapy.exceptions import DownloadTimeoutError

from jdp_spider import signals
from jdp_spider.job.events import note
from jdp_spider.pages.errors import ConnectionFailed, SiteError, WrongVehicle
from jdp_spider.pages.vehicle import names_vehicle
from jdp_spider.pdf.verification import BookoutRejected
from jdp_spider.session.circuit_breaker import jittered
from jdp_spider.utils.redaction import OwnText

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler

    from jdp_spider.config.options import Config
    from jdp_spider.inventory import Vehicle
    from jdp_spider.session.session import Session

logger = logging.getLogger(__name__)

_CROSS_TALK_LIMIT = 3
"""So many vehicles that got another one's page or report are no accident."""
_REFUSED = 4
"""Vehicles whose reports are refused count for a quarter: the site works, other than expected."""
_GROWTH = 3
"""How many times longer each pause is than the one before."""

# Reasons of a refused report that are the site's trouble: something else came instead.
_NO_REPORT = frozenset({"empty", "html_page", "login_page", "not_a_pdf", "cut", "unreadable"})


class RecoveryPolicy:
    """Admits vehicles to the site, looks at how each try ends, and does what the run needs.

    - Many failures in a row, of different vehicles: contexts are replaced, then the browser is
      restarted, then the run ends; with pauses that grow.
    - Vehicles that get pages or reports of others that were at work with them: from then on one
      at a time.
    - Nothing finished for a long time: what is under way is ended, then the run.

    Invariant: `one_at_a_time` never goes back, and then at most one vehicle is at work.
    """

    def __init__(
        self, crawler: Crawler, config: Config, session: Session, end: Callable[[str], None]
    ) -> None:
        self._crawler = crawler
        self._config = config
        self._circuit_breaker = session.circuit_breaker
        self._end = end
        self.serialized = False
        self._streak: dict[str, float] = {}
        """What failed in a row, by vehicle: 1, or less where the site is not to blame."""
        self._level = 0
        self._in_flight: dict[str, Vehicle] = {}
        self._overlapping: dict[str, dict[str, Vehicle]] = {}
        """By vehicle at work: who was at work at any time during this try."""
        self._cross_talk: set[str] = set()
        self._left = asyncio.Event()
        self._last_finished = time.monotonic()

    @property
    def in_flight(self) -> int:
        """How many vehicles are at work at the site."""
        return len(self._in_flight)

    async def acquire(self, vehicle: Vehicle) -> None:
        """Return when the vehicle may go to the site. Raises CloseSpider, as the gate does."""
        while True:
            while self._is_taken:
                self._left.clear()
                await self._left.wait()
            await self._circuit_breaker.acquire()
            if not self._is_taken:
                break
            self._circuit_breaker.release()
        # Nothing was awaited since: two must not find the site empty.
        others = dict(self._in_flight)
        for key in others:
            self._overlapping[key][vehicle.key] = vehicle
        self._in_flight[vehicle.key] = vehicle
        self._overlapping[vehicle.key] = others

    @property
    def _is_taken(self) -> bool:
        return self.serialized and bool(self._in_flight)

    def finish(self, vehicle: Vehicle) -> None:
        """Note that the vehicle's try has ended, whatever came of it."""
        self._last_finished = time.monotonic()
        self._in_flight.pop(vehicle.key, None)
        self._overlapping.pop(vehicle.key, None)
        self._circuit_breaker.release()
        self._left.set()

    def record_success(self, vehicle: Vehicle) -> None:
        """Note a try that brought the report: site and browser work."""
        self._circuit_breaker.record_success()
        self._streak.clear()
        self._cross_talk.discard(vehicle.key)
        self._level = 0

    def record_failure(self, vehicle: Vehicle, error: Exception) -> bool:
        """Whether the vehicle had nothing to do with the failure of its try, and gets it back."""
        if self._circuit_breaker.record_failure(error):
            return True
        if self._is_cross_talk(vehicle, error):
            self._note_cross_talk(vehicle)
            return True
        self._streak[vehicle.key] = _weight(error)
        if sum(self._streak.values()) >= self._config.failures_in_a_row:
            self._escalate(OwnText(f"{len(self._streak)} vehicles failed in a row"))
        # A site that goes down cuts what is under way: no vehicle has to do with that.
        return isinstance(error, ConnectionFailed)

    # Many failures in a row

    def _escalate(self, why: OwnText) -> None:
        """Take the next, stronger measure."""
        self._streak.clear()
        self._level += 1
        pause = jittered(self._config.recovery_pause * _GROWTH ** (self._level - 1))
        if self._level == 1:
            logger.warning("%s: replacing all contexts, after %.0f s", why, pause)
            self._crawler.signals.send_catch_log(signals.recycle_contexts)
            note(self._crawler, "contexts_recycled", f"{why}: all contexts were replaced")
            self._count("contexts")
        elif self._level == 2:
            logger.warning("%s: restarting the browser, after %.0f s", why, pause)
            self._crawler.signals.send_catch_log(signals.restart_browser)
            note(self._crawler, "browser_restarted", f"{why}: the browser was restarted")
            self._count("browser")
        else:
            logger.error("%s, whatever was done about it: the run ends", why)
            self._count("end")
            self._end("too_many_failures")
            return
        self._circuit_breaker.pause(pause, "many failures in a row")

    def _count(self, measure: str) -> None:
        self._crawler.stats.inc_value("jdp/recovery_count")
        self._crawler.stats.inc_value(f"jdp/recovery_count/{measure}")

    # Vehicles that disturb each other

    def _is_cross_talk(self, vehicle: Vehicle, error: Exception) -> bool:
        """Whether what came is of a vehicle that was at work at the same time."""
        if not isinstance(error, (WrongVehicle, BookoutRejected)) or not error.text:
            return False
        companions = self._overlapping.get(vehicle.key, {}).values()
        return any(names_vehicle(error.text, other) for other in companions)

    def _note_cross_talk(self, vehicle: Vehicle) -> None:
        self._crawler.stats.inc_value("jdp/disturbed_count")
        self._cross_talk.add(vehicle.key)
        if self.serialized or len(self._cross_talk) < _CROSS_TALK_LIMIT:
            return
        self.serialized = True
        self._crawler.stats.set_value("jdp/one_at_a_time", 1)
        note(self._crawler, "one_at_a_time", "Vehicles disturbed each other: one at a time since")
        logger.warning(
            "Vehicles that are at work at the same time get each other's pages or reports at this "
            "site: from now on one at a time"
        )

    # Nothing finished

    def is_stuck(self) -> bool:
        """Whether nothing was finished for too long, though nothing is waited for."""
        now = time.monotonic()
        if not self._in_flight or self._circuit_breaker.waiting_for:
            self._last_finished = now
        return now - self._last_finished > self._config.stall_timeout

    def recover_from_stall(self) -> None:
        """Take the next measure; the signal `stalled` is to follow."""
        minutes = (time.monotonic() - self._last_finished) / 60
        self._last_finished = time.monotonic()
        # Nothing less would help: contexts and browser of pages that hang are past using.
        self._level = max(self._level, 1)
        self._escalate(OwnText(f"Nothing was finished for {minutes:.0f} minutes"))


def _weight(error: Exception) -> float:
    """How much a failure says that site or browser are in trouble, rather than the vehicle."""
    if isinstance(error, BookoutRejected):
        return 1 if error.reason in _NO_REPORT else 1 / _REFUSED
    if isinstance(error, SiteError):
        return _WEIGHTS.get(error.reason, 1)
    return 1 if isinstance(error, (PlaywrightError, DownloadTimeoutError)) else 0


_WEIGHTS = {"no_bookout_link": 0, "wrong_vehicle": 1 / _REFUSED, "logged_out": 0}
