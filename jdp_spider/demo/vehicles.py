"""The demo inventory: the same options always make the same vehicles."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from jdp_spider.demo.catalogue import COLOURS, MODELS, TRIMS, CarModel

if TYPE_CHECKING:
    from jdp_spider.demo.options import DemoOptions

FIRST_REFERENCE = 165548
SHARED_REFERENCE = "177777"
NASTY_REFERENCES = (
    SHARED_REFERENCE,
    SHARED_REFERENCE,
    "A/B 12",
    "..\\up",
    "CON",
    "nul.txt",
    "42 ",
    "a:b*c?",
    "165548a",
    "trailing.",
    "ümlaut-é",
    "LONG-" + "0123456789" * 14 + "-LONG",
)
REFERENCES_BEFORE_NASTY = 2
NEWEST = date(2026, 6, 30)

VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
LETTER_VALUES = (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10))
VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", LETTER_VALUES, strict=True))
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
VIN_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"


@dataclass(frozen=True)
class DemoVehicle:
    """One vehicle; ``reference`` is also called the stock number on the site."""

    id: int
    reference: str
    vin: str
    year: int
    make: str
    model: str
    trim: str
    colour: str
    mileage: int
    price: int
    days: int
    reference_date: date
    photo: int

    @property
    def token(self) -> str:
        """What stands in the vehicle's addresses, where that is wanted besides its number."""
        return hashlib.sha256(f"vehicle {self.id}".encode()).hexdigest()[:20]

    @property
    def name(self) -> str:
        return f"{self.year} {self.make} {self.model}"


def make_vehicles(options: DemoOptions, account: int = 0) -> list[DemoVehicle]:
    """Return the inventory of one account, in the order of the grid."""
    rng = Random(options.seed + account)
    references = _references(options, rng)
    first = 4_000_000 + account * 50 * len(references)
    ids = rng.sample(range(first, first + 50 * len(references)), len(references))
    vins: set[str] = set()
    vehicles = [
        _vehicle(rng, vehicle_id, reference, vins)
        for vehicle_id, reference in zip(ids, references, strict=True)
    ]
    return [replace(vehicle, **_given_fields(options, vehicle)) for vehicle in vehicles]


def _given_fields(options: DemoOptions, vehicle: DemoVehicle) -> dict[str, Any]:
    return {name: text for ref, name, text in options.fields if ref == vehicle.reference}


def vin_check_digit(vin: str) -> str:
    """Return a VIN's ninth character, computed from the other sixteen."""
    total = sum(
        weight * (int(sign) if sign.isdigit() else VIN_VALUES[sign])
        for sign, weight in zip(vin, VIN_WEIGHTS, strict=True)
    )
    return "X" if total % 11 == 10 else str(total % 11)


def _references(options: DemoOptions, rng: Random) -> list[str]:
    room = max(0, options.vehicles - REFERENCES_BEFORE_NASTY)
    nasty = NASTY_REFERENCES[:room] if options.nasty_references else ()
    count = options.vehicles - len(nasty)
    lettered = max(count // 8, 1 if count > 1 else 0)
    plain = _plain_references(count - lettered, rng)
    with_letter = {reference: reference + rng.choice("ABCD") for reference in plain[:lettered]}
    if plain and lettered:
        with_letter[plain[0]] = plain[0] + "A"
    order = [*plain, *with_letter.values(), *nasty]
    rng.shuffle(order)
    for reference, longer in with_letter.items():
        _put_first(order, longer, reference)
    return order


def _plain_references(count: int, rng: Random) -> list[str]:
    if count < 1:
        return []
    numbers = range(FIRST_REFERENCE + 1, FIRST_REFERENCE + 4 * count + 1)
    free = [number for number in numbers if str(number) != SHARED_REFERENCE]
    return [str(number) for number in (FIRST_REFERENCE, *rng.sample(free, count - 1))]


def _put_first(order: list[str], longer: str, shorter: str) -> None:
    """Make a search for the shorter reference list the longer one first, as a trap."""
    one, other = order.index(longer), order.index(shorter)
    if one > other:
        order[one], order[other] = shorter, longer


def _vehicle(rng: Random, vehicle_id: int, reference: str, vins: set[str]) -> DemoVehicle:
    car = rng.choice(MODELS)
    year = rng.randint(2012, 2025)
    colour = rng.randrange(len(COLOURS))
    days = rng.randint(0, 180)
    price = max(3_000, int(car.price * 0.88 ** (2026 - year) * rng.uniform(0.9, 1.1)))
    return DemoVehicle(
        id=vehicle_id,
        reference=reference,
        vin=_new_vin(rng, car, year, vins),
        year=year,
        make=car.make,
        model=car.model,
        trim=rng.choice(TRIMS),
        colour=COLOURS[colour][0],
        mileage=rng.randint(6_000, 14_000) * (2026 - year),
        price=price,
        days=days,
        reference_date=NEWEST - timedelta(days=days),
        photo=colour,
    )


def _new_vin(rng: Random, car: CarModel, year: int, vins: set[str]) -> str:
    while True:
        body = "".join(rng.choice(VIN_LETTERS) for _ in range(5))
        serial = rng.randint(100_000, 999_999)
        vin = f"{car.wmi}{body}0{VIN_YEARS[(year - 1980) % 30]}{rng.choice('ABCDEFGH')}{serial}"
        vin = vin[:8] + vin_check_digit(vin) + vin[9:]
        if vin not in vins:
            vins.add(vin)
            return vin
