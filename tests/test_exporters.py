from __future__ import annotations

import codecs
import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.exporters import CsvForExcel, harmless
from jdp_spider.items import EXPORTED
from tests.support.factories import report, vehicle

if TYPE_CHECKING:
    from pathlib import Path

FORMULAS = {
    '=HYPERLINK("http://evil.example","Ford")': '\'=HYPERLINK("http://evil.example","Ford")',
    "=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0",
    "@SUM(1+1)": "'@SUM(1+1)",
    "+1": "'+1",
    "-1": "'-1",
    "\t=1": "'\t'=1",
    "\r=1": "'\r'=1",
    "\tFord": "'\tFord",
    "\nFord": "'\nFord",
    "  =1": "  '=1",
    "\xa0=1": "\xa0'=1",
    "\u200b\ufeff=1": "\u200b\ufeff'=1",
    "\0=1": "\0'=1",
    "\uff1d1": "'\uff1d1",
    "\uff0b1": "'\uff0b1",
    "\uff0d1": "'\uff0d1",
    "\uff20SUM(1)": "'\uff20SUM(1)",
    "\u22121": "'\u22121",
    "Ford;=1": "Ford;'=1",
    "Ford, =1": "Ford, '=1",
    "Ford\t=1": "Ford\t'=1",
    "Ford\r\n=1": "Ford\r\n'=1",
    'Ford";=1': "Ford\";'=1",
    '"=1': "\"'=1",
    '"",=1': '"",\'=1',
    "a|=1": "a|'=1",
}


@pytest.mark.parametrize(("text", "written"), FORMULAS.items(), ids=ascii)
def test_formula_gets_an_apostrophe(text: str, written: str) -> None:
    assert harmless(text) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "165548",
        "165548A",
        "F-150",
        "A = B",
        "Town & Country",
        "a,b;c",
        "x@y",
        "'=1",
        "Ford - +",
        " ",
    ],
)
def test_other_text_is_unchanged(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("text", ["\t" * 200_000, " " * 200_000 + "=", ",=" * 100_000])
def test_long_cells_are_handled_fast(text: str) -> None:
    """A pattern that goes back and forth over them would take hours."""
    assert len(harmless(text)) >= len(text)


def written(**fields: Any) -> bytes:
    file = io.BytesIO()
    exporter = CsvForExcel(file, fields_to_export=list(EXPORTED))
    exporter.start_exporting()
    exporter.export_item(replace(report(vehicle("1", 1)), **fields))
    exporter.finish_exporting()
    return file.getvalue()


def test_csv_quotes_escaped_text_and_leaves_numbers_unchanged() -> None:
    data = written(model='=1+"2"', year="-5", make="Ford;=1", pages=-3, seconds=1.5, file=None)
    assert data.startswith(codecs.BOM_UTF8)
    header, line, _ = data.decode("utf-8-sig").split("\r\n")
    assert header == ",".join(f'"{name}"' for name in EXPORTED)
    (row,) = csv.DictReader(io.StringIO(f"{header}\r\n{line}"))
    found = [row[name] for name in ("model", "year", "make", "pages", "seconds", "file")]
    assert found == ['\'=1+"2"', "'-5", "Ford;'=1", "-3", "1.5", ""]
    assert '"\'=1+""2"""' in line and ",-3," in line and line.endswith(",1.5")


def appended(path: Path, name: str, fields: tuple[str, ...] = EXPORTED) -> None:
    """Append a vehicle's row as Scrapy does with -o."""
    with path.open("ab") as file:
        exporter = CsvForExcel(file, fields_to_export=list(fields))
        exporter.start_exporting()
        exporter.export_item(report(vehicle(name, 1)))
        # What a run that is killed now leaves.
        assert name.encode() in path.read_bytes()
        exporter.finish_exporting()


def test_appended_csv_has_one_header_and_one_mark(tmp_path: Path) -> None:
    path = tmp_path / "vehicles.csv"
    for name in ("165548", "165549"):
        appended(path, name)
    assert path.read_bytes().count(codecs.BOM_UTF8) == 1
    header, *rows = csv.reader(io.StringIO(path.read_text("utf-8-sig")))
    assert tuple(header) == EXPORTED
    assert [row[0] for row in rows] == ["165548", "165549"]


def test_csv_appended_to_other_columns_has_a_header_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "vehicles.csv"
    for fields in (EXPORTED[:3], EXPORTED):
        appended(path, "165548", fields)
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    assert rows[::2] == [[*EXPORTED[:3]], [*EXPORTED]]
