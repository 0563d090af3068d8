"""Vehicles of the inventory of which the grid says nothing: a list or a filter may hide them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jdp_spider.inventory import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jdp_spider.inventory import Vehicle

_FEW = 3
_SHARE = 0.05
"""Vehicles up to these are usual: they were sold since the export."""


class UnseenVehicles:
    """The vehicles that no page of the grid has named, be it with or without a bookout link."""

    def __init__(self, vehicles: Sequence[Vehicle]) -> None:
        # What only a reference says to be a vehicle may be none.
        self._left = {vehicle.key: vehicle for vehicle in vehicles if vehicle.certain}
        self._usual = max(_FEW, len(self._left) * _SHARE)

    def take(self, vehicle: Vehicle) -> None:
        """Note that the grid has a row of the vehicle."""
        self._left.pop(vehicle.key, None)

    def take_named(self, text: str) -> None:
        """Note the vehicles that the text of a page of the grid names anywhere."""
        shown = normalise(text)
        in_capitals = shown.upper()
        for vehicle in list(self._left.values()):
            is_shown = bool(vehicle.vin) and vehicle.vin in in_capitals
            if is_shown or _has_word(shown, normalise(vehicle.reference)):
                self.take(vehicle)

    @property
    def hidden(self) -> int:
        """How many these are once the whole grid was read; 0 where that is usual."""
        return len(self._left) if len(self._left) > self._usual else 0


def _has_word(text: str, word: str) -> bool:
    """Return whether the text has the word, and not only as a part of another."""
    # The first look is far cheaper, and there are thousands.
    return word in text and bool(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text))
