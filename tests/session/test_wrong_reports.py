from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from jdp_spider.session import wrong_reports
from jdp_spider.session.wrong_reports import WrongReports
from tests.support.factories import vehicle

ONE, TWO = vehicle("1", 1), vehicle("2", 2)


class Waits:
    """WrongReports with a clock of its own, and what they asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.ending = False
        self.pauses: list[float] = []
        breaker: Any = SimpleNamespace(
            is_ending=lambda: self.ending, pause=lambda seconds, _: self.pauses.append(seconds)
        )
        self.reports = WrongReports(breaker, 5.0)
        monkeypatch.setattr(wrong_reports, "jittered", lambda seconds: seconds)
        clock = SimpleNamespace(monotonic=lambda: self.now)
        monkeypatch.setattr(wrong_reports, "time", clock)
        monkeypatch.setattr(wrong_reports, "asyncio", SimpleNamespace(sleep=self._sleep))

    async def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def of(self, waiting: Any) -> float:
        """Return how long a vehicle waits."""
        began = self.now
        asyncio.run(self.reports.wait(waiting))
        return round(self.now - began, 6)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    return Waits(monkeypatch)


def test_vehicle_waits_longer_after_each_report_of_another_one(waits: Waits) -> None:
    seconds = []
    for _ in range(5):
        waits.reports.note(ONE, alone=False)
        seconds += [waits.of(ONE), waits.of(ONE), waits.of(TWO)]
    assert seconds == [5, 0, 0, 15, 0, 0, 45, 0, 0, 60, 0, 0, 60, 0, 0]
    waits.reports.record_success(ONE, alone=False)
    waits.reports.note(ONE, alone=False)
    assert (waits.of(ONE), waits.pauses) == (5, [])


def test_wait_ends_with_the_run(waits: Waits) -> None:
    waits.reports.note(ONE, alone=False)
    waits.ending = True
    assert waits.of(ONE) == 0


def test_wrong_report_of_a_vehicle_that_was_alone_makes_all_keep_a_distance(waits: Waits) -> None:
    waits.reports.note(ONE, alone=True)
    waits.reports.record_success(TWO, alone=True)
    waits.reports.note(ONE, alone=True)
    assert waits.pauses == [5, 5, 15]
    # It shrinks again while all goes well, and parallel vehicles keep none.
    waits.reports.record_success(TWO, alone=False)
    for _ in range(50):
        waits.reports.record_success(TWO, alone=True)
    assert waits.pauses == [5, 5, 15, *[15] * 19, *[5] * 20]
