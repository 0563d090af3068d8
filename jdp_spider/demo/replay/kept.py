"""A report that the site keeps for some seconds and gives to whoever asks, as recorded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Report(NamedTuple):
    """A recorded report: the vehicle that it was asked for, and the one that it is of."""

    number: int
    """Of its exchange."""
    at_s: float
    asked: int
    shown: int


def kept_seconds(reports: Iterable[Report]) -> tuple[float, list[int]]:
    """Return how long the site keeps a report, and the exchanges that got another vehicle's.

    Return 0 and none where the recording shows no end of it: no later request for the same vehicle
    brought its own.
    """
    made: dict[int, float] = {}
    waiting: dict[int, Report] = {}
    others: list[int] = []
    shortest, longest = 0.0, float("inf")
    for report in reports:
        if report.shown == report.asked:
            if (last := waiting.pop(report.asked, None)) is not None:
                shortest = max(shortest, last.at_s - made[last.shown])
                longest = min(longest, report.at_s - made[last.shown])
            made[report.asked] = report.at_s
        elif report.shown in made:
            others.append(report.number)
            waiting[report.asked] = report
    if waiting or not others:
        return 0.0, []
    return (shortest + max(shortest, longest)) / 2, others


class KeptReport:
    """The report that was made last, for as long as the site gives it to whoever asks."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._now = seconds, now
        self._until, self._pdf = float("-inf"), b""

    @property
    def pdf(self) -> bytes:
        """Return the kept report; empty: a new one is made."""
        return self._pdf if self._now() < self._until else b""

    def keep(self, pdf: bytes) -> None:
        """Keep a report that was made now."""
        self._until, self._pdf = self._now() + self._seconds, pdf
