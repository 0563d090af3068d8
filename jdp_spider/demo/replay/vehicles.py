"""The vehicles of a replayed inventory: those of the recording, and as many more as are wanted."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import quote

from jdp_spider.scrubbing.shapes import decoded
from jdp_spider.scrubbing.standins import StandIns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jdp_spider.recording.archive import Recorded

_TOKEN = re.compile(r"[A-Za-z0-9]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{6,}={0,2}")

_SHORTEST_IN_BASE64 = 4
"""Letters of a name; what is shorter may be a part of anything."""


@dataclass(frozen=True)
class Vehicle:
    """One vehicle; `base` is the number of the recorded one that all else is taken from."""

    number: int
    base: int
    id: str
    reference: str
    vin: str
    has_row: bool = True
    """Whether the grid shows it."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return what tells it from others."""
        return tuple(name for name in (self.id, self.reference, self.vin) if name)


def grown(recorded: Sequence[Recorded], wanted: int | None) -> list[Vehicle]:
    """Return `wanted` vehicles; for None those that were recorded."""
    vehicles = [_vehicle(number, each) for number, each in enumerate(recorded)]
    if wanted is None or not vehicles:
        return vehicles
    taken = {name for vehicle in vehicles for name in vehicle.names}
    for number in range(len(vehicles), wanted):
        base = vehicles[number % len(recorded)]
        for attempt in count():
            draw = StandIns(f"{number}-{attempt}".encode())
            names = (_other(base.id, draw), _other(base.reference, draw), _vin(base.vin, draw))
            if not taken.intersection(filter(None, names)):
                break
        taken.update(names)
        vehicles.append(Vehicle(number, base.number, *names, has_row=base.has_row))
    return vehicles[:wanted]


def _vehicle(number: int, recorded: Recorded) -> Vehicle:
    has_row = bool(recorded.row)
    return Vehicle(number, number, recorded.id, recorded.reference, recorded.vin, has_row)


def _other(name: str, draw: StandIns) -> str:
    if not re.search("[0-9]", name):
        return draw.token(name)
    return re.sub("[0-9]+", lambda digits: draw.number(digits[0]), name)


def _vin(vin: str, draw: StandIns) -> str:
    return draw.vin(vin) if len(vin) == 17 else draw.token(vin)


class Vehicles:
    """All vehicles, found by what a request says."""

    def __init__(self, recorded: Sequence[Recorded], wanted: int | None = None) -> None:
        self.all = grown(recorded, wanted)
        self.recorded = [_vehicle(number, each) for number, each in enumerate(recorded)]
        self._by_name: dict[str, Vehicle] = {}
        for vehicle in (*self.all, *self.recorded):
            for name in vehicle.names:
                self._by_name.setdefault(name.casefold(), vehicle)

    def named(self, text: str) -> Vehicle | None:
        """Return the vehicle that a part of an address or a value names; None: no vehicle."""
        if found := self._by_name.get(text.strip().casefold()):
            return found
        for token in _TOKEN.findall(text):
            if found := self._by_name.get(token.casefold()):
                return found
        for digits in _BASE64.findall(text):
            if found := self._by_name.get((decoded(digits) or "").casefold()):
                return found
        return None

    def without_names(self, text: str) -> str:
        """Return a text with the names of vehicles as {vehicle}."""
        return _TOKEN.sub(
            lambda token: "{vehicle}" if token[0].casefold() in self._by_name else token[0], text
        )

    def of_recorded(self, numbers: Iterable[int]) -> list[Vehicle]:
        """Return the vehicles that are made from these recorded ones."""
        bases = set(numbers)
        return [vehicle for vehicle in self.all if vehicle.base in bases]


def _in_base64(before: str, after: str) -> dict[str, str]:
    """Return what becomes of a name in base64: with its padding, in an address, and without."""
    if len(before) < _SHORTEST_IN_BASE64:
        return {}
    old, new = (base64.b64encode(name.encode()).decode() for name in (before, after))
    forms = ((each(old), each(new)) for each in (lambda text: text.rstrip("="), quote, str))
    return {was.casefold(): becomes for was, becomes in forms}


def names(text: str, vehicle: Vehicle) -> bool:
    """Return whether a text names the vehicle in any way that `renamed` knows."""
    return bool(vehicle.names) and bool(_naming(_changes(vehicle, vehicle)).search(text))


def renamed(text: str, old: Vehicle, new: Vehicle) -> str:
    """Return a text about one vehicle as one about another."""
    if old == new or old.names == new.names:
        return text
    changes = _changes(old, new)

    def replaced(found: re.Match[str]) -> str:
        new_name = changes[found[0].casefold()]
        if found[0] == found[0].lower() and found[0] != found[0].upper():
            return new_name.lower()
        return new_name

    return _naming(changes).sub(replaced, text)


def _changes(old: Vehicle, new: Vehicle) -> dict[str, str]:
    """Return what becomes of each spelling of a name of `old`."""
    changes: dict[str, str] = {}
    for before, after in zip(
        (old.id, old.reference, old.vin), (new.id, new.reference, new.vin), strict=True
    ):
        if before:
            changes |= {before.casefold(): after, quote(before, safe="").casefold(): quote(after)}
            changes |= _in_base64(before, after)
            changes[" ".join(before).casefold()] = " ".join(after)
    return changes


def _naming(changes: dict[str, str]) -> re.Pattern[str]:
    pattern = "|".join(re.escape(name) for name in sorted(changes, key=len, reverse=True))
    return re.compile(rf"(?i)(?<![a-z1-9])(?:{pattern})(?![a-z0-9])")
