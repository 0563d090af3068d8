"""The measures against failures: pauses, new contexts, a new browser, one at a time, the end."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from jdp_spider import signals
from jdp_spider.failures import FailureKind
from jdp_spider.job.events import note
from jdp_spider.pages.errors import one_line
from jdp_spider.reasons import CloseReason
from jdp_spider.session.circuit_breaker import jittered
from jdp_spider.session.in_flight import InFlightVehicles
from jdp_spider.session.wrong_reports import WrongReports
from jdp_spider.utils.redaction import OwnText
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler

    from jdp_spider.config.options import Config
    from jdp_spider.failures import Failure
    from jdp_spider.inventory import Vehicle
    from jdp_spider.session.concurrency import ConcurrencyLimit
    from jdp_spider.session.session import Session

logger = logging.getLogger(__name__)

_CROSS_TALK_LIMIT = 3
"""Number of cases of cross-talk that cannot be a coincidence."""
_SLEPT_S = 60.0
"""Between two looks, which are 5 s apart: so long, the computer has slept. On Windows the clock of
time limits goes on meanwhile."""
_MEASURES = 2
"""Of those against many failures in a row, before the run ends: contexts, then the browser."""
_GROWTH = 3
"""Factor by which each pause exceeds the one before."""


class RecoveryPolicy:
    """Admits vehicles to the site, and takes measures after failed attempts.

    - A streak of failures: contexts are recycled, then the browser is restarted, then the run
      ends; with growing pauses.
    - Cross-talk, or vehicles that fail beside others only: from then on one vehicle at a time.
    - Reports of vehicles that are not in flight: waits (WrongReports).
    - Nothing finished for a long time: what is in flight is cancelled, then the run ends.
    """

    def __init__(
        self,
        crawler: Crawler,
        config: Config,
        session: Session,
        end: Callable[[CloseReason], None],
        limit: ConcurrencyLimit | None = None,
    ) -> None:
        self._crawler = crawler
        self._config = config
        self._circuit_breaker = session.circuit_breaker
        self._end = end
        self.limit = limit
        self.in_flight = InFlightVehicles(limit)
        self._wrong_reports = WrongReports(self._circuit_breaker, config.recovery_pause / 2)
        self._begun_at: dict[str, int] = {}
        """The limit when a vehicle in flight began, by its key."""
        self._streak: dict[str, Failure] = {}
        """The failures in a row, by vehicle."""
        self._level = 0
        self._cross_talk: set[str] = set()
        self._looked_at = time.monotonic()
        self._slept: frozenset[str] = frozenset()
        """The vehicles that were in flight when the computer slept, by their keys."""
        crawler.signals.connect(self._cookies_rotate, signals.cookies_rotate)

    async def acquire(self, vehicle: Vehicle, *, alone: bool = False) -> None:
        """Return when the vehicle may go to the site. Raise RunEnded if the breaker does.

        `alone`: it has failed beside others, and is better tried with nothing else in flight.
        """
        await self._wrong_reports.wait(vehicle)
        breaker = self._circuit_breaker
        await self.in_flight.acquire(vehicle, breaker.acquire, breaker.release, alone=alone)
        if self.limit is not None:
            self._begun_at[vehicle.key] = self.limit.limit

    def finish(self, vehicle: Vehicle) -> None:
        """Note the end of the vehicle's attempt, whatever its result."""
        self._begun_at.pop(vehicle.key, None)
        # However this one ended, the next attempt has not slept.
        self._slept -= {vehicle.key}
        self.in_flight.finish(vehicle)
        self._circuit_breaker.release()

    def record_success(
        self, vehicle: Vehicle, seconds: float = 0.0, *, direct: bool = False
    ) -> None:
        """Note an attempt that brought the bookout: site and browser work.

        `seconds` is its duration. `direct` says that the vehicle's page was not opened.
        """
        if self.limit is not None and vehicle.key in self._begun_at:
            begun_at = self._begun_at[vehicle.key]
            self.limit.succeed(begun_at, len(self.in_flight), seconds, direct=direct)
        self._circuit_breaker.record_success()
        self._circuit_breaker.has_served = True
        alone = not self.in_flight.was_beside_others(vehicle)
        self._wrong_reports.record_success(vehicle, alone=alone)
        if self.in_flight.record_success(vehicle):
            self._go_one_at_a_time("Vehicles failed beside others: one at a time since")
            logger.warning(
                "Vehicles that are at work at the same time fail at this site, and those alone are "
                "saved: from now on one at a time"
            )
        self._streak.clear()
        self._cross_talk.discard(vehicle.key)
        self._level = 0

    def record_failure(self, vehicle: Vehicle, failure: Failure) -> bool:
        """Note a failed attempt and take the measures that it calls for.

        Return True if it was cross-talk, or the computer slept: the vehicle did not cause that.
        """
        self._note_sleep()
        self._circuit_breaker.record_failure(failure)
        if failure.may_be_of_sleep and vehicle.key in self._slept:
            self._slept -= {vehicle.key}
            return True
        if self._asks_for_less(vehicle, failure):
            return True
        if failure.is_too_many and self.limit is None and self.in_flight.are_too_many():
            self._go_one_at_a_time("The site refused several vehicles at a time: one since")
            logger.warning(
                "The site refuses vehicles that are at work at the same time (429): from now on "
                "one at a time"
            )
        is_busy = failure.is_busy and len(self.in_flight) > 1
        if is_busy or self.in_flight.is_cross_talk(vehicle, failure.shown):
            self._note_cross_talk(vehicle)
            return True
        if failure.is_of_another:
            alone = not self.in_flight.was_beside_others(vehicle)
            self._wrong_reports.note(vehicle, alone=alone)
        if failure.may_be_of_others:
            self.in_flight.record_failure(vehicle)
        if failure.streak_weight is not None:
            self._streak[vehicle.key] = failure
            weight = sum(each.streak_weight or 0.0 for each in self._streak.values())
            is_tried = not self.in_flight.trials.is_pending
            if weight >= self._config.failures_in_a_row and is_tried:
                self._end_streak(failure)
        return False

    def _asks_for_less(self, vehicle: Vehicle, failure: Failure) -> bool:
        """Lower the limit if the site is to blame. Return True if fewer at a time may be enough."""
        if self.limit is None or vehicle.key not in self._begun_at:
            return False
        begun_at = self._begun_at[vehicle.key]
        if failure.is_busy or failure.is_overload:
            self.limit.fail(begun_at, refused=True)
            return failure.is_busy and begun_at > 1
        if failure.site_is_slow:
            self.limit.fail(begun_at, refused=False)
        return False

    # Many failures in a row

    def _end_streak(self, last: Failure) -> None:
        """Take the next measure, except for the end where the site is only awaited."""
        kinds = {each.kind for each in self._streak.values()}
        if self._level >= _MEASURES and kinds == {FailureKind.CONNECTION_LOST}:
            self._streak.clear()
            return
        self._escalate(OwnText(f"{len(self._streak)} vehicles failed in a row"), last)

    def _escalate(self, why: OwnText, last: Failure | None = None) -> None:
        """Take the next, stronger measure; `last` is the failure after which it is taken."""
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
            said = f"; the last one: {_words(last)}" if last is not None else ""
            logger.error("%s, in spite of all measures: the run ends%s", why, said)
            self._count("end")
            self._end(CloseReason.TOO_MANY_FAILURES)
            return
        self._circuit_breaker.pause(pause, "many failures in a row")

    def _count(self, measure: str) -> None:
        self._crawler.stats.inc_value("jdp/recovery_count")
        self._crawler.stats.inc_value(f"jdp/recovery_count/{measure}")

    # Vehicles that disturb each other

    def _note_cross_talk(self, vehicle: Vehicle) -> None:
        self._crawler.stats.inc_value("jdp/disturbed_count")
        self._cross_talk.add(vehicle.key)
        if self.in_flight.serialized or len(self._cross_talk) < _CROSS_TALK_LIMIT:
            return
        self._go_one_at_a_time("Vehicles disturbed each other: one at a time since")
        logger.warning(
            "Vehicles that are at work at the same time get each other's pages or reports at this "
            "site, or are refused: from now on one at a time"
        )

    def _cookies_rotate(self) -> None:
        self._go_one_at_a_time("The site gave new cookies with each answer: one at a time since")
        logger.warning(
            "The site gives a new session cookie with each answer, and the old one is of no use "
            "then: from now on one page at a time, which takes longer"
        )

    def _go_one_at_a_time(self, text: str) -> None:
        self.in_flight.serialized = True
        if self.limit is not None:
            self.limit.settle_at_one()
        self._crawler.stats.set_value("jdp/one_at_a_time", 1)
        note(self._crawler, "one_at_a_time", text)

    # Nothing finished

    def _note_sleep(self) -> None:
        """Begin to count anew what the computer has slept through."""
        now = time.monotonic()
        gap, self._looked_at = now - self._looked_at, now
        if gap <= _SLEPT_S:
            return
        logger.info("The computer seems to have slept for %.0f minutes", gap / 60)
        self.in_flight.last_finished = now
        self._slept = self.in_flight.keys
        self._circuit_breaker.move_on(gap)

    def is_stuck(self) -> bool:
        """Return True if nothing finished for too long, though the run waits for nothing."""
        self._note_sleep()
        now = time.monotonic()
        if not self.in_flight or self._circuit_breaker.waiting_for:
            self.in_flight.last_finished = now
        return now - self.in_flight.last_finished > self._config.stall_timeout

    def recover_from_stall(self) -> None:
        """Take the next measure; the signal `stalled` must follow."""
        minutes = (time.monotonic() - self.in_flight.last_finished) / 60
        self.in_flight.last_finished = time.monotonic()
        # Nothing less would help: contexts and browser of hanging pages are unusable.
        self._level = max(self._level, 1)
        self._escalate(OwnText(f"Nothing was finished for {minutes:.0f} minutes"))


def _words(failure: Failure) -> str:
    """Return what was found, such as the words of a page that came instead of a report."""
    is_rejected = failure.kind is FailureKind.BOOKOUT_REJECTED
    return to_ascii(str(failure.error)) if is_rejected else one_line(failure.error)
