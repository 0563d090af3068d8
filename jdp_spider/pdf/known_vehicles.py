"""What is known of the whole inventory, to compare a bookout with."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from jdp_spider.inventory import normalise
from jdp_spider.pdf.contents import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class KnownVehicles:
    """The references and VINs of the whole inventory, to compare a bookout with."""

    def __init__(self, vehicles: Iterable[tuple[str, str]]) -> None:
        """`vehicles` are pairs of reference and VIN, which is "" when unknown."""
        self._vins: dict[str, set[str]] = defaultdict(set)
        """The VINs of each reference; "" among them when one is unknown."""
        self._count: dict[str, int] = defaultdict(int)
        """The number of rows with each VIN."""
        self._longest = 1
        for reference, vin in vehicles:
            name = normalise(clean(reference))
            self._vins[name].add(vin)
            self._count[vin] += 1
            self._longest = max(self._longest, len(name.split()))

    @property
    def references(self) -> Collection[str]:
        """All references of the inventory."""
        return self._vins.keys()

    def has_one(self, vin: str) -> bool:
        """Return whether exactly one row has this VIN."""
        return self._count.get(vin) == 1

    def vins_within(self, text: str) -> list[str]:
        """Return the VINs of rows that stand in the text, also glued to other letters."""
        letters = "".join(text.upper().split())
        return [vin for vin in self._count if vin and vin in letters]

    def named_by(self, value: str) -> str:
        """Return the longest reference with which the value begins, or ""."""
        words = value.split()
        for number in range(min(len(words), self._longest), 0, -1):
            name = " ".join(words[:number])
            for spelt in (name, name.rstrip(".,;:)")):
                if spelt in self._vins:
                    return spelt
        return ""

    def vins_of(self, reference: str) -> set[str]:
        """Return the VINs of the rows with this reference; "" stands for an unknown one."""
        return self._vins.get(reference, set())
