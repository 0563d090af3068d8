"""The inventory as the site exports it: one `Vehicle` for each row of the CSV that is one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from jdp_spider.inventory_table import OPTIONAL_COLUMNS, InventoryError, Table, read_table
from jdp_spider.utils.csv_rows import Row, names_of
from jdp_spider.utils.text import to_ascii
from jdp_spider.utils.vin import vins_in

_LONGEST_SHOWN = 60

_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_UNSEEN = "\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""No-break spaces, and characters without width."""
_MARKED = re.compile(r"'[A-Za-z0-9-]+")
_YEAR = re.compile("(?:19|20)[0-9]{2}")

# "Count=2", "Total: 2", "Make: Honda (2 items)", "Page 1 of 3": what grids print between vehicles.
_SUMMARY = re.compile(
    r"(?i)^\W*[^\W\d_]{3}[\w ]*[=:]|^\W*(?:grand |sub-?)?totals?\b"
    r"|^\W*(?:count|sum|average|avg|min|max|page)\b"
    r"|\b\d+ (?:items?|rows?|records?|vehicles?)\b|\bcontinued\b"
)
_BLANK, _SHIFTED, _SUMMARY_ROW = "nothing in it", "more cells than columns", "a total or a group"
_AGAIN = "the same reference and VIN as a row before"
_SWALLOWED = "in one cell, with a VIN: rows of their own?"
_SUSPICIOUS = (_SHIFTED, _SWALLOWED)


@dataclass(frozen=True)
class Vehicle:
    """One row of the inventory."""

    reference: str
    """As in the CSV, white space included; "" where the row has none."""
    vin: str
    """17 characters in upper case; "" when the row holds none or anything that is no VIN."""
    occurrence: int
    """1 for the first vehicle with exactly this reference, in CSV order, 2 for the next, ..."""
    year: str
    make: str
    model: str
    certain: bool = True
    """False where nothing but a reference says that the row is a vehicle: the grid decides."""
    line: int = field(default=0, compare=False)
    """Where its row ends in the CSV, counted from 1."""

    @property
    def key(self) -> str:
        """Identifies the vehicle within one job (one CSV); unique, as the copy stands last."""
        return f"{self.reference}#{self.occurrence}"

    @property
    def label(self) -> str:
        """The reference for logs and errors: one line, ASCII only."""
        text = to_ascii(self.reference) or "(no reference)"
        return text if self.occurrence == 1 else f"{text} (copy {self.occurrence})"


def normalise(reference: str) -> str:
    """Return the reference without outer white space and with single spaces inside.

    For comparing with the cells of the grid and the text of a report, where layout decides about
    white space. Case stays: "165548a" and "165548A" may be two vehicles.
    """
    return " ".join(reference.split())


def clean_vin(cell: str) -> str:
    """Return the VIN in upper case, or "" unless it is 17 characters of A-Z (no I, O, Q) and 0-9.

    Blanks, dashes and a spreadsheet's apostrophe are passed over. The check digit is not looked at:
    vehicles made for other markets have none.
    """
    vin = re.sub(r"[\s'-]", "", cell).upper()
    return vin if _VIN.fullmatch(vin) else ""


class PassedOver(NamedTuple):
    """A row of the CSV that is no vehicle."""

    line: int
    """Where it ends, counted from 1."""
    why: str
    """In a few words."""
    text: str
    """The first 60 characters of what it says, in ASCII."""

    def __str__(self) -> str:
        return f"line {self.line} ({self.why}): {self.text}"


class Inventory(NamedTuple):
    """What an exported CSV holds."""

    vehicles: list[Vehicle]
    """In the order of the file."""
    passed_over: list[PassedOver]

    @property
    def warning(self) -> str:
        """What is odd about it, for a warning; empty if there is nothing."""
        rows, left = len(self.vehicles) + len(self.passed_over), len(self.passed_over)
        if any(each.why in _SUSPICIOUS for each in self.passed_over) or left * 20 > rows:
            return f"{left} of {rows} rows of the exported inventory are taken for no vehicles"
        return ""


def read_inventory(data: bytes) -> Inventory:
    """Return the vehicles of the exported CSV, and the rows that are none.

    Raise InventoryError for a file that is none, is cut, or names no references.
    """
    table = read_table(data)
    found = _Vehicles(table)
    for row in table.rows:
        found.add(row)
    return Inventory(found.vehicles, found.passed_over)


class _Vehicles:
    """What the rows behind the header turn out to be."""

    def __init__(self, table: Table) -> None:
        self._names, self._columns = table.names, table.columns
        self._copies: Counter[str] = Counter()
        self._seen: set[tuple[str, str]] = set()
        """References and VINs of the vehicles, where they have both."""
        self.vehicles: list[Vehicle] = []
        self.passed_over: list[PassedOver] = []

    def add(self, row: Row) -> None:
        """Take the row as a vehicle, or pass it over. Raise InventoryError for one that is cut."""
        cells, width = row.cells, len(self._names)
        cells = [*cells, *[""] * (width - len(cells))]
        vehicle = self._vehicle(cells, row.line)
        why = self._why_not(vehicle, cells)
        if row.is_open and len(row.cells) < width and why not in (_SUMMARY_ROW, _BLANK):
            raise InventoryError(
                f"The row that ends at line {row.line} of the exported inventory has "
                f"{len(row.cells)} columns, the header has {width}: it may be cut, export it again"
            )
        if why:
            self._pass_over(row.line, why, " ".join(filter(None, cells)))
        else:
            self._copies[vehicle.reference] += 1
            self._seen.add((normalise(vehicle.reference), vehicle.vin))
            self.vehicles.append(vehicle)
        for cell in filter(_holds_rows, cells):
            self._pass_over(row.line, _SWALLOWED, cell)

    def _pass_over(self, line: int, why: str, text: str) -> None:
        shown = to_ascii(normalise(text))[:_LONGEST_SHOWN]
        self.passed_over.append(PassedOver(line, why, shown))

    def _vehicle(self, cells: list[str], line: int) -> Vehicle:
        def cell(name: str) -> str:
            return normalise(cells[self._columns[name]]) if name in self._columns else ""

        reference, vin = _typed(cells[self._columns["reference"]]), clean_vin(cell("vin"))
        year, make, model = cell("year"), cell("make"), cell("model")
        is_known = any((vin, _YEAR.fullmatch(year), make, model)) or self._says_more(cells)
        certain = is_known or not self._columns.keys() & OPTIONAL_COLUMNS
        occurrence = self._copies[reference] + 1
        return Vehicle(reference, vin, occurrence, year, make, model, certain, line)

    def _says_more(self, cells: list[str]) -> bool:
        """Return whether there is anything like a VIN, or a text beside the reference and year.

        The vehicle may be described in columns that have other names here.
        """
        if "vin" in self._columns and any(map(str.isalnum, cells[self._columns["vin"]])):
            return True
        known = (self._columns["reference"], self._columns.get("year"))
        return any(_is_text(cells[n]) for n in range(len(self._names)) if n not in known)

    def _why_not(self, vehicle: Vehicle, cells: list[str]) -> str:
        """Return why the row is no vehicle; empty for one."""
        if not any(cell.strip() for cell in cells):
            return _BLANK
        if names_of(cells)[: len(self._names)] == self._names:
            return "the header again"
        is_wide = any(cell.strip() for cell in cells[len(self._names) :])
        if is_wide and not (vehicle.vin and self._is_in_place(cells)):
            return _SHIFTED
        is_car = vehicle.vin or _YEAR.fullmatch(vehicle.year)
        if not is_car and _SUMMARY.search(vehicle.reference) and _is_alone(cells):
            return _SUMMARY_ROW
        known = (vehicle.reference.strip(), vehicle.vin, vehicle.year, vehicle.make, vehicle.model)
        if not any(known):
            return "no reference"
        # Two of one reference may be two vehicles; of one reference and VIN they are one.
        is_again = vehicle.vin and (normalise(vehicle.reference), vehicle.vin) in self._seen
        return _AGAIN if is_again else ""

    def _is_in_place(self, cells: list[str]) -> bool:
        """Return whether the reference of a row with a VIN, and too many cells, is in its column.

        A VIN right of it proves that, and a year that is not there because a text has been parted.
        """
        reference, vin = self._columns["reference"], self._columns["vin"]
        year = self._columns.get("year", -1)
        surplus = len(cells) - len(self._names)
        years = [_YEAR.fullmatch(cell.strip()) for cell in cells[year : year + surplus + 1]]
        return vin > reference or (year > reference and bool(years[0]) and not any(years[1:]))


def _typed(cell: str) -> str:
    """Return a reference without what programs add: unseen signs, and Excel's mark of a text."""
    cell = cell.strip(_UNSEEN)
    return cell[1:] if _MARKED.fullmatch(cell) else cell


def _holds_rows(cell: str) -> bool:
    """Return whether other rows may stand within the cell, swallowed by a quote."""
    is_long = "\n" in cell or "\r" in cell
    return is_long and not clean_vin(cell) and bool(vins_in(cell))


def _is_text(cell: str) -> bool:
    """Return whether the cell is no number, and no part of a total."""
    return any(map(str.isalpha, cell)) and not _SUMMARY.search(cell)


def _is_alone(cells: list[str]) -> bool:
    """Return whether all other cells are empty, or totals and counts as well."""
    others = [cell for cell in cells if cell.strip()][1:]
    return all(_SUMMARY.search(cell) or not any(c.isalpha() for c in cell) for cell in others)
