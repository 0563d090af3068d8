"""`-a refs=...`: a run for just some vehicles of the inventory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jdp_spider.inventory import normalise, read_inventory
from jdp_spider.inventory_table import REFERENCE_COLUMN, InventoryError
from jdp_spider.utils.loading import read_any_text
from jdp_spider.utils.paths import expand_user
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jdp_spider.inventory import Vehicle

ARGUMENTS = ("refs",)
"""The spider's arguments."""

_QUOTED = re.compile(r"""=?"(.*)"|'(.*)'""")


class SelectionError(ValueError):
    """Raised if `-a refs=...` cannot be parsed; says what to do."""


def read_refs(text: str) -> frozenset[str]:
    """Return the references in `165548,165600`, or in the file named after `@`.

    They are separated by commas, and stripped. In a file, lines, semicolons and tabs separate them
    as well, and a spreadsheet may have put them in quotes; an exported inventory is read as such.
    Raise SelectionError if there are none.
    """
    found = _listed(_read(text[1:])) if text.startswith("@") else text.split(",")
    refs = frozenset(filter(None, map(normalise, found)))
    if not refs:
        raise SelectionError(
            "refs names no vehicle: give -a refs=165548,165600 or -a refs=@list.txt"
        )
    return refs


def _listed(text: str) -> list[str]:
    lines = text.splitlines()
    header = next((line for line in lines if line.strip()), "")
    if REFERENCE_COLUMN in normalise(header).lower():
        try:
            return [each.reference for each in read_inventory(text.encode()).vehicles]
        except InventoryError as error:
            raise SelectionError(f"The list behind refs=@ cannot be used: {error}") from None
    cells = [cell.strip() for line in lines for cell in re.split("[,;\t]", line)]
    return [_unquoted(cell) for cell in cells]


def _unquoted(cell: str) -> str:
    quoted = _QUOTED.fullmatch(cell)
    return quoted[1] or quoted[2] or "" if quoted else cell


def _read(name: str) -> str:
    try:
        text = read_any_text(expand_user(name))
    except ValueError as error:
        raise SelectionError(f"The list behind refs=@ cannot be used: {error}") from None
    if text is None:
        raise SelectionError(f"The list behind refs=@ cannot be used: there is no {to_ascii(name)}")
    return text


class Selection:
    """The vehicles that a run is asked for: all, or those with these references."""

    def __init__(
        self,
        refs: frozenset[str] | None,
        spelling: Callable[[Vehicle], str] = lambda vehicle: vehicle.reference,
    ) -> None:
        """Take the references, and what returns a vehicle's as the site has it."""
        self._refs = refs
        self._spelling = spelling

    @property
    def is_all(self) -> bool:
        """True if no vehicle is left out."""
        return self._refs is None

    def holds(self, vehicle: Vehicle) -> bool:
        """Return True if the run is asked for this vehicle."""
        return self._refs is None or bool(self._names(vehicle) & self._refs)

    def _names(self, vehicle: Vehicle) -> set[str]:
        return {normalise(vehicle.reference), normalise(self._spelling(vehicle))}

    def unknown(self, vehicles: Iterable[Vehicle]) -> list[str]:
        """Return the selected references that the inventory lacks, sorted."""
        known = {name for vehicle in vehicles for name in self._names(vehicle)}
        return sorted((self._refs or frozenset()) - known)
