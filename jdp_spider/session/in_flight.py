"""The vehicles in flight, and which of them overlapped."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from jdp_spider.pages.vehicle import names_vehicle
from jdp_spider.session.alone import AloneTrials

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from jdp_spider.inventory import Vehicle
    from jdp_spider.session.concurrency import ConcurrencyLimit


_MOST_REFUSALS = 3
"""Of those in a row with few vehicles saved between."""
_FEW_SAVED = 10
"""Vehicles. A site that refuses again before so many are saved serves one at a time, or so few in a
minute that one at a time is as fast."""


class InFlightVehicles:
    """Knows which attempts are in flight, and detects cross-talk between them.

    Invariant: `serialized`, once set, stays, and then at most one vehicle is in flight.
    """

    def __init__(self, limit: ConcurrencyLimit | None = None) -> None:
        """Let as many vehicles be in flight as there are contexts, or as `limit` says."""
        self._limit = limit
        self.serialized = False
        """True if vehicles go to the site one at a time."""
        self.trials = AloneTrials()
        self._vehicles: dict[str, Vehicle] = {}
        self._overlapping: dict[str, dict[str, Vehicle]] = {}
        """By vehicle in flight: all that were in flight at any time during its attempt."""
        self._freed = asyncio.Event()
        self.last_finished = time.monotonic()
        """Seconds on the monotonic clock."""
        self._since = 0.0
        self._seconds = 0.0
        self._saved = 0
        """Vehicles saved since the site last refused one of several."""
        self._refusals = 0
        """Such refusals in a row with few vehicles saved between."""

    @property
    def seconds(self) -> float:
        """Return for how long any vehicle was in flight: waits and logins do not count."""
        return self._seconds + (time.monotonic() - self._since if self._vehicles else 0.0)

    def __len__(self) -> int:
        return len(self._vehicles)

    @property
    def keys(self) -> frozenset[str]:
        """The keys of these vehicles."""
        return frozenset(self._vehicles)

    async def acquire(
        self,
        vehicle: Vehicle,
        admit: Callable[[], Coroutine[Any, Any, None]],
        release: Callable[[], None],
        *,
        alone: bool = False,
    ) -> None:
        """Return when `admit` has let the vehicle pass and its turn has come.

        Call `release` for each admission that is not used. Raise whatever `admit` raises. `alone`
        asks for a turn with nothing else in flight, unless trials alone have failed lately.
        """
        if alone:
            self.trials.claim(vehicle.key)
        try:
            while True:
                while self._is_full(vehicle):
                    self._freed.clear()
                    await self._freed.wait()
                await admit()
                if not self._is_full(vehicle):
                    break
                release()
            # Nothing is awaited in between: two must not find the site empty.
            self._begin(vehicle)
        finally:
            if alone:
                self.trials.drop_claim(vehicle.key)
                self._freed.set()

    def _begin(self, vehicle: Vehicle) -> None:
        others = dict(self._vehicles)
        if not others:
            self._since = time.monotonic()
        for key in others:
            self._overlapping[key][vehicle.key] = vehicle
        self._vehicles[vehicle.key] = vehicle
        self._overlapping[vehicle.key] = others
        if not self.serialized:
            self.trials.begin(vehicle.key)

    def _is_full(self, vehicle: Vehicle) -> bool:
        if self.serialized:
            return bool(self._vehicles)
        if self.trials.is_pending:
            return bool(self._vehicles) or not self.trials.is_next(vehicle.key)
        return self._limit is not None and len(self._vehicles) >= self._limit.limit

    def finish(self, vehicle: Vehicle) -> None:
        """Note the end of the vehicle's attempt, whatever its result."""
        self.last_finished = time.monotonic()
        self._seconds = self.seconds
        self._since = self.last_finished
        self._vehicles.pop(vehicle.key, None)
        self._overlapping.pop(vehicle.key, None)
        self.trials.finish(vehicle.key)
        self._freed.set()

    def was_beside_others(self, vehicle: Vehicle) -> bool:
        """Return True if others were in flight at any time during the vehicle's attempt."""
        return bool(self._overlapping.get(vehicle.key))

    def is_cross_talk(self, vehicle: Vehicle, text: str) -> bool:
        """Return True if `text`, received for `vehicle`, names another that was in flight then."""
        overlapping = self._overlapping.get(vehicle.key, {}).values()
        return bool(text) and any(names_vehicle(text, other) for other in overlapping)

    def record_success(self, vehicle: Vehicle) -> bool:
        """Note that a vehicle was saved.

        Return True if trials alone leave no doubt that one at a time is needed.
        """
        self._saved += 1
        beside_others = self.was_beside_others(vehicle)
        is_sure = self.trials.succeed(vehicle.key, beside_others=beside_others)
        return is_sure and not self.serialized

    def record_failure(self, vehicle: Vehicle) -> None:
        """Note a failure that others in flight may have caused, if there were any."""
        self.trials.fail(vehicle.key, beside_others=self.was_beside_others(vehicle))

    def are_too_many(self) -> bool:
        """Note that the site refused a vehicle, as it has had too many requests.

        Return True once there is no doubt that one at a time is what it serves.
        """
        # One that refuses everything for now says nothing about several at a time.
        if self.serialized or len(self) < 2 or not self._saved:
            return False
        self._refusals = self._refusals + 1 if self._saved < _FEW_SAVED else 0
        self._saved = 0
        return self._refusals >= _MOST_REFUSALS
