"""Which row of the grid is which vehicle: by its VIN, or by its reference as a whole word.

Users rearrange and hide the grid's columns, so no column is known by its place (site fact F10).
What a row shows is compared with the whole inventory; where that is not clear, no row is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from jdp_spider.inventory import normalise
from jdp_spider.utils.spreadsheet import is_changed_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jdp_spider.inventory import Vehicle

_VIN = re.compile(r"(?<![A-Z0-9])(?=[A-Z]*[0-9])[A-HJ-NPR-Z0-9]{17}(?![A-Z0-9])")
_END = 8
"""Characters of a VIN's end by which people, and some grids, call a vehicle."""
_SHOWN_END = re.compile(rf"(?<![A-Z0-9])[A-HJ-NPR-Z0-9]{{{_END},16}}(?![A-Z0-9])")
_WORD = re.compile(r"\w+")
# "165548-A", "1/165548", "$165,548": a part of something longer.
_BEFORE = r"(?<!\w)(?<!\w[-/\\+&])(?<![0-9][.,])(?<![$\u20ac\xa3])"
_AFTER = r"(?!\w)(?![-/\\+&]\w)(?![.,][0-9])"
# "165548 A", "165548 (2)": the reference of another vehicle, of which ours is the beginning.
_SUFFIX = re.compile(
    r"[\s\-/\\#(+.&]*(?:[A-Za-z]\b(?![^\W\d_]|')|(?:[A-Za-z]{2}|[0-9]{1,3}|[IVX]{1,5})\)?\s*$)"
)
# What may be a number of a vehicle that is not known: no year and no mileage.
_NUMBER = re.compile(r"\b(?!(?:19|20)[0-9]{2}\b)(?=[^\W\d]*[0-9])\w{4,}")
_DIGIT = re.compile("[0-9]")
_LABEL = re.compile(r"(?i)(?:[:#|(]|\b(?:stock|stk|ref(?:erence)?|number|num|no)\.?)\s*$")


class Naming(IntEnum):
    """How well a row names a vehicle."""

    NOT = 0
    BY_VIN = 1
    """It shows the VIN, and no reference."""
    IN_TEXT = 2
    """The reference is a word among others."""
    IN_CELL = 3
    """The reference is a whole text, begins one, or follows a label."""


@dataclass(frozen=True)
class Row:
    """One row of the grid that has a bookout link."""

    id: str
    url: str | None
    """The address of the vehicle's page; None where the link is no address of the site."""
    cells: tuple[str, ...]
    """Its visible texts."""
    is_script: bool = False
    """Whether the link has no address at all: a script opens the vehicle."""
    nearby: tuple[str, ...] = ()
    """Texts of adjacent rows that may belong to it."""

    @property
    def vehicle_id(self) -> str:
        """Return the site's number of the vehicle, after `bookOutButton_` (site fact F9)."""
        found = re.search(r"_([0-9]{1,20})$", self.id)
        return found[1] if found else ""

    @property
    def is_blank(self) -> bool:
        """Return whether it shows no digit: then nothing tells which vehicle it is."""
        return not any(map(_DIGIT.search, (*self.cells, *self.nearby)))

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the texts that identify its vehicle: those nearby if it has no number itself."""
        is_alone = self.nearby and not any(map(_NUMBER.search, self.cells))
        return self.nearby if is_alone else self.cells

    def names(self, vehicle: Vehicle) -> Naming:
        """Return how the row names this vehicle.

        Not at all where it shows another VIN, or without the vehicle's own reference one that only
        begins so: "165548A" for 165548.
        """
        texts = self.texts
        vins = vins_of(texts) or vins_by_end(texts, {_end(vehicle.vin): {vehicle.vin}})
        if vehicle.vin and vins and vehicle.vin not in vins:
            return Naming.NOT
        reference = normalise(vehicle.reference)
        naming = max((named(cell, reference) for cell in texts), default=Naming.NOT)
        if naming or not vehicle.vin or vins != {vehicle.vin}:
            return naming
        return Naming.NOT if any(_is_longer(text, reference) for text in texts) else Naming.BY_VIN


def spelling_of(vehicle: Vehicle, row: Row) -> str:
    """Return the reference as the site has it, where the export shows another form of its number.

    Empty unless the row of just this VIN shows that number once, and not the exported form.
    """
    texts, reference = row.texts, normalise(vehicle.reference)
    if not vehicle.vin or vins_of(texts) != {vehicle.vin}:
        return ""
    if any(named(cell, reference) for cell in texts):
        return ""
    found = {cell for cell in texts if is_changed_number(reference, cell)}
    return found.pop() if len(found) == 1 else ""


def vins_of(cells: Iterable[str]) -> set[str]:
    """Return everything that looks like a VIN."""
    return {vin for cell in cells for vin in _VIN.findall(cell.upper())}


def vins_by_end(cells: Iterable[str], known: Mapping[str, set[str]]) -> set[str]:
    """Return the known VINs whose ends are shown, where just one has it; `known` is by `_end`."""
    shown = [end for cell in cells for end in _SHOWN_END.findall(cell.upper())]
    found = [{vin for vin in known.get(_end(end), ()) if vin.endswith(end)} for end in shown]
    return {vin for vins in found if len(vins) == 1 for vin in vins}


def _end(vin: str) -> str:
    return vin[-_END:]


def named(text: str, reference: str) -> Naming:
    """Return how a text names a reference; both are as `normalise` returns them."""
    if text == reference:
        return Naming.IN_CELL
    if reference not in text or not _WORD.search(reference):
        return Naming.NOT
    best = Naming.NOT
    for found in _pattern(reference).finditer(text):
        if _SUFFIX.match(text, found.end()):
            continue
        before = text[: found.start()]
        is_first = not before.strip() or _LABEL.search(before)
        best = max(best, Naming.IN_CELL if is_first else Naming.IN_TEXT)
    return best


@lru_cache(maxsize=4096)
def _pattern(reference: str) -> re.Pattern[str]:
    return re.compile(f"{_BEFORE}{re.escape(reference)}{_AFTER}")


def _is_longer(text: str, reference: str) -> bool:
    """Return whether the text is a reference that begins like this one."""
    begins = text != reference and text.upper().startswith(reference.upper())
    return begins and len(text) <= len(reference) + 4


class UnmatchedVehicles:
    """The vehicles of the inventory that are not yet matched with a row of the grid."""

    def __init__(self, vehicles: Iterable[Vehicle]) -> None:
        self._left: dict[str, list[Vehicle]] = {}
        self._owners: dict[str, list[Vehicle]] = {}
        """All vehicles, by VIN."""
        self._by_end: dict[str, set[str]] = {}
        """All VINs, by their ends."""
        self._references: dict[str, set[str]] = {}
        """All references, by the first word of each."""
        for vehicle in vehicles:
            reference = normalise(vehicle.reference)
            self._left.setdefault(reference, []).append(vehicle)
            self._owners.setdefault(vehicle.vin, []).append(vehicle)
            if vehicle.vin:
                self._by_end.setdefault(_end(vehicle.vin), set()).add(vehicle.vin)
            word = _WORD.search(reference)
            self._references.setdefault(word[0] if word else reference, set()).add(reference)
        for copies in self._left.values():
            # Of what may be no vehicle, a row is taken for that which surely is one.
            copies.sort(key=lambda vehicle: not vehicle.certain)

    def __iter__(self) -> Iterator[Vehicle]:
        for vehicles in self._left.values():
            yield from vehicles

    def take(self, row: Row) -> Vehicle | None:
        """Remove and return the vehicle of `row`; None if that is not clear.

        Of several vehicles that share reference and VIN, the first.
        """
        vehicle = self._vehicle(row.cells if any(self._named(row.cells)) else row.texts)
        if vehicle is not None:
            self._left[normalise(vehicle.reference)].remove(vehicle)
        return vehicle

    def _vehicle(self, cells: Sequence[str]) -> Vehicle | None:
        vins = vins_of(cells) or vins_by_end(cells, self._by_end)
        in_cell, in_text = self._named(cells)
        for references in (in_cell, in_text):
            left = [vehicle for each in references for vehicle in self._left.get(each, ())]
            fitting = [v for v in left if not v.vin or not vins or v.vin in vins]
            agreeing = [v for v in fitting if v.vin and v.vin in vins]
            if some := agreeing or fitting:
                is_clear = len({normalise(vehicle.reference) for vehicle in some}) == 1
                return some[0] if is_clear else None
            if left:
                # One vehicle's reference with another's VIN.
                return None
        return self._by_vin(vins, in_cell)

    def _by_vin(self, vins: set[str], in_cell: set[str]) -> Vehicle | None:
        """Return the vehicle of the only VIN shown, unless another vehicle's reference is shown."""
        owners = self._owners.get(next(iter(vins)), []) if len(vins) == 1 else []
        if len(owners) != 1:
            return None
        reference = normalise(owners[0].reference)
        is_left = owners[0] in self._left[reference]
        return owners[0] if is_left and in_cell <= {reference} else None

    def _named(self, cells: Sequence[str]) -> tuple[set[str], set[str]]:
        """Return the references of the inventory that are named in a cell, and within a text.

        Of several in one text, those that are not part of another.
        """
        kinds: dict[Naming, set[str]] = {Naming.IN_CELL: set(), Naming.IN_TEXT: set()}
        for cell in cells:
            words = {cell, *_WORD.findall(cell)}
            known = {each for word in words for each in self._references.get(word, ())}
            found = {each: kind for each in known if (kind := named(cell, each))}
            for each, kind in found.items():
                if not any(each != other and each in other for other in found):
                    kinds[kind].add(each)
        return kinds[Naming.IN_CELL], kinds[Naming.IN_TEXT]
