"""Feeds as users open them."""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.exporters import CsvItemExporter

if TYPE_CHECKING:
    from io import BytesIO

    from scrapy.item import Field

_FORMULA = frozenset(
    "=+-@"
    # Forms of these that some programs take for them: full-width, small, raised, lowered.
    "\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207c\u207a\u207b\u208c\u208a\u208b\u2212"
)
"""What a spreadsheet takes for the beginning of a formula."""
_FIRST = _FORMULA | frozenset("\t\r\n")
_SEPARATORS = r",;|\"\t\r\n\v\f\x85\u2028\u2029"
"""Behind these a program that takes another separator, or no quotes, begins a cell."""
_NOT_SEEN = r"\s\x00-\x20\x7f-\xa0\xad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
_GAP = re.compile(f"[{_SEPARATORS}{_NOT_SEEN}]+")
_SEPARATOR = re.compile(f"[{_SEPARATORS}]")


class CsvForExcel(CsvItemExporter):
    """A CSV for spreadsheets, which take some texts for formulas and run them.

    It begins with the mark by which Excel knows UTF-8: others are read as Windows-1252. All but
    numbers stands in quotes. Appended to the file of an earlier run, it repeats neither mark nor
    header. Each row is in the file at once, so that a run that is killed leaves the same rows as
    PDFs.
    """

    def __init__(self, file: BytesIO, **known: Any) -> None:
        super().__init__(
            file, **{"quoting": csv.QUOTE_NONNUMERIC, **known, "encoding": "utf-8-sig"}
        )
        if _first_row(file) == self._names:
            self.include_headers_line = False

    @property
    def _names(self) -> list[str]:
        """Return the header."""
        fields = self.fields_to_export or ()
        return [*(fields.values() if isinstance(fields, Mapping) else fields)]

    def export_item(self, item: Any) -> None:
        """Write the item's row."""
        super().export_item(item)
        self.stream.flush()

    def serialize_field(self, field: Mapping[str, Any] | Field, name: str, value: Any) -> Any:
        """Return the value as it is written: numbers as they are, all else as harmless text."""
        value = super().serialize_field(field, name, value)
        return value if value is None or isinstance(value, (int, float)) else harmless(str(value))


def _first_row(file: BytesIO) -> list[str]:
    """Return the first row of a file that is appended to; an empty list for any other file."""
    # A pipe knows no position, and a file in memory has no name.
    with contextlib.suppress(OSError, AttributeError, csv.Error):
        if file.tell():
            path = Path(str(file.name))
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as known:
                return next(csv.reader(known), [])
    return []


def harmless(text: str) -> str:
    """Return `text` with an apostrophe wherever a spreadsheet might begin a formula.

    That is at its beginning and, as programs differ in what separates cells, behind anything that
    might. A tab or a line end at the beginning gets one, too (OWASP, CSV Injection).
    """

    def with_apostrophe(gap: re.Match[str]) -> str:
        begins_cell = gap.start() == 0 or _SEPARATOR.search(gap[0])
        is_formula = begins_cell and text[gap.end() : gap.end() + 1] in _FORMULA
        return f"{gap[0]}'" if is_formula else gap[0]

    marked = _GAP.sub(with_apostrophe, text)
    return f"'{marked}" if marked[:1] in _FIRST else marked
