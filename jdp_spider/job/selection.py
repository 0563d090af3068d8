"""`-a refs=...`: a run for just some vehicles of the inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp_spider.inventory import normalise
from jdp_spider.utils.loading import expand_user, read_utf8
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jdp_spider.inventory import Vehicle

ARGUMENTS = ("refs",)
"""The spider's arguments."""


class SelectionError(ValueError):
    """Raised if `-a refs=...` cannot be parsed; says what to do."""


def read_refs(text: str) -> frozenset[str]:
    """Return the references in `165548,165600`, or in the file named after `@`.

    They are separated by commas or lines, and stripped. Raise SelectionError if there are none.
    """
    if text.startswith("@"):
        text = _read(text[1:])
    refs = frozenset(filter(None, map(normalise, text.replace("\n", ",").split(","))))
    if not refs:
        raise SelectionError(
            "refs names no vehicle: give -a refs=165548,165600 or -a refs=@list.txt"
        )
    return refs


def _read(name: str) -> str:
    try:
        text = read_utf8(expand_user(name))
    except ValueError as error:
        raise SelectionError(f"The list behind refs=@ cannot be used: {error}") from None
    if text is None:
        raise SelectionError(f"The list behind refs=@ cannot be used: there is no {to_ascii(name)}")
    return text


class Selection:
    """The vehicles that a run is asked for: all, or those with these references."""

    def __init__(self, refs: frozenset[str] | None) -> None:
        self._refs = refs

    @property
    def is_all(self) -> bool:
        """True if no vehicle is left out."""
        return self._refs is None

    def holds(self, vehicle: Vehicle) -> bool:
        """Return True if the run is asked for this vehicle."""
        return self._refs is None or normalise(vehicle.reference) in self._refs

    def unknown(self, vehicles: Iterable[Vehicle]) -> list[str]:
        """Return the selected references that the inventory lacks, sorted."""
        known = {normalise(vehicle.reference) for vehicle in vehicles}
        return sorted((self._refs or frozenset()) - known)
