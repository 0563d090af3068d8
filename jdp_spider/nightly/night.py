"""One night: its crawl, and its further tries until nothing more is to be gained."""

from __future__ import annotations

import time as clock
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.config import credentials
from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.group.crawl_process import FROZEN, ChildCrawl
from jdp_spider.job.ending import END, Ending, read_ending
from jdp_spider.nightly.record import Try, how
from jdp_spider.reasons import FOR_A_PERSON, CloseReason, ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jdp_spider.group.runner import Stop
    from jdp_spider.nightly.record import NightRecord

_LOOK_S = 0.5
_EARLY = timedelta(minutes=5)
"""How much too early a scheduler's clock may be."""
_POSTPONED_MIN = 60
"""Minutes after a login that the site did not take: each further one sends the password."""


def minutes_to_next_try(status: ExitStatus, close_reason: CloseReason | None) -> int | None:
    """Return how long a night waits before it tries once more; None if it does not."""
    if status.again_min is None or close_reason in FOR_A_PERSON:
        return None
    is_postponed = close_reason is CloseReason.LOGIN_POSTPONED
    return _POSTPONED_MIN if is_postponed else status.again_min


class Hours(NamedTuple):
    """When a night begins, and when it is over."""

    begins: datetime
    until: datetime | None

    @classmethod
    def of(cls, now: datetime, begins: time, until: time | None) -> Hours:
        """Return those of the night that has begun last: it may have been missed until now.

        Its times are local ones, also where the clocks are changed during the night.
        """
        # Without a zone until the end: `now` has only the offset of this moment.
        begin = datetime.combine(now.astimezone().date(), begins)
        if begin.astimezone() > now + _EARLY:
            begin -= timedelta(days=1)
        if until is None:
            return cls(begin.astimezone(), None)
        end = datetime.combine(begin.date(), until)
        end += timedelta(days=int(end <= begin))
        return cls(begin.astimezone(), end.astimezone())

    @property
    def day(self) -> date:
        """Return the day after which its job is named: after midnight it is the one before."""
        return self.begins.date()

    def are_over(self, at: datetime) -> bool:
        """Return True if no try may begin, or continue, at this time."""
        return self.until is not None and at >= self.until


class System:
    """The clock of a night, and the wait for it."""

    def now(self) -> datetime:
        """Return the local time with its zone."""
        return datetime.now().astimezone()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        clock.sleep(seconds)


class Night:
    """Starts a crawl, and others after it as long as the end of the last one is worth it."""

    def __init__(
        self,
        record: NightRecord,
        hours: Hours,
        tries: int,
        stop: Stop,
        say: Callable[[str], None],
        system: System,
    ) -> None:
        self._record = record
        self._hours = hours
        self._tries = tries
        self._stop = stop
        self._say = say
        self._system = system

    def work(self, crawl: Callable[[], Ending], keep: Callable[[], None]) -> Ending:
        """Do the night's work with `crawl`, and return how its last crawl ended.

        `keep` is called when the record has changed.
        """
        end = Ending(ExitStatus.INTERRUPTED)
        for number in range(1, self._tries + 1):
            if self._hours.are_over(self._system.now()):
                self._say("This night is over: nothing is tried any more")
                break
            self._say(f"Try {number} of {self._tries}")
            started = self._stamp()
            end = crawl()
            self._record.tries.append(Try(started, self._stamp(), end.status, end.reason or ""))
            keep()
            self._say(f"Try {number} ended with {how(end)}")
            if not self._waits_for_another(number, end):
                break
        return end

    def _stamp(self) -> str:
        return self._system.now().isoformat(timespec="seconds")

    def _waits_for_another(self, number: int, end: Ending) -> bool:
        """Wait if another try is worth it. Return False if there is to be none."""
        minutes = minutes_to_next_try(end.status, end.reason)
        if self._stop.asked or end.status == ExitStatus.COMPLETE:
            return False
        if end.status == ExitStatus.INTERRUPTED:
            self._say("It was stopped: there is no other try")
            return False
        if minutes is None:
            self._say("Another try would not help: a person has to look")
            return False
        if number == self._tries:
            self._say("That was the last try")
            return False
        then = (self._system.now() + timedelta(minutes=minutes)).astimezone()
        if self._hours.are_over(then):
            self._say(f"The next try would begin after {self._hours.until:%H:%M}: there is none")
            return False
        self._say(f"The next try begins at {then:%H:%M}")
        # By the clock on the wall: a computer that slept meanwhile has waited, too.
        while self._system.now() < then and not self._stop.asked:
            self._system.sleep(_LOOK_S)
        return not self._stop.asked


class NightCrawl:
    """The crawl of a night as a child: asked once to end when the night is to."""

    def __init__(
        self, jobdir: Path, log: Path, environment: Mapping[str, str], progress_interval: float
    ) -> None:
        self._jobdir = jobdir
        self._log = log
        self._environment = environment
        self._progress_interval = progress_interval

    def run(self, stop: Stop, hours: Hours, system: System, say: Callable[[str], None]) -> Ending:
        """Start it and return how it ended. Raise OSError if it cannot be started."""
        self._jobdir.mkdir(parents=True, exist_ok=True)
        (self._jobdir / END).unlink(missing_ok=True)
        # As it would be typed in: what the crawl says about its job names it so.
        shown = self._jobdir.relative_to(PROJECT_FOLDER)
        child = ChildCrawl(shown, self._log, self._progress_interval)
        # One from the environment; without one, the crawl finds its own.
        child.start(self._environment, credentials.given("JD_PASS"))
        is_ending = False
        while (status := child.status()) is None:
            if not is_ending and (stop.asked or hours.are_over(system.now())):
                is_ending = True
                # Not into the log: on Windows the crawl, which writes there, would overwrite it.
                print("Ending: the vehicles in flight are finished, then it logs out", flush=True)
                child.end()
            elif stop.asked > 1:
                child.kill("It was ended at once")
            elif child.looks_frozen():
                child.kill(FROZEN)
            system.sleep(_LOOK_S)
        if is_ending:
            say("It was asked to end")
        if child.killed:
            say(child.killed)
        if is_ending and status == ExitStatus.UNEXPECTED:
            status = ExitStatus.INTERRUPTED
        recorded = read_ending(self._jobdir / END)
        # One that was killed, or refused before it began, has recorded nothing.
        if recorded is not None and recorded.status == status:
            return recorded
        return Ending(ExitStatus(status), CloseReason.SHUTDOWN if is_ending else None)
