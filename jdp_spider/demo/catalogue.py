"""Makes, trims and colours of the demo inventory.

Some hold accents, commas, quotes or an ampersand, which a CSV, a page and a console must survive.
"""

from __future__ import annotations

from typing import NamedTuple


class CarModel(NamedTuple):
    """A model, with the first characters of its VINs (world manufacturer identifier)."""

    wmi: str
    make: str
    model: str
    price: int


MODELS = (
    CarModel("1FT", "Ford", "F-150", 46_000),
    CarModel("1FA", "Ford", "Mustang", 38_000),
    CarModel("1GC", "Chevrolet", "Silverado 1500", 44_000),
    CarModel("2C4", "Chrysler", "Town & Country", 33_000),
    CarModel("1C4", "Jeep", "Grand Cherokee", 42_000),
    CarModel("4T1", "Toyota", "Camry", 29_000),
    CarModel("2T3", "Toyota", "RAV4", 31_000),
    CarModel("1HG", "Honda", "Accord", 30_000),
    CarModel("5J6", "Honda", "CR-V", 32_000),
    CarModel("1N4", "Nissan", "Altima", 27_000),
    CarModel("5NP", "Hyundai", "Elantra", 23_000),
    CarModel("KND", "Kia", "Sportage", 28_000),
    CarModel("JF2", "Subaru", "Forester", 30_000),
    CarModel("WBA", "BMW", "3 Series", 45_000),
    CarModel("WDD", "Mercedes-Benz", "C-Class Coupé", 48_000),
    CarModel("WVW", "Volkswagen", "Golf", 26_000),
    CarModel("VF7", "Citroën", "C4 Cactus", 24_000),
    CarModel("TMB", "Škoda", "Octavia", 27_000),
    CarModel("VF1", "Renault", "Mégane", 25_000),
)

TRIMS = (
    "Base",
    "LX",
    "SE",
    "XLT SuperCrew, 5.5' Bed",
    'Sport "Night Edition", AWD',
    "Limited",
    "Touring, 4dr",
    "Édition Spéciale",
)

COLOURS = (
    ("Oxford White", (232, 234, 236)),
    ("Agate Black", (44, 46, 50)),
    ("Silver Metallic", (168, 174, 180)),
    ("Race Red", (186, 32, 38)),
    ("Velocity Blue", (34, 84, 158)),
    ("Forest Green", (40, 92, 66)),
)
