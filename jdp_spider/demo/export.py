"""The inventory as the site exports it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jdp_spider.demo.vehicles import DemoVehicle

# Neither the grid's columns nor their order, and no vehicle id.
COLUMNS = (
    "Reference Number",
    "Reference Date",
    "VIN",
    "Year",
    "Make",
    "Model",
    "Trim",
    "Exterior Color",
    "Mileage",
    "List Price",
    "Days in Inventory",
)


def inventory_csv(vehicles: Iterable[DemoVehicle]) -> bytes:
    """Return the CSV: UTF-8 with a byte-order mark and CRLF, oldest reference date first."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for vehicle in sorted(vehicles, key=lambda vehicle: (vehicle.reference_date, vehicle.id)):
        writer.writerow(_row(vehicle))
    return text.getvalue().encode("utf-8-sig")


def _row(vehicle: DemoVehicle) -> tuple[str | int, ...]:
    return (
        vehicle.reference,
        vehicle.reference_date.strftime("%m/%d/%Y"),
        vehicle.vin,
        vehicle.year,
        vehicle.make,
        vehicle.model,
        vehicle.trim,
        vehicle.colour,
        vehicle.mileage,
        vehicle.price,
        vehicle.days,
    )
