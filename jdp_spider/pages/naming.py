"""Tells which vehicle a link or button belongs to, by the references and VINs beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypedDict

from jdp_spider.inventory import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jdp_spider.inventory import Vehicle

_SHORTEST = 4
"""Characters of a reference by which another vehicle is recognized: shorter numbers count, too."""
_YEAR = re.compile(r"(19|20)\d\d")
_VIN = re.compile(r"(?<![A-Z0-9])(?=[A-Z]*[0-9])[A-HJ-NPR-Z0-9]{17}(?![A-Z0-9])")
_WORD = re.compile(r"[A-Za-z0-9]+")


class Step(TypedDict):
    """A link or button that may lead to a report."""

    around: list[tuple[str, str]]
    """What stands before and after it, in its row, in what is around that, and so on; at first
    what it says itself, after nothing."""
    isOne: bool
    """It is taken by what it says. Else there are several such, and only a vehicle tells."""


def first_of(steps: Sequence[Step]) -> int | None:
    """Return the index of the first step that is taken by what it says; None if there is none."""
    return next((n for n, step in enumerate(steps) if step["isOne"]), None)


class VehicleNames:
    """The references and VINs by which a page names the vehicles of an inventory."""

    def __init__(self, vehicles: Iterable[Vehicle] = ()) -> None:
        references = {normalise(vehicle.reference) for vehicle in vehicles}
        known = {each for each in references if _tells(each)}
        self._words = {each for each in known if _WORD.fullmatch(each)}
        self._others = known - self._words

    def choose(self, steps: Sequence[Step], vehicle: Vehicle) -> int | None:
        """Return the index of the step that is the vehicle's, or of the first that names none.

        None where each is another vehicle's.
        """
        owners = [self._is_own(step, vehicle) for step in steps]
        if True in owners:
            return owners.index(True)
        free = [n for n, step in enumerate(steps) if owners[n] is None and step["isOne"]]
        return free[0] if free else None

    def _is_own(self, step: Step, vehicle: Vehicle) -> bool | None:
        """Return whether a step is the vehicle's; None where nothing beside it names any."""
        for before, after in step["around"]:
            named = self._named(before, vehicle), self._named(after, vehicle)
            owns = {is_own for names in named for _, is_own in names}
            if owns == {True} and not named[0] and _is_alike(before, vehicle):
                return False
            if len(owns) == 1:
                return owns.pop()
            # A list of several vehicles without rows: each is named before its link, or after it.
            if owns:
                return named[0][-1][1] if named[0] else named[1][0][1]
        return None

    def _named(self, text: str, vehicle: Vehicle) -> list[tuple[int, bool]]:
        """Return where vehicles are named, and whether it is this one; by VINs where any are."""
        text = normalise(text)
        vins = [(each.start(), each[0] == vehicle.vin) for each in _VIN.finditer(text.upper())]
        if vins and vehicle.vin:
            return vins
        own = normalise(vehicle.reference)
        found = {each.span(): each[0] == own for each in _WORD.finditer(text)
                 if each[0] == own or each[0] in self._words}  # fmt: skip
        for name in {own, *self._others} - self._words:
            if name and name in text:
                whole = rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])"
                found |= {each.span(): name == own for each in re.finditer(whole, text)}
        # "165548-2" names another than "165548".
        return sorted(
            (start, is_own)
            for (start, end), is_own in found.items()
            if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in found)
        )


def _tells(reference: str) -> bool:
    return len(reference) >= _SHORTEST and not _YEAR.fullmatch(reference)


def _is_alike(text: str, vehicle: Vehicle) -> bool:
    """Return whether a text has a word like a reference: of a vehicle that was sold, maybe."""
    shape = _shape(normalise(vehicle.reference))
    return _tells(shape) and any(_shape(word) == shape for word in _WORD.findall(text))


def _shape(word: str) -> str:
    return re.sub("[A-Za-z]", "a", re.sub("[0-9]", "0", word))
