"""The inventory as the site exports it: one `Vehicle` for each row of the CSV."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

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
DELIMITERS = (",", ";", "\t")

_LONGEST_LIST = 300

_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")


class InventoryError(ValueError):
    """The exported file cannot be read whole; raised by `read_inventory`.

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

    @property
    def key(self) -> str:
        """Return what identifies the vehicle in one job; unique, as the occurrence comes last."""
        return f"{self.reference}#{self.occurrence}"

    @property
    def label(self) -> str:
        """Return the reference for logs and errors: one line, ASCII only."""
        text = to_ascii(self.reference) or "(no reference)"
        return text if self.occurrence == 1 else f"{text} (copy {self.occurrence})"


def normalise(reference: str) -> str:
    """Return the reference without outer white space and with single spaces inside.

    To compare it with cells of the grid and the text of a bookout, where layout decides about white
    space. Case stays: "165548a" and "165548A" may be two vehicles.
    """
    return " ".join(reference.split())


def clean_vin(cell: str) -> str:
    """Return the VIN in upper case, or "" if it is not 17 characters of A-Z (no I, O, Q), 0-9.

    The check digit is ignored: vehicles made for other markets have none.
    """
    vin = cell.strip().upper()
    return vin if _VIN.fullmatch(vin) else ""


def read_inventory(data: bytes) -> list[Vehicle]:
    """Return every vehicle of the exported CSV in order; an empty list if it has only a header.

    Raise InventoryError rather than leave out or shift a row.
    """
    rows = _rows(_decode(data))
    columns, width = _columns(rows[0][1])
    copies: Counter[str] = Counter()
    vehicles = []
    for line, row in rows[1:]:
        _check_width(line, row, width)
        reference = row[columns["reference"]]
        copies[reference] += 1
        vehicles.append(_vehicle(row, columns, copies[reference]))
    return vehicles


def _vehicle(row: list[str], columns: dict[str, int], occurrence: int) -> Vehicle:
    def cell(name: str) -> str:
        return normalise(row[columns[name]]) if name in columns else ""

    return Vehicle(
        reference=row[columns["reference"]],
        vin=clean_vin(cell("vin")),
        occurrence=occurrence,
        year=cell("year"),
        make=cell("make"),
        model=cell("model"),
    )


def _decode(data: bytes) -> str:
    """Return the file's text. Raise InventoryError if it is not text, or a web page."""
    if not data.strip():
        raise InventoryError("The exported inventory is empty: export it again")
    try:
        text = data.decode(_encoding(data))
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
    return text


def _encoding(data: bytes) -> str:
    """Return the encoding: by a byte-order mark, else UTF-8, else Windows-1252."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Return header and rows with the line each ends on, without blank lines; never empty."""
    delimiter = _delimiter(text)
    # strict: an open quote would otherwise swallow every row behind it without a word.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        for row in reader:
            if len(row) > 1 or (row and row[0].strip()):
                rows.append((reader.line_num, row))  # noqa: PERF401 - line_num is of this row
    except csv.Error as error:
        raise InventoryError(
            f"The exported inventory is no valid CSV at line {reader.line_num} ({error}): "
            "it may be cut, export it again"
        ) from error
    if not rows:
        raise InventoryError("The exported inventory holds blank lines only: export it again")
    return rows


def _delimiter(text: str) -> str:
    """Return the first delimiter by which the header has the reference column, else a comma."""
    header = text.lstrip().splitlines()[:1]
    for delimiter in DELIMITERS:
        # A cell that is too long for the reader: the next delimiter may part it.
        with contextlib.suppress(csv.Error):
            for row in csv.reader(header, delimiter=delimiter):
                if REFERENCE_COLUMN in _names(row):
                    return delimiter
    return ","


def _names(header: list[str]) -> list[str]:
    return [normalise(cell).lower() for cell in header]


def _columns(header: list[str]) -> tuple[dict[str, int], int]:
    """Return where each known column is, and how many columns a row must have."""
    names = _names(header)
    while names and not names[-1]:
        names.pop()
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
    return columns, len(names)


def _listed(names: list[str]) -> str:
    text = to_ascii(", ".join(names)) or "none"
    return text if len(text) <= _LONGEST_LIST else f"{text[:_LONGEST_LIST]}..."


def _check_width(line: int, row: list[str], width: int) -> None:
    """Raise InventoryError for a row that is truncated or whose cells may be shifted."""
    if len(row) >= width and not any(cell.strip() for cell in row[width:]):
        return
    raise InventoryError(
        f"The row that ends at line {line} of the exported inventory has {len(row)} columns, the "
        f"header has {width}: it may be cut, export it again"
    )
