"""The inventory as the site exports it: one `Vehicle` for each row of the CSV that is one."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from jdp_spider.utils.text import to_ascii

# The column's name was seen on the real site (site fact F14). The others were not (site fact F15),
# so several usual spellings are known. Compared without regard to case and amount of white space.
REFERENCE_COLUMN = "reference number"
OPTIONAL_COLUMNS = {
    "vin": ("vin", "vin number", "vin no", "vin no.", "vin #", "vin#", "full vin"),
    "year": ("year", "model year", "vehicle year", "yr"),
    "make": ("make", "vehicle make"),
    "model": ("model", "model name", "vehicle model"),
}
DELIMITERS = (",", ";", "\t", "|")

_LONGEST_LIST = 300
_MOST_TITLES = 50
"""Lines among which the header must stand: titles and a `sep=` line may come before it."""
_MOST_LINES = 20
"""Lines that one cell in quotes may span."""
_LONGEST_SHOWN = 60

_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_YEAR = re.compile("(?:19|20)[0-9]{2}")


# Excel keeps leading zeros with a formula: ="001655"
_FORMULA = re.compile(r'(?m)(?:(?<=[,;|\t\r\n"])|^)="((?:[^"\r\n]|"")*)"(?=[,;|\t\r\n]|$)')
_SEPARATOR = re.compile(r'\s*"?sep=(.)"?[\s,;]*', re.IGNORECASE)
# "Count=2", "Total: 2", "Make: Honda (2 items)", "Page 1 of 3": what grids print between vehicles.
_SUMMARY = re.compile(
    r"(?i)^\W*[^\W\d_]{3}[\w ]*[=:]|^\W*(?:grand |sub-?)?totals?\b"
    r"|^\W*(?:count|sum|average|avg|min|max|page)\b"
    r"|\b\d+ (?:items?|rows?|records?|vehicles?)\b|\bcontinued\b"
)
_BLANK, _SHIFTED, _SUMMARY_ROW = "nothing in it", "more cells than columns", "a total or a group"


class InventoryError(ValueError):
    """The exported file cannot be read; raised by `read_inventory`.

    The message is ASCII and says what was found, on which line, and what to do.
    """


@dataclass(frozen=True)
class Vehicle:
    """One row of the inventory."""

    reference: str
    """Exactly as in the CSV, white space included; "" where the row has none."""
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

    The check digit is not looked at: vehicles made for other markets have none.
    """
    vin = cell.strip().upper()
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
        if any(each.why == _SHIFTED for each in self.passed_over) or left * 20 > rows:
            return f"{left} of {rows} rows of the exported inventory are taken for no vehicles"
        return ""


def read_inventory(data: bytes) -> Inventory:
    """Return the vehicles of the exported CSV, and the rows that are none.

    Raise InventoryError for a file that is none, is cut, or names no references.
    """
    rows = _rows(_decode(data))
    table = _Table(rows)
    for row in table.rows:
        table.add(row)
    return Inventory(table.vehicles, table.passed_over)


class _Row(NamedTuple):
    line: int
    cells: list[str]
    is_open: bool
    """Whether the file ends within it, without a line break."""


class _Table:
    """The rows behind the header, and what they turn out to be."""

    def __init__(self, rows: list[_Row]) -> None:
        header = next((n for n, row in enumerate(rows) if REFERENCE_COLUMN in _names(row.cells)), 0)
        self._names = _names(rows[header].cells)
        self._columns = _columns(self._names)
        self._copies: Counter[str] = Counter()
        self.rows = rows[header + 1 :]
        self.vehicles: list[Vehicle] = []
        self.passed_over: list[PassedOver] = []

    def add(self, row: _Row) -> None:
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
            text = to_ascii(normalise(" ".join(filter(None, cells))))[:_LONGEST_SHOWN]
            self.passed_over.append(PassedOver(row.line, why, text))
        else:
            self._copies[vehicle.reference] += 1
            self.vehicles.append(vehicle)

    def _vehicle(self, cells: list[str], line: int) -> Vehicle:
        def cell(name: str) -> str:
            return normalise(cells[self._columns[name]]) if name in self._columns else ""

        reference, vin = cells[self._columns["reference"]], clean_vin(cell("vin"))
        year, make, model = cell("year"), cell("make"), cell("model")
        certain = any((vin, year, make, model)) or not self._columns.keys() & OPTIONAL_COLUMNS
        occurrence = self._copies[reference] + 1
        return Vehicle(reference, vin, occurrence, year, make, model, certain, line)

    def _why_not(self, vehicle: Vehicle, cells: list[str]) -> str:
        """Return why the row is no vehicle; empty for one."""
        if not any(cell.strip() for cell in cells):
            return _BLANK
        if _names(cells)[: len(self._names)] == self._names:
            return "the header again"
        if any(cell.strip() for cell in cells[len(self._names) :]) and not vehicle.vin:
            return _SHIFTED
        is_car = vehicle.vin or _YEAR.fullmatch(vehicle.year)
        if not is_car and _SUMMARY.search(vehicle.reference) and _is_alone(cells):
            return _SUMMARY_ROW
        known = (vehicle.reference.strip(), vehicle.vin, vehicle.year, vehicle.make, vehicle.model)
        if not any(known):
            return "no reference"
        return ""


def _is_alone(cells: list[str]) -> bool:
    """Return whether all other cells are empty, or totals and counts as well."""
    others = [cell for cell in cells if cell.strip()][1:]
    return all(_SUMMARY.search(cell) or not any(c.isalpha() for c in cell) for cell in others)


def _decode(data: bytes) -> str:
    """Return the file's text. Raise InventoryError if it is not text, or a web page."""
    encoding = _encoding(data)
    # Some servers fill up the last block of what they send.
    data = data if encoding.startswith("utf-16") else data.rstrip(b"\0\x1a")
    if not data.strip():
        raise InventoryError("The exported inventory is empty: export it again")
    try:
        text = data.decode(encoding).rstrip("\0\x1a")
    except UnicodeDecodeError as error:
        raise InventoryError(
            f"The exported inventory is not {error.encoding} text at byte {error.start}: "
            "it may be cut, export it again"
        ) from error
    if text.lstrip()[:1] == "<":
        raise InventoryError(
            "The exported inventory looks like an HTML page: the session may have ended, "
            "log in again"
        )
    if "\0" in text:
        raise InventoryError("The exported inventory is not text (it holds NUL): export it as CSV")
    return _FORMULA.sub(r'"\1"', text)


def _encoding(data: bytes) -> str:
    """Return the encoding by the byte-order mark; else UTF-8, or Windows-1252 where it is not."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    # Every second byte of ASCII is zero in UTF-16.
    if data[1:8:2] == b"\0" * 4 and data[0:8:2].isascii() and b"\0" not in data[0:8:2]:
        return "utf-16-le"
    if data[0:8:2] == b"\0" * 4 and b"\0" not in data[1:8:2]:
        return "utf-16-be"
    try:
        data.rstrip(b"\0\x1a").decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _rows(text: str) -> list[_Row]:
    """Header and rows, blank lines left out; never an empty list."""
    lines = list(io.StringIO(text, newline=""))
    delimiter = _delimiter(lines)
    rows, done = [], 0
    while done < len(lines):
        cells, span = _record(lines[done : done + _MOST_LINES], delimiter)
        done += span
        if len(cells) > 1 or (cells and cells[0].strip()):
            rows.append(_Row(done, cells, is_open=not lines[done - 1].endswith(("\r", "\n"))))
    if not rows:
        raise InventoryError("The exported inventory holds blank lines only: export it again")
    return rows


def _record(lines: list[str], delimiter: str) -> tuple[list[str], int]:
    """Return the cells of the first record, and the number of its lines.

    A quote that is not closed, or stands within a cell, is taken as a character: it would swallow
    the rows after it.
    """
    for span in range(1, len(lines) + 1):
        # strict: what does not follow the rules is an error, rather than read somehow.
        reader = csv.reader(lines[:span], delimiter=delimiter, strict=True)
        try:
            return [_unwrapped(cell) for cell in next(reader)], span
        except csv.Error as error:
            if "field limit" in str(error):
                raise InventoryError(
                    f"The exported inventory is no valid CSV ({error}): it may be cut, export it "
                    "again"
                ) from error
            if "unexpected end" not in str(error):
                break
    cells = lines[0].rstrip("\r\n").split(delimiter)
    return [_unquoted(cell) for cell in cells], 1


def _unwrapped(cell: str) -> str:
    """Return what a formula like `="001655"` shows."""
    inner = cell.strip()
    is_formula = len(inner) > 2 and inner.startswith('="') and inner.endswith('"')
    return inner[2:-1].replace('""', '"') if is_formula else cell


def _unquoted(cell: str) -> str:
    inner = cell.strip()
    is_quoted = len(inner) > 1 and inner[0] == inner[-1] == '"'
    return inner[1:-1].replace('""', '"') if is_quoted else cell


def _delimiter(lines: list[str]) -> str:
    """Return that of a `sep=` line; else the first with which a header names the references."""
    first = next((line for line in lines if line.strip()), "")
    if separator := _SEPARATOR.fullmatch(first):
        return separator[1]
    for delimiter in DELIMITERS:
        # A cell that is too long for the reader: the next delimiter may part it.
        with contextlib.suppress(InventoryError):
            for n in range(min(_MOST_TITLES, len(lines))):
                if REFERENCE_COLUMN in _names(_record(lines[n : n + _MOST_LINES], delimiter)[0]):
                    return delimiter
    return ","


def _names(header: list[str]) -> list[str]:
    names = [normalise(cell).lower() for cell in header]
    while names and not names[-1]:
        names.pop()
    return names


def _columns(names: list[str]) -> dict[str, int]:
    """Return the place of each known column. Raise InventoryError."""
    if names.count(REFERENCE_COLUMN) != 1:
        raise InventoryError(
            f"The exported inventory has {names.count(REFERENCE_COLUMN)} columns 'Reference Number'"
            f" instead of one; columns found: {_listed(names)}. "
            "Export all columns as CSV"
        )
    columns = {"reference": names.index(REFERENCE_COLUMN)}
    for name, spellings in OPTIONAL_COLUMNS.items():
        known = [spelling for spelling in spellings if spelling in names]
        if known:
            columns[name] = names.index(known[0])
    return columns


def _listed(names: list[str]) -> str:
    text = to_ascii(", ".join(names)) or "none"
    return text if len(text) <= _LONGEST_LIST else f"{text[:_LONGEST_LIST]}..."
