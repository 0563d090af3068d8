"""Plausible bookout values of a vehicle, always the same for the same vehicle."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from jdp_spider.demo.vehicles import DemoVehicle

COLUMNS = (
    ("Rough Trade-In", 0.72),
    ("Average Trade-In", 0.80),
    ("Clean Trade-In", 0.86),
    ("Clean Loan", 0.78),
    ("Clean Retail", 1.0),
)
OPTIONS = (
    ("Aluminum/Alloy Wheels", 225),
    ("Navigation System", 350),
    ("Power Sunroof", 400),
    ("Leather Seats", 475),
    ("Heated Front Seats", 175),
    ("Towing/Camper Package", 250),
    ("Premium Sound System", 300),
    ("Adaptive Cruise Control", 325),
)


class BookoutValues(NamedTuple):
    """Values in full dollars; one figure per column of ``COLUMNS``, which is ``names``."""

    names: tuple[str, ...]
    base: tuple[int, ...]
    mileage: int
    options: tuple[tuple[str, int], ...]
    totals: tuple[int, ...]

    @property
    def options_sum(self) -> int:
        return sum(price for _, price in self.options)


def bookout_values(vehicle: DemoVehicle) -> BookoutValues:
    rng = Random(vehicle.id)
    base = tuple(round(vehicle.price * share / 25) * 25 for _, share in COLUMNS)
    mileage = rng.randrange(-1500, 1500, 25)
    options = tuple(rng.sample(OPTIONS, rng.randint(2, 6)))
    extra = mileage + sum(price for _, price in options)
    totals = tuple(value + extra for value in base)
    return BookoutValues(tuple(name for name, _ in COLUMNS), base, mileage, options, totals)


def dollars(amount: int) -> str:
    return f"-${-amount:,}" if amount < 0 else f"${amount:,}"
