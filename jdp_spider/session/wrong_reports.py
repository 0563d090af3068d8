"""Waits after reports of other vehicles, which a site may keep for some seconds."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING

from jdp_spider.session.circuit_breaker import jittered

if TYPE_CHECKING:
    from jdp_spider.inventory import Vehicle
    from jdp_spider.session.circuit_breaker import CircuitBreaker

_GROWTH = 3
"""Factor by which each wait exceeds the one before."""
_LONGEST_S = 60.0
_STEADY = 20
"""Vehicles saved in a row after which a shorter distance is tried."""
_LOOK_S = 1.0


class WrongReports:
    """Lets a vehicle wait that got the report of another one, and all vehicles if need be.

    A server's cache, or another one on the way, may give the report that was made last whatever
    was asked for. That passes with time, not with another request. Where it happens though nothing
    else was in flight, the vehicle before is the cause: then each vehicle keeps a distance to it.
    """

    def __init__(self, circuit_breaker: CircuitBreaker, first_wait_s: float) -> None:
        self._circuit_breaker = circuit_breaker
        self._first_wait_s = first_wait_s
        self._counts: Counter[str] = Counter()
        """Wrong reports in a row, by vehicle."""
        self._not_before: dict[str, float] = {}
        """When a vehicle may be tried again, on the monotonic clock."""
        self._distance_s = 0.0
        """How long all vehicles wait after one that was alone."""
        self._right = 0
        """Vehicles saved in a row with this distance."""

    async def wait(self, vehicle: Vehicle) -> None:
        """Return when the vehicle may be tried again, or the run is to end."""
        until = self._not_before.get(vehicle.key, 0.0)
        while not self._circuit_breaker.is_ending():
            # Short sleeps, because the end of the run sets no event here.
            left = until - time.monotonic()
            if left <= 0:
                return
            await asyncio.sleep(min(left, _LOOK_S))

    def note(self, vehicle: Vehicle, *, alone: bool) -> None:
        """Note that the vehicle got another one's report, which was not in flight.

        `alone`: neither was any other.
        """
        self._counts[vehicle.key] += 1
        wait = self._first_wait_s * _GROWTH ** (self._counts[vehicle.key] - 1)
        self._not_before[vehicle.key] = time.monotonic() + jittered(min(wait, _LONGEST_S))
        if alone:
            self._right = 0
            self._distance_s = max(self._first_wait_s, self._distance_s * _GROWTH)
            self._distance_s = min(self._distance_s, _LONGEST_S)
            self._keep_distance()

    def record_success(self, vehicle: Vehicle, *, alone: bool) -> None:
        """Note a saved vehicle. `alone`: no other was in flight."""
        self._counts.pop(vehicle.key, None)
        if not alone or not self._distance_s:
            return
        self._right += 1
        if self._right >= _STEADY:
            self._right = 0
            is_shortest = self._distance_s <= self._first_wait_s
            self._distance_s = 0.0 if is_shortest else self._distance_s / _GROWTH
        self._keep_distance()

    def _keep_distance(self) -> None:
        if self._distance_s:
            why = "else the site gives the report of the vehicle before"
            self._circuit_breaker.pause(self._distance_s, why)
