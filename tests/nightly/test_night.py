from __future__ import annotations

import time as clock
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from jdp_spider.group.runner import Stop
from jdp_spider.job.ending import Ending
from jdp_spider.nightly.night import Hours, Night, minutes_to_next_try
from jdp_spider.nightly.record import NightRecord
from jdp_spider.reasons import CloseReason, ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START = datetime(2026, 11, 26, 20, 0).astimezone()
FINE = Ending(ExitStatus.COMPLETE, CloseReason.FINISHED)
FAILED = Ending(ExitStatus.SOME_FAILED, CloseReason.FINISHED)
AWAY = Ending(ExitStatus.SITE_TROUBLE, CloseReason.SITE_UNREACHABLE)
BUSY = Ending(ExitStatus.IN_USE, CloseReason.ACCOUNT_IN_USE)
CRASH = Ending(ExitStatus.UNEXPECTED)


class FakeSystem:
    """A clock that only a wait and a crawl move."""

    def __init__(self, now: datetime = START) -> None:
        self.at = now
        self.on_sleep: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.on_sleep()


class Story:
    """A night whose crawls end as scripted, each after ten minutes."""

    def __init__(self, *ends: Ending, tries: int = 4, until: time | None = None) -> None:
        self.ends = list(ends)
        self.system = FakeSystem()
        self.hours = Hours.of(START, time(20), until)
        self.stop = Stop()
        self.starts: list[str] = []
        self.said: list[str] = []
        self.kept: list[int] = []
        self.record = NightRecord("crawls/2026-11-26", "then")
        self._tries = tries

    def crawl(self) -> Ending:
        self.starts.append(f"{self.system.at:%H:%M}")
        self.system.at += timedelta(minutes=10)
        return self.ends.pop(0)

    def work(self) -> Ending:
        night = Night(
            self.record, self.hours, self._tries, self.stop, self.said.append, self.system
        )
        return night.work(self.crawl, lambda: self.kept.append(len(self.record.tries)))


@pytest.mark.parametrize(
    ("ends", "starts"),
    [
        ([FINE], ["20:00"]),
        ([AWAY, CRASH, FINE], ["20:00", "20:25", "20:50"]),
        ([BUSY, FAILED, FINE], ["20:00", "20:40", "21:05"]),
        ([FAILED] * 4, ["20:00", "20:25", "20:50", "21:15"]),
    ],
)
def test_night_retries_after_the_pause_for_the_status(
    ends: list[Ending], starts: list[str]
) -> None:
    story = Story(*ends)
    assert (story.work(), story.starts) == (ends[-1], starts)
    found = [(each.status, each.reason) for each in story.record.tries]
    assert found == [(each.status, each.reason or "") for each in ends]
    assert story.kept == list(range(1, len(ends) + 1))


@pytest.mark.parametrize(
    "end",
    [
        Ending(ExitStatus.LOGIN_REFUSED, CloseReason.LOGIN_REFUSED),
        Ending(ExitStatus.USAGE),
        Ending(ExitStatus.SITE_TROUBLE, CloseReason.SITE_CHANGED),
        Ending(ExitStatus.SITE_TROUBLE, CloseReason.UNKNOWN_PAGE),
        Ending(ExitStatus.SITE_TROUBLE, CloseReason.SITE_MOVED),
        Ending(ExitStatus.INTERRUPTED, CloseReason.STOP_FILE),
    ],
)
def test_failure_that_needs_a_person_is_not_retried(end: Ending) -> None:
    story = Story(end, FINE)
    assert (story.work(), story.starts) == (end, ["20:00"])


def test_every_status_and_close_reason_has_a_retry_rule() -> None:
    again = {status for status in ExitStatus if minutes_to_next_try(status, None)}
    assert again == {1, 3, 5, 6}
    assert not any(minutes_to_next_try(ExitStatus.LOGIN_REFUSED, each) for each in CloseReason)
    assert minutes_to_next_try(ExitStatus.SITE_TROUBLE, CloseReason.LOGIN_POSTPONED) == 60


@pytest.mark.parametrize(
    ("tries", "until", "last"),
    [
        (2, None, "That was the last try"),
        (9, time(20, 40), "The next try would begin after 20:40: there is none"),
    ],
)
def test_night_ends_after_its_tries_or_hours(tries: int, until: time | None, last: str) -> None:
    story = Story(*[AWAY] * 9, tries=tries, until=until)
    assert (story.work(), story.starts, story.said[-1]) == (AWAY, ["20:00", "20:25"], last)


def test_night_past_its_end_makes_no_try() -> None:
    story = Story(FINE, until=time(6))
    story.system.at += timedelta(hours=11)
    assert story.work() == Ending(ExitStatus.INTERRUPTED)
    assert (story.starts, story.record.tries) == ([], [])


def test_a_request_to_end_ends_the_wait_for_another_try() -> None:
    story = Story(AWAY, FINE)
    story.system.on_sleep = story.stop.ask
    assert (story.work(), story.starts) == (AWAY, ["20:00"])


def test_a_request_to_end_during_the_crawl_ends_the_night() -> None:
    story = Story(AWAY, FINE)
    story.stop.ask()
    assert (story.work(), story.starts) == (AWAY, ["20:00"])


@pytest.mark.parametrize(
    ("now", "begins", "until", "day", "over"),
    [
        ("26 20:00", "20:00", "06:00", 26, "27 06:00"),
        ("27 03:00", "20:00", "06:00", 26, "27 06:00"),
        # A computer that was off: the night is that of the day before.
        ("27 09:00", "20:00", "06:00", 26, "27 06:00"),
        # A scheduler whose clock is somewhat early.
        ("26 19:58", "20:00", "06:00", 26, "27 06:00"),
        ("26 10:00", "10:00", "14:00", 26, "26 14:00"),
        ("26 00:00", "00:00", "00:00", 26, "27 00:00"),
        ("26 11:00", "12:00", None, 25, None),
    ],
)
def test_night_is_dated_by_the_day_it_begins(
    now: str, begins: str, until: str | None, day: int, over: str | None
) -> None:
    def at(text: str) -> datetime:
        return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").astimezone()

    until_time = time.fromisoformat(until) if until else None
    hours = Hours.of(at(now), time.fromisoformat(begins), until_time)
    assert (hours.day.day, hours.until) == (day, at(over) if over else None)


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clocks of a zone that changes them."""
    if not hasattr(clock, "tzset"):
        pytest.skip("This system has one zone for all programs")
    # In this form it needs no database of zones.
    monkeypatch.setenv("TZ", "EST5EDT,M3.2.0,M11.1.0")
    clock.tzset()
    yield
    monkeypatch.undo()
    clock.tzset()


@pytest.mark.usefixtures("new_york")
@pytest.mark.parametrize(
    ("day", "began", "over"),
    [
        ("2026-03-07", "2026-03-07T20:00:00-05:00", "2026-03-08T06:00:00-04:00"),
        ("2026-10-31", "2026-10-31T20:00:00-04:00", "2026-11-01T06:00:00-05:00"),
        ("2026-11-26", "2026-11-26T20:00:00-05:00", "2026-11-27T06:00:00-05:00"),
    ],
)
def test_night_in_which_the_clocks_change_keeps_its_times(day: str, began: str, over: str) -> None:
    evening = datetime.fromisoformat(f"{day}T20:00").astimezone()
    for now in (evening, evening + timedelta(hours=9), evening + timedelta(hours=14)):
        hours = Hours.of(now.astimezone(), time(20), time(6))
        assert hours.until is not None
        assert (hours.begins.isoformat(), hours.until.isoformat()) == (began, over)
