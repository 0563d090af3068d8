"""What a report and a vehicle's page must show to be accepted as the vehicle's own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.inventory import normalise
from jdp_spider.pages.naming import VehicleNames

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jdp_spider.inventory import Vehicle


class AcceptanceRules(NamedTuple):
    """What a report must be to be accepted."""

    needs_vin: bool = False
    """Other vehicles have the same reference: only the VIN tells them apart."""
    vin_tells: bool = False
    """No other vehicle has its VIN: its page need not show the reference, as the report will be
    compared with the inventory."""
    accept_unverified: bool = False
    """Accept a report without any text as well, because the user has allowed it."""
    names: VehicleNames | None = None
    """By these a page tells the vehicles of the inventory apart."""


class InventoryRules:
    """The rules for the vehicles of one inventory."""

    def __init__(self, vehicles: Iterable[Vehicle], *, accept_unverified: bool) -> None:
        vehicles = list(vehicles)
        self._references = Counter(normalise(vehicle.reference) for vehicle in vehicles)
        self._vins = Counter(vehicle.vin for vehicle in vehicles if vehicle.vin)
        self._accept_unverified = accept_unverified
        self._names = VehicleNames(vehicles)

    def of(self, vehicle: Vehicle) -> AcceptanceRules:
        """Return the rules for a vehicle."""
        return AcceptanceRules(
            needs_vin=self._references[normalise(vehicle.reference)] > 1,
            vin_tells=not self._accept_unverified and self._vins[vehicle.vin] == 1,
            accept_unverified=self._accept_unverified,
            names=self._names,
        )
