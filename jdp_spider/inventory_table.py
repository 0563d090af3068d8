"""The table that the site exports as the inventory: its rows, and what its columns are."""

from __future__ import annotations

import re
from typing import NamedTuple

from jdp_spider.utils.csv_rows import MOST_TITLES, Row, TooLong, names_of, read_rows
from jdp_spider.utils.decoding import NotText, decode
from jdp_spider.utils.html_table import is_html, read_tables
from jdp_spider.utils.text import to_ascii
from jdp_spider.utils.vin import has_check_digit, vins_in

# The column's name was seen on the real site (site fact F14). The others were not (site fact F15),
# so several usual spellings are known. Compared without regard to case and amount of white space.
REFERENCE_COLUMN = "reference number"
_OTHER_REFERENCE_COLUMNS = (
    "stock number",
    "stock no.",
    "stock no",
    "stock #",
    "stock#",
    "reference no.",
    "reference no",
    "reference #",
    "ref number",
    "ref no.",
    "ref no",
    "ref #",
    "reference",
)
"""Taken where no column is a `REFERENCE_COLUMN`, beside one of the others below: the first that is
there."""
OPTIONAL_COLUMNS = {
    "vin": (
        "vin",
        "vin number",
        "vin no",
        "vin no.",
        "vin #",
        "vin#",
        "full vin",
        "vehicle identification number",
        "vehicle identification number (vin)",
    ),
    "year": ("year", "model year", "vehicle year", "yr"),
    "make": ("make", "vehicle make"),
    "model": ("model", "model name", "vehicle model"),
}

_REFERENCE_COLUMNS = (REFERENCE_COLUMN, *_OTHER_REFERENCE_COLUMNS)
_DESCRIBING = {name for names in OPTIONAL_COLUMNS.values() for name in names}
_LONGEST_START = 20_000
"""Characters among which the header stands."""
_FEWEST_VINS = 3
_SHARE_OF_VINS = 0.9
"""Of the rows, from which on a column without a known name is that of the VINs."""
_LONGEST_LIST = 300
_LONGEST_SHOWN = 60
_LONGEST_END = 20_000
"""Characters behind which a web page at the end of the file ends at the latest."""
_PAGE_ENDS = re.compile(r"</html\s*>\s*(<!--.*-->\s*)?\Z", re.I | re.S)
_DOCTYPE = re.compile(r"<!doctype[^<>]*>\s*\Z", re.I)
_ERROR_PAGE = re.compile(
    r"[^<>]*\b(error|exception|timed? ?out|unavailable|gateway|failed|failure)\b[^<>]*", re.I
)

_ERROR_LINE = re.compile(
    r"\b(error|exception|time[d-]? ?out|deadlock|unavailable|failed|failure|aborted)\b", re.I
)
_NO_ERROR = re.compile(
    r"\b(no|0|without) (an )?(error|exception)|\b(error|failed)\W+(0|no)\b", re.I
)
_MOST_OF_ERROR = 40
"""Lines of an error at the end, with what calls were made."""
_WORDS = 4
"""Of a sentence: a table of one or two columns has no row that is short."""

_IN_MARKUP = r"(?:\s|&nbsp;|<[^<>]*>)+".join(REFERENCE_COLUMN.split())
_WANTED = (
    "Export all columns as CSV; if the menu has moved, export_csv in selectors.toml names its entry"
)
_READABLE = (
    "This program reads CSV and tables of HTML. Export by hand, to see which entry of the menu "
    "gives one of these: export_csv in selectors.toml names it (docs/selectors.md)"
)
"""Where the menu's CSV may be something else."""
_RENAMED = (
    ". If one of these has the reference or stock numbers, its name was changed at the site, or is "
    "in another language: name it 'Stock #' there, or have the site show English"
)
_A_REFERENCE_COLUMN = f"(?:{'|'.join(map(re.escape, _REFERENCE_COLUMNS))})"
_NAMES_PARTED = re.compile(
    rf"(?i)\b{_A_REFERENCE_COLUMN}[\"']*\s*[,;|\t]"
    rf"|[,;|\t]\s*[\"']*{_A_REFERENCE_COLUMN}(?!\w)"
)
_PADDING = re.compile(r"\0{1,64}(?=[,;|\t\"' ]|[\r\n]|\Z)")
"""What old systems fill up cells of fixed columns with; elsewhere a block of a file was lost."""


class InventoryError(ValueError):
    """Raised for an exported file that cannot be read.

    The message is ASCII and says what was found, on which line, and what to do.
    """


class Table(NamedTuple):
    """What was exported: a table of CSV or HTML."""

    names: list[str]
    """Of the columns, in lower case; none is empty at the end."""
    columns: dict[str, int]
    """The places of `reference` and of those of `OPTIONAL_COLUMNS` that are there."""
    rows: list[Row]
    """What follows the header, without blank lines."""


def read_table(data: bytes) -> Table:
    """Return the table of an exported file.

    Raise InventoryError for a file that is none, or names no references.
    """
    text = _decode(data)
    rows, column = _rows_of_page(text) if is_html(text) else _rows(text)
    header = _header(rows, column) or 0
    names, rows = names_of(rows[header].cells), rows[header + 1 :]
    _check_end(rows, len(names))
    return Table(names, _columns(names, column, rows), rows)


def _check_end(rows: list[Row], width: int) -> None:
    """Raise InventoryError where the last lines, which are no rows, tell of an error.

    A server that fails in mid-export has sent the status of a success before.
    """
    for row in reversed(rows[-_MOST_OF_ERROR:]):
        filled = [cell for cell in row.cells if cell.strip()]
        text = " ".join(" ".join(filled).split())
        is_short = 2 * len(filled) < width or (len(filled) == 1 and len(text.split()) >= _WORDS)
        if not is_short or vins_in(text):
            return
        if _ERROR_LINE.search(text) and not _NO_ERROR.search(text):
            raise InventoryError(
                "The exported inventory breaks off with a line that tells of an error "
                f"('{to_ascii(text)[:_LONGEST_SHOWN]}'): export it again"
            )


def _decode(data: bytes) -> str:
    """Return the file's text. Raise InventoryError if it is not text, or a web page."""
    # Some servers fill up the last block of what they send.
    if not data.strip(b"\0\x1a\t\n\x0b\x0c\r "):
        raise InventoryError("The exported inventory is empty: export it again")
    try:
        text = decode(data).rstrip("\0\x1a")
    except NotText as error:
        what_next = _READABLE if error.is_document else _WANTED
        raise InventoryError(f"The exported inventory is {error}. {what_next}") from None
    text = _PADDING.sub("", _without_page(text))
    if "\0" in text:
        raise InventoryError("The exported inventory is not text (it holds NUL): export it as CSV")
    return text


def _without_page(text: str) -> str:
    """Return the text before a web page that a server has sent behind the table.

    Raise InventoryError where that tells of an error, as the table is not whole then.
    """
    if not _PAGE_ENDS.search(text[-_LONGEST_END:]):
        return text
    start = text.lower().rfind("<html")
    table, page = _DOCTYPE.sub("", text[:start]), text[start:]
    if not table.strip():
        return text
    if said := _ERROR_PAGE.search(page):
        raise InventoryError(
            "The exported inventory breaks off, and a web page follows that tells of an error "
            f"('{to_ascii(' '.join(said[0].split()))[:_LONGEST_SHOWN]}'): export it again"
        )
    return table


def _rows(text: str) -> tuple[list[Row], str]:
    """Return header and rows, without blank lines, and what the references' column is called.

    There is at least one row. Without such a column it is REFERENCE_COLUMN.
    """
    try:
        rows = read_rows(text, REFERENCE_COLUMN)
        if not rows:
            raise InventoryError("The exported inventory holds blank lines only: export it again")
        if _header(rows, REFERENCE_COLUMN) is not None:
            return rows, REFERENCE_COLUMN
        start = " ".join(names_of([text[:_LONGEST_START]]))
        # Each look costs as much as reading the file.
        for column in (each for each in _OTHER_REFERENCE_COLUMNS if each in start):
            found = read_rows(text, column)
            if _header(found, column) is not None:
                return found, column
        inner = _unquoted_lines(rows)
        # It had quotes around its lines, then.
        if inner and len(inner) < len(text):
            return _rows(inner)
        return rows, REFERENCE_COLUMN
    except TooLong as error:
        raise InventoryError(
            f"The exported inventory is no valid CSV ({error}): it may be cut, export it again"
        ) from error


def _unquoted_lines(rows: list[Row]) -> str:
    """Return the lines of a file in which each is in quotes as a whole; empty for others.

    Excel saves a file so that it has opened as one column. The caller has found no header.
    """
    if any(len(row.cells) != 1 for row in rows):
        return ""
    lines = [row.cells[0] for row in rows]
    # Within the quotes there must be something that parts the names.
    if not any(_NAMES_PARTED.search(line) for line in lines[:MOST_TITLES]):
        return ""
    return "\r\n".join(lines) + "\r\n" * (not rows[-1].is_open)


def _rows_of_page(text: str) -> tuple[list[Row], str]:
    """Return the same of a table in a page. Raise InventoryError."""
    for rows in read_tables(text):
        for column in _REFERENCE_COLUMNS:
            # A page of the site may have a form in a table.
            if (header := _header(rows, column)) is not None and len(rows[header].cells) > 1:
                return rows, column
    what = "the session may have ended, log in again"
    if re.search(rf"(?i)\b{_IN_MARKUP}\b", text):
        what = f"it is a table of another format. {_WANTED}"
    raise InventoryError(f"The exported inventory looks like an HTML page: {what}")


def _header(rows: list[Row], column: str) -> int | None:
    """Return the number of the first row that names the references' column, if there is one."""
    for number, row in enumerate(rows):
        names = names_of(row.cells)
        if column in names and (column == REFERENCE_COLUMN or _DESCRIBING & set(names)):
            return number
    return None


def _columns(names: list[str], column: str, rows: list[Row]) -> dict[str, int]:
    """Return the place of each known column. Raise InventoryError."""
    places = [number for number, name in enumerate(names) if name == column]
    # Some exports have a column once more, without anything in it.
    filled = [n for n in places if any("".join(row.cells[n : n + 1]).strip() for row in rows)]
    if len(places) != 1 and len(filled) != 1:
        raise InventoryError(
            f"The exported inventory has {len(places)} columns '{column.title()}'"
            f" instead of one; columns found: {_listed(names)}. "
            f"Export all columns as CSV{'' if places else _RENAMED}"
        )
    columns = {"reference": (filled or places)[0]}
    for name, spellings in OPTIONAL_COLUMNS.items():
        known = [spelling for spelling in spellings if spelling in names]
        if known:
            columns[name] = names.index(known[0])
    if "vin" not in columns and (vin := _vin_by_shape(rows, len(names))) is not None:
        columns["vin"] = vin
    return columns


def _vin_by_shape(rows: list[Row], width: int) -> int | None:
    """Return the only column of which nearly every cell is a VIN of its own, whatever it is called.

    The check digit tells: vehicles for other markets have none, and are then known by reference.
    """
    cells = [row.cells for row in rows if any(cell.strip() for cell in row.cells[1:])]
    fewest = max(_FEWEST_VINS, len(cells) * _SHARE_OF_VINS)
    found = []
    for number in range(width):
        vins = {row[number].strip().upper() for row in cells if number < len(row)}
        if sum(vins_in(vin) == [vin] and has_check_digit(vin) for vin in vins) >= fewest:
            found.append(number)
    return found[0] if len(found) == 1 else None


def _listed(names: list[str]) -> str:
    text = to_ascii(", ".join(names)) or "none"
    return text if len(text) <= _LONGEST_LIST else f"{text[:_LONGEST_LIST]}..."
