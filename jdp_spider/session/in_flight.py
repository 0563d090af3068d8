"""The vehicles that are at work at the site now, and which of them overlapped."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from jdp_spider.pages.vehicle import names_vehicle

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from jdp_spider.inventory import Vehicle


class InFlightVehicles:
    """Knows which attempts are in flight, and detects cross-talk between them.

    Invariant: `serialized` never goes back, and then at most one vehicle is in flight.
    """

    def __init__(self) -> None:
        self.serialized = False
        """Whether vehicles go to the site one at a time."""
        self._vehicles: dict[str, Vehicle] = {}
        self._overlapping: dict[str, dict[str, Vehicle]] = {}
        """By vehicle in flight: who was in flight at any time during this attempt."""
        self._freed = asyncio.Event()
        self.last_finished = time.monotonic()
        """On the monotonic clock."""

    def __len__(self) -> int:
        return len(self._vehicles)

    async def acquire(
        self,
        vehicle: Vehicle,
        admit: Callable[[], Coroutine[Any, Any, None]],
        release: Callable[[], None],
    ) -> None:
        """Return when the vehicle may go to the site: `admit` let it pass, and its turn has come.

        Call `release` for each admission that is not used. Raises what `admit` does.
        """
        while True:
            while self._is_full:
                self._freed.clear()
                await self._freed.wait()
            await admit()
            if not self._is_full:
                break
            release()
        # Nothing is awaited in between: two must not find the site empty.
        others = dict(self._vehicles)
        for key in others:
            self._overlapping[key][vehicle.key] = vehicle
        self._vehicles[vehicle.key] = vehicle
        self._overlapping[vehicle.key] = others

    @property
    def _is_full(self) -> bool:
        return self.serialized and bool(self._vehicles)

    def finish(self, vehicle: Vehicle) -> None:
        """Note that the vehicle's attempt has ended, whatever its result."""
        self.last_finished = time.monotonic()
        self._vehicles.pop(vehicle.key, None)
        self._overlapping.pop(vehicle.key, None)
        self._freed.set()

    def is_cross_talk(self, vehicle: Vehicle, text: str) -> bool:
        """Return whether the text that came for `vehicle` names one that was in flight with it."""
        overlapping = self._overlapping.get(vehicle.key, {}).values()
        return bool(text) and any(names_vehicle(text, other) for other in overlapping)
