"""The rows of a CSV file as spreadsheets, grids and libraries write it."""

from __future__ import annotations

import contextlib
import csv
import html
import io
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_DELIMITERS = (",", ";", "\t", "|")
_QUOTES = ('"', "'")
MOST_TITLES = 50
"""Lines among which the header must stand: titles and a `sep=` line may come before it."""
_LONGEST_HEADER = 10_000
"""Characters of a line whose delimiter is looked for."""
_MOST_LINES = 20
"""Lines that one cell in quotes may span."""

# Excel keeps leading zeros with a formula: ="001655"
_FORMULA = re.compile(r'(?m)(?:(?<=[,;|\t\r\n"])|^)="((?:[^"\r\n]|"")*)"(?=[,;|\t\r\n]|$)')
_SEPARATOR = re.compile(r'\s*"?sep=(.)"?[\s,;]*', re.IGNORECASE)
_TAGS = r"</?(?:a|abbr|b|br|div|em|font|i|img|nobr|p|small|span|strong|sub|sup|u)\b[^<>]*>"
"""What a grid draws a cell with. Other words between such signs may have been typed in."""
_TAG = re.compile(_TAGS, re.IGNORECASE)
_DRAWN = re.compile(rf"{_TAGS}.*{_TAGS}|.*<br ?/?>", re.IGNORECASE | re.DOTALL)
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9A-Fa-f]+|[A-Za-z]{2,8});")
_HUMP = re.compile("_|(?<=[a-z])(?=[A-Z])")


class TooLong(ValueError):
    """Raised for a cell that is longer than any can be; says so."""


class Row(NamedTuple):
    """One row: a line, or more where a cell has line breaks."""

    line: int
    """Where it ends, counted from 1."""
    cells: list[str]
    is_open: bool
    """Whether the file ends within it, without a line break."""


class _Dialect(NamedTuple):
    delimiter: str = ","
    quote: str = '"'


class _Header(NamedTuple):
    width: int = 0
    """The number of columns that have a name; 0 as long as the header is not read."""
    place: int = 0
    """Where the column is that tells the rows apart."""


def read_rows(text: str, column: str) -> list[Row]:
    """Return the rows that are not blank; the header is the first that names `column`.

    Quotes, formulas around a text, and HTML in cells are taken off. Raise TooLong.
    """
    lines = list(io.StringIO(_FORMULA.sub(r'"\1"', text), newline=""))
    dialect = _dialect(lines, column)
    rows, done, header = [], 0, _Header()
    while done < len(lines):
        cells, span = _record(lines[done : done + _MOST_LINES], dialect, header)
        done += span
        if len(cells) > 1 or (cells and cells[0].strip()):
            rows.append(Row(done, cells, is_open=not lines[done - 1].endswith(("\r", "\n"))))
        if not header.width and column in (names := names_of(cells)):
            header = _Header(len(names), names.index(column))
    return rows


def names_of(header: list[str]) -> list[str]:
    """Return the names of columns in lower case, without empty ones at the end.

    A field's name such as `referenceNumber` is parted; tags, and signs around a name, are left out.
    """
    shown = [_bare(html.unescape(_TAG.sub(" ", cell))) for cell in header]
    names = [" ".join(_HUMP.sub(" ", name).split()).lower() for name in shown]
    while names and not names[-1]:
        names.pop()
    return names


def _bare(cell: str) -> str:
    """Return the cell without signs before and after its words: "* Name:" is "Name"."""
    start, end = 0, len(cell)
    while start < end and _is_sign(cell[start]):
        start += 1
    # "VIN #" and "VIN No." are names.
    while start < end and _is_sign(cell[end - 1]) and cell[end - 1] not in "#.":
        end -= 1
    return cell[start:end]


def _is_sign(character: str) -> bool:
    return not character.isalnum() and character not in _QUOTES


def _record(lines: list[str], dialect: _Dialect, header: _Header) -> tuple[list[str], int]:
    """Return the cells of the first record, and the number of its lines.

    A quote that is not closed, or stands within a cell, is taken as a character: it would swallow
    the rows after it.
    """
    for span in range(1, len(lines) + 1):
        try:
            cells = _strictly(lines[:span], dialect)
        except csv.Error as error:
            if "field limit" in str(error):
                raise TooLong(str(error)) from error
            if "unexpected end" in str(error):
                continue
            break
        # A cell with a line break leaves the line before or after it short. Both are whole: rows.
        if span > 1 and all(_is_row(line, dialect, header) for line in (lines[0], lines[span - 1])):
            break
        return [_shown(_unwrapped(cell)) for cell in cells], span
    cells = _malformed(lines[0], dialect, header)
    return [_shown(_unquoted(cell, dialect.quote)) for cell in cells], 1


def _strictly(lines: list[str], dialect: _Dialect) -> list[str]:
    """Return the cells of a record that follows the rules. Raise csv.Error for any other."""
    reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
    return next(reader)


def _is_row(line: str, dialect: _Dialect, header: _Header) -> bool:
    """Return whether the line alone has a cell for each column."""
    try:
        cells = _strictly([line], dialect)
    except csv.Error:
        cells = _leniently(line, dialect)
    return 0 < header.width <= len(cells) and any(map(str.isalnum, line))


def _malformed(line: str, dialect: _Dialect, header: _Header) -> list[str]:
    """Return the cells of a line whose quotes do not follow the rules."""
    bare = _split(line, dialect)
    if not header.width:
        return bare
    for cells in (_leniently(line, dialect), bare):
        joined = _joined(cells, dialect, header)
        if len(joined) >= header.width and not any(map(str.strip, joined[header.width :])):
            return joined
    return bare


def _leniently(line: str, dialect: _Dialect) -> list[str]:
    """Return the cells of a line in which quotes may stand anywhere, also one that stays open."""
    reader = csv.reader([line, ""], delimiter=dialect.delimiter, quotechar=dialect.quote)
    try:
        cells = next(reader)
    except csv.Error:
        # A cell that is too long. Parted at each delimiter, none may be.
        return _split(line, dialect)
    is_open = reader.line_num > 1
    return [*cells[:-1], *_split(dialect.quote + cells[-1], dialect)] if is_open else cells


def _split(line: str, dialect: _Dialect) -> list[str]:
    return line.rstrip("\r\n").split(dialect.delimiter)


def _joined(cells: list[str], dialect: _Dialect, header: _Header) -> list[str]:
    """Return the cells with those too many joined to the text that a quote begins.

    Only where that is right of the column that tells the rows apart: it cannot get a wrong cell.
    """
    filled = next((n for n in range(len(cells), 0, -1) if cells[n - 1].strip()), 0)
    surplus = filled - header.width
    begins = (n for n in range(header.place + 1, filled) if _opens(cells[n], dialect.quote))
    start = next(begins, None)
    if surplus <= 0 or start is None:
        return cells
    end = start + surplus + 1
    return [*cells[:start], dialect.delimiter.join(cells[start:end]), *cells[end:]]


def _opens(cell: str, quote: str) -> bool:
    """Return whether a quote begins the cell, and none ends it."""
    inner = cell.strip()
    return inner.startswith(quote) and not (len(inner) > 1 and inner.endswith(quote))


def _unwrapped(cell: str) -> str:
    """Return what a formula like `="001655"` shows."""
    inner = cell.strip()
    is_formula = len(inner) > 2 and inner.startswith('="') and inner.endswith('"')
    return inner[2:-1].replace('""', '"') if is_formula else cell


def _unquoted(cell: str, quote: str) -> str:
    inner = cell.strip()
    is_quoted = len(inner) > 1 and inner[0] == inner[-1] == quote
    return inner[1:-1].replace(quote * 2, quote) if is_quoted else cell


def _shown(cell: str) -> str:
    """Return what a page would show of a cell that holds HTML."""
    if "<" in cell:
        is_drawn = _DRAWN.fullmatch(cell.strip())
        return html.unescape(_TAG.sub(" ", cell)).strip() if is_drawn else cell
    return html.unescape(cell) if "&" in cell and _ENTITY.search(cell) else cell


def _dialect(lines: list[str], column: str) -> _Dialect:
    """Return that of a `sep=` line; else the first with which a header names the column."""
    first = next((line for line in lines if line.strip()), "")
    if separator := _SEPARATOR.fullmatch(first):
        return _Dialect(separator[1])
    for dialect in _possible(lines, column):
        # A cell that is too long for the reader: the next delimiter may part it.
        with contextlib.suppress(TooLong):
            for n in range(min(MOST_TITLES, len(lines))):
                if column in names_of(_record(lines[n : n + _MOST_LINES], dialect, _Header())[0]):
                    return dialect
    return _Dialect()


def _possible(lines: list[str], column: str) -> Iterator[_Dialect]:
    """Yield the usual dialects; then those with the characters around the column's name."""
    yield from (_Dialect(delimiter, quote) for quote in _QUOTES for delimiter in _DELIMITERS)
    words = "[ _]?".join(column.split())
    beside = re.compile(rf"(?i)([^\w\"']?)([\"']?)\b{words}\b\2([^\w\"']?)")
    for line in (each for each in lines[:MOST_TITLES] if len(each) <= _LONGEST_HEADER):
        if found := beside.search(line.rstrip("\r\n")):
            for delimiter in (found[3], found[1]):
                if delimiter:
                    yield from (_Dialect(delimiter, quote) for quote in _QUOTES)
