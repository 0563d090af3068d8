from __future__ import annotations

from pathlib import Path

import pytest

from jdp_spider.inventory import Vehicle, normalise, read_inventory
from jdp_spider.inventory_table import InventoryError
from jdp_spider.utils.vin import check_digit

HEADER = "Reference Number,VIN,Year,Make,Model"
VIN = "1FTFW1E50MFA12345"
OTHER_VIN = "2HGFC2F59KH500001"
CIVIC = "2HGES16575H591234"
FORD = Vehicle("165548", VIN, 1, "2021", "Ford", "F-150")


def exported(*lines: str, encoding: str = "utf-8-sig") -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode(encoding)


def test_rows_become_vehicles_in_order() -> None:
    data = exported(
        HEADER,
        f"165548,{VIN},2021,Ford,F-150",
        f'165548A,{OTHER_VIN.lower()},2019,"Honda, ""new""",Cívic',
    )
    second = Vehicle("165548A", OTHER_VIN, 1, "2019", 'Honda, "new"', "Cívic")
    assert read_inventory(data).vehicles == [FORD, second]


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_detected(encoding: str, delimiter: str) -> None:
    lines = (HEADER, f"16/é,{VIN},2021,Ford,F-150")
    data = exported(*(line.replace(",", delimiter) for line in lines), encoding=encoding)
    assert read_inventory(data).vehicles == [Vehicle("16/é", VIN, 1, "2021", "Ford", "F-150")]


@pytest.mark.parametrize(
    "header",
    [
        " reference  NUMBER ,Vin #,Model Year,MAKE,model",
        '"Reference Number","VIN Number","Year","Make","Model"',
        "Reference Number,VIN,Year,Make,Model,,",
    ],
)
def test_headers_match_ignoring_case_and_spacing(header: str) -> None:
    assert read_inventory(exported(header, f"165548,{VIN},2021,Ford,F-150,,")).vehicles == [FORD]


VINS = ("1FTFW1E50MFA12345", "2HGES16575H591234", "1HGCM82633A004352", "1M8GDM9AXKP042788")


def _with_check_digit(vin: str) -> str:
    return vin[:8] + check_digit(vin) + vin[9:]


@pytest.mark.parametrize(
    ("others", "found"),
    [
        (["Ford", "Honda", "Honda", "Kia"], True),
        # Of two such columns nobody can tell which it is.
        ([_with_check_digit(vin[::-1]) for vin in VINS], False),
    ],
)
def test_column_of_vins_is_known_by_its_cells(others: list[str], found: bool) -> None:
    vins = [_with_check_digit(vin) for vin in VINS]
    rows = [f"{165548 + n},{vin.lower()},{others[n]}" for n, vin in enumerate(vins)]
    inventory = read_inventory(exported("Reference Number,NIV,Autre", *rows))
    assert [each.vin for each in inventory.vehicles] == (vins if found else [""] * 4)


@pytest.mark.parametrize(
    "cells",
    [
        # Too few, without check digits, in too few rows, the same in all.
        VINS[1:3],
        ["WAUZZZ8K9BA000001", "WAUZZZ8K9BA000002", "WAUZZZ8K9BA000003", "WAUZZZ8K9BA000004"],
        [_with_check_digit(vin) for vin in VINS[:3]] + ["no", "no"],
        [_with_check_digit(VINS[0])] * 5,
    ],
)
def test_other_columns_are_not_taken_for_vins(cells: list[str]) -> None:
    rows = [f"{165548 + n},{cell},2021" for n, cell in enumerate(cells)]
    inventory = read_inventory(exported("Reference Number,Trade-in,Year", *rows))
    assert {each.vin for each in inventory.vehicles} == {""}


@pytest.mark.parametrize("name", ["Stock #", "StockNumber", "Reference No.", "Reference"])
@pytest.mark.parametrize("delimiter", [",", "|"])
def test_references_may_be_in_a_column_of_another_name(name: str, delimiter: str) -> None:
    rows = (("Status", "Vehicle Identification Number", name), ("Stock #", VIN, "165548"))
    found = read_inventory(exported(*(delimiter.join(row) for row in rows))).vehicles
    assert [(each.reference, each.vin) for each in found] == [("165548", VIN)]


def test_reference_number_comes_before_other_names() -> None:
    found = read_inventory(exported("Stock Number,VIN,Reference Number", f"9000001,{VIN},165548"))
    assert [each.reference for each in found.vehicles] == ["165548"]


def test_empty_column_of_the_same_name_does_not_count() -> None:
    lines = ("Reference Number,Reference Number,VIN", f",165548,{VIN}", ",165549")
    assert [each.reference for each in read_inventory(exported(*lines)).vehicles] == [
        "165548",
        "165549",
    ]


def test_name_of_a_column_without_others_is_a_cell() -> None:
    with pytest.raises(InventoryError, match="columns found: lot"):
        read_inventory(exported("Lot", "Reference", "Stock Number"))


def in_html(rows: list[list[str]], *, end: str = "</table></div></body></html>") -> bytes:
    lines = (
        "".join(f"<td style='mso-number-format:x'>{cell}</td>" for cell in row) for row in rows
    )
    table = "".join(f"<tr>{line}</tr>\r\n" for line in lines)
    return f'<html><body><div>\r\n<table border="1">{table}{end}'.encode()


ROWS = [HEADER.split(","), ["165548", VIN, "2021", "Ford", "F-150"]]


def test_table_of_html_is_read_as_a_csv_is() -> None:
    second = ["<b>165548A</b>&nbsp;", f" {OTHER_VIN} ", "2019", "Honda", "Cívic &amp; more"]
    found = read_inventory(in_html([["Inventory"], *ROWS, [], second]))
    honda = Vehicle("165548A", OTHER_VIN, 1, "2019", "Honda", "Cívic & more")
    assert found.vehicles == [FORD, honda]
    assert not found.passed_over


def test_cell_over_several_columns_shifts_none() -> None:
    page = in_html([["Lot", "", *ROWS[0]], ["A", *ROWS[1]]]).replace(b">A<", b" colspan=2>A<")
    assert read_inventory(page).vehicles == [FORD]


def test_table_of_html_that_is_cut_is_refused() -> None:
    page = in_html(ROWS)
    with pytest.raises(InventoryError, match="may be cut"):
        read_inventory(page[: page.index(b"Ford")])


def test_form_in_a_table_is_no_inventory() -> None:
    page = b"<table><tr><td>Reference Number</td></tr><tr><td><input></td></tr></table>"
    with pytest.raises(InventoryError, match="HTML page"):
        read_inventory(page)


def test_same_reference_and_vin_are_one_vehicle() -> None:
    row, other = f"165548,{VIN},2021,Ford,F-150", f"165548,{OTHER_VIN},2019,Honda,Civic"
    found = read_inventory(exported(HEADER, row, other, row.replace("2021", "2020"), "1,,,,", "1"))
    assert [each.key for each in found.vehicles] == ["165548#1", "165548#2", "1#1", "1#2"]
    [again] = found.passed_over
    assert (again.line, again.why) == (4, "the same reference and VIN as a row before")


@pytest.mark.parametrize("delimiter", [*":^~!\x1f\xa7 ", "\x01"])
@pytest.mark.parametrize("before", ["Color", ""])
def test_delimiter_is_detected_beside_the_reference_column(delimiter: str, before: str) -> None:
    rows = [["Color", "Reference Number", "VIN"], ["red", "165548", VIN]]
    lines = [delimiter.join(f'"{cell}"' for cell in row[not before :]) for row in rows]
    found = read_inventory(exported(*lines)).vehicles
    assert [(each.reference, each.vin) for each in found] == [("165548", VIN)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_apostrophes_are_accepted_as_quotes(delimiter: str) -> None:
    lines = [HEADER, f"165548,{VIN},2021,Ford,F-150"]
    data = exported(*("'" + line.replace(",", f"'{delimiter}'") + "'" for line in lines))
    assert read_inventory(data).vehicles == [FORD]


@pytest.mark.parametrize(
    "header",
    ["referenceNumber,vin,year,make,model", "Reference_Number *,VIN:,\u25b2 Year,Make,Model",
     "\ufeffReference\u00a0Number \u25bc,VIN,Year,Make,Model",
     "Reference<br/>Number,<b>VIN</b>,Model&nbsp;Year,Make,<span class=h>Model</span>"],
)  # fmt: skip
def test_field_names_and_decorated_headers_are_recognized(header: str) -> None:
    data = exported(header, f"165548,{VIN},2021,Ford,F-150")
    assert read_inventory(data).vehicles == [FORD]


@pytest.mark.parametrize(
    "row",
    [
        '<a href="/vehicle/7">165548</a>,<b>{vin}</b>,2021,Ford,F-150<br/>',
        "165548,&nbsp;{vin}&nbsp;,2021,<span class=m>Ford</span>,F&#45;150",
        "165548,{vin:.9} {tail},2021,Ford,F-150",
        "165548,'{vin},2021,Ford,F-150",
    ],
)
def test_markup_and_separators_in_cells_are_removed(row: str) -> None:
    data = exported(HEADER, row.format(vin=VIN, tail=VIN[9:]))
    assert read_inventory(data).vehicles == [FORD]


def test_only_the_reference_is_required() -> None:
    data = exported("Color,Reference Number", "red,165548")
    assert read_inventory(data).vehicles == [Vehicle("165548", "", 1, "", "", "")]


def test_a_delimiter_in_a_later_row_does_not_matter() -> None:
    data = exported("Reference Number,Model", "1;2,a;b", "3\t4,c")
    assert [v.reference for v in read_inventory(data).vehicles] == ["1;2", "3\t4"]


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "n/a",
        VIN[:-1],
        VIN + "5",
        VIN[:-1] + "O",
        VIN[:-1] + "I",
        VIN[:-1] + "Q",
        VIN[:-1] + "é",
    ],
)
def test_text_that_is_not_a_vin_is_dropped(cell: str) -> None:
    assert read_inventory(exported("Reference Number,VIN", f"1,{cell}")).vehicles[0].vin == ""


@pytest.mark.parametrize(
    "cell", ["'165548", "\u00a0165548\u200b", "165548&nbsp;", "\ufeff165548", '="165548"']
)
def test_what_programs_add_to_a_reference_is_no_part_of_it(cell: str) -> None:
    rows = exported(HEADER, f"{cell},{VIN},2021,Ford,F-150")
    assert read_inventory(rows).vehicles == [FORD]


def test_references_are_kept_exactly_and_copies_counted() -> None:
    data = exported("Reference Number,Year", "7,1", " 7,2", "7,3", ",4", ",5", "7a,6", "7A,7")
    keys = [vehicle.key for vehicle in read_inventory(data).vehicles]
    assert keys == ["7#1", " 7#1", "7#2", "#1", "#2", "7a#1", "7A#1"]


def test_blank_lines_are_skipped_and_the_last_line_needs_no_end() -> None:
    data = b"\r\n\r\nReference Number,Year\r\n\r\n1,2020\r\n  \r\n2,2021"
    assert [v.reference for v in read_inventory(data).vehicles] == ["1", "2"]


def test_header_only_is_an_empty_inventory() -> None:
    assert read_inventory(exported(HEADER)) == ([], [])


# Quotes that follow no rules

NUMBERED = "1FTFW1E50KFA0000{}"
OPEN = (
    "Reference Number,Description,VIN,Year",
    '165548,"SHOW TRUCK,{1},2019',
    "165549,clean,{2},2019",
    '165551,wheels 20",{3},2019',
    "165552,clean,{4},2019",
)


def replaced(lines: tuple[str, ...], at: int, line: str) -> tuple[str, ...]:
    return *lines[:at], line, *lines[at + 1 :]


@pytest.mark.parametrize(
    "lines",
    [
        OPEN,
        replaced(OPEN, 1, '165548,"SHOW TRUCK, red, new,{1},2019'),
        replaced(OPEN, 2, '165549,"clean, ""as new""",{2},2019'),
        replaced(OPEN, 2, '165549,"",{2},2019'),
        replaced(OPEN, 2, '165549,",clean",{2},2019'),
        replaced(OPEN, 2, "165549,clean,{2}"),
        replaced(OPEN, 2, '165549,"6"" lift, "new",{2},2019'),
        replaced(OPEN, 3, '"165551","wheels 20"",{3},"2019"'),
        replaced(OPEN, 3, '165551,"wheels, ""20""",{3},2019'),
        ("Reference Number,VIN,Description", '165548,{1},"SHOW TRUCK', "165549,{2},clean",
         '165551,{3},wheels 20"', "165552,{4},clean"),
        ("Description,VIN,Reference Number", '"SHOW TRUCK,{1},165548', "clean,{2},165549",
         'wheels 20",{3},165551', "clean,{4},165552"),
        ("Reference Number,Note,Description,VIN", '165548,"a, b","SHOW TRUCK,{1}',
         "165549,,clean,{2}", '165551,,wheels 20",{3}', "165552,,clean,{4}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_open_quote_swallows_no_row(lines: tuple[str, ...], delimiter: str) -> None:
    vins = [NUMBERED.format(n) for n in range(5)]
    rows = [line.format(*vins).replace(",", delimiter) for line in lines]
    found = read_inventory(exported(*rows))
    expected = list(zip(["165548", "165549", "165551", "165552"], vins[1:], strict=True))
    assert [(each.reference, each.vin) for each in found.vehicles] == expected
    assert (found.passed_over, found.warning) == ([], "")


def test_open_quotes_in_the_only_column_swallow_no_row() -> None:
    data = exported("Reference Number", '"165548', "165549", '165550"', '"165551\r\n"')
    found = [each.reference.strip('"\r\n') for each in read_inventory(data).vehicles]
    assert found == ["165548", "165549", "165550", "165551"]


def test_line_breaks_in_cells_stay() -> None:
    """Also of a text with many commas, and around one that holds the VIN of another vehicle."""
    data = exported(
        "Stock,Reference Number,VIN,Note,Year",
        f'7,1,{VIN},"red, blue, green, white, black,\r\n\r\nand ""grey"", 20""",2019',
        f'8,2,{OTHER_VIN},"\r\nbought, with {VIN}",2018',
        f'"9\r\n",3,"{CIVIC}\r\n","",2019',
    )
    found = read_inventory(data)
    assert [(each.reference, each.vin) for each in found.vehicles] == [
        *(("1", VIN), ("2", OTHER_VIN), ("3", CIVIC))
    ]
    suspicious = (6, "in one cell, with a VIN: rows of their own?", f"bought, with {VIN}")
    assert found.passed_over == [suspicious]
    assert found.warning


@pytest.mark.parametrize("mark", ['6" Lift', '6\\" Lift', '6" "Lift'])
def test_quote_within_a_cell_shifts_no_column(mark: str) -> None:
    header = "VIN,Description,Reference Number,Year"
    found = read_inventory(exported(header, f'{VIN},"F-150, {mark}",165548,2019'))
    assert [(each.reference, each.year) for each in found.vehicles] == [("165548", "2019")]


@pytest.mark.parametrize(
    ("header", "row", "references"),
    [
        ("VIN,Description,Reference Number,Year", "{vin},F-150, red,165548,2019", []),
        ("VIN,Description,Reference Number,Year", "{vin},F-150, red, 2019,165548,2019", []),
        ("VIN,Description,Reference Number,Year", '{vin},"F-150, red,165548,2019', []),
        ("VIN,Description,Reference Number", "{vin},F-150, red,165548", []),
        ("VIN,Reference Number,Year,Note", "{vin},165548,2019,red, new", ["165548"]),
        ("Reference Number,VIN,Year,Note", "165548,{vin},2019,red, new", ["165548"]),
    ],
)
def test_vin_vouches_only_for_a_reference_in_its_place(
    header: str, row: str, references: list[str]
) -> None:
    found = read_inventory(exported(header, row.format(vin=VIN)))
    assert [each.reference for each in found.vehicles] == references
    why = [] if references else ["more cells than columns"]
    assert ([each.why for each in found.passed_over], bool(found.warning)) == (why, bool(why))


CASES = Path(__file__).parent / "cases"
ACCORD = Vehicle("165548", "1HGCM82633A004352", 1, "2019", "Honda", "Accord")


@pytest.mark.parametrize(
    ("file", "references", "passed_over"),
    [
        ("14-csv-excel-formula/wrapped.csv", ["001655"], []),
        ("15-csv-rows-that-are-no-vehicle/commas.csv", ["165548"], [(3, "nothing in it", "")]),
        (
            "15-csv-rows-that-are-no-vehicle/total.csv",
            ["165548", "165549"],
            [(4, "a total or a group", "Count=2")],
        ),
        ("16-csv-lines-around/zeros.csv", ["165548"], []),
        ("16-csv-lines-around/sep.csv", ["165548"], []),
    ],
)
def test_observed_files_are_read(
    file: str, references: list[str], passed_over: list[tuple[int, str, str]]
) -> None:
    found = read_inventory((CASES / file).read_bytes())
    assert [vehicle.reference for vehicle in found.vehicles] == references
    assert all(vehicle.vin for vehicle in found.vehicles)
    assert found.passed_over == passed_over


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ('="00,16",="{vin}",2019,a,b', ["00,16"]),
        ('"=""00""""16""","{vin}",2019,a,b', ['00"16']),
        (' ="0016" ,{vin},2019,a,b', ["0016"]),
        ('1,{vin},2019,a,3" lift\r\n2,{vin},2019,"a "b" c",d', ["1", "2"]),
        ('1,{vin},2019,a,"open\r\n2,{vin},2019,"b",c\r\n3,{vin},2019,b,"c"', ["1", "2", "3"]),
        ('1,{vin},2019,a,"two\r\nlines"\r\n2,{vin},2019,b,c', ["1", "2"]),
        ("1,{vin}\r\n2,{vin},2019,b,c", ["1", "2"]),
        ("1,{vin},2019,b,c,and more,of it", ["1"]),
        ("1\x0c2,{vin},2019,b,c\u20283", ["1\x0c2"]),
    ],
)
def test_malformed_lines_lose_no_vehicle(text: str, references: list[str]) -> None:
    found = read_inventory(exported(HEADER, text.format(vin=VIN)))
    assert ([vehicle.reference for vehicle in found.vehicles], found.passed_over) == (
        references,
        [],
    )


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("Total", "a total or a group"),
        ("Grand Total,,,,1", "a total or a group"),
        ("Count=2,,Sum=4038,,", "a total or a group"),
        ("Make: Honda (2 items)", "a total or a group"),
        ("2 vehicles", "a total or a group"),
        ("Page 1 of 2", "a total or a group"),
        (HEADER.upper(), "the header again"),
        (" , ,,,", "nothing in it"),
        (",note,,,", "no reference"),
        ("7,x,{vin},2019,a,b", "more cells than columns"),
    ],
)
def test_rows_that_are_not_vehicles_are_skipped(row: str, why: str) -> None:
    lines = (HEADER, "165548,1HGCM82633A004352,2019,Honda,Accord", row.format(vin=VIN))
    found = read_inventory(exported(*lines))
    assert (found.vehicles, [each[:2] for each in found.passed_over]) == ([ACCORD], [(3, why)])


@pytest.mark.parametrize(
    "row", ["A:1,,2019,,", "LOT:12,,2019,,", "16=5,,,,", "165548:B", "Total,,2019,,"]
)
def test_reference_with_a_sign_is_not_a_total_row(row: str) -> None:
    found = read_inventory(exported(HEADER, row))
    assert [vehicle.reference for vehicle in found.vehicles] == [row.partition(",")[0]]


def test_row_with_only_a_reference_is_an_uncertain_vehicle() -> None:
    signed = "Exported by,,on 11/26/2026,,"
    data = exported(HEADER, "165548,,,,", f"165549,{CIVIC},,,", signed)
    assert [vehicle.certain for vehicle in read_inventory(data).vehicles] == [False, True, False]


@pytest.mark.parametrize(
    ("header", "row", "certain"),
    [
        (HEADER, "165548,1HGCM82633AOO4352,,,", True),
        (HEADER, "165548,4352,,,", True),
        (HEADER, "165548,-,,,", False),
        ("Reference Number,VIN,Vehicle", "165548,,2019 Honda Accord", True),
        ("Reference Number,VIN,Yr/Make/Model", "165548,1HGCM8,", True),
        ("Reference Number,VIN,Price", "165548,,12000", False),
        ("Reference Number,VIN,Price", "165548,,Sum=12000", False),
    ],
)
def test_row_that_describes_a_vehicle_is_a_certain_one(
    header: str, row: str, certain: bool
) -> None:
    found = read_inventory(exported(header, row)).vehicles
    assert [each.certain for each in found] == [certain]


@pytest.mark.parametrize("before", [["sep=;"], ["My cars;;", "", "11/25/2026"], ['"SEP=;"'], []])
def test_lines_before_the_header_are_skipped(before: list[str]) -> None:
    data = exported(*before, HEADER.replace(",", ";"), f"1;{VIN};2019;a;b, c")
    assert [v.model for v in read_inventory(data).vehicles] == ["b, c"]


@pytest.mark.parametrize(
    ("vehicles", "others", "is_odd"), [(95, 5, False), (94, 6, True), (1, 0, False), (0, 1, True)]
)
def test_many_skipped_rows_are_a_warning(vehicles: int, others: int, is_odd: bool) -> None:
    rows = [f"{n},{VIN},2019,a,b" for n in range(vehicles)] + ["Total,,,,"] * others
    expected = f"{others} of {vehicles + others} rows of the exported inventory are taken for no"
    found = read_inventory(exported(HEADER, *rows))
    assert found.warning.startswith(expected) == is_odd
    assert bool(found.warning) == is_odd


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty: export it again"),
        (b" \r\n", "is empty: export it again"),
        (b"\xef\xbb\xbf\r\n", "holds blank lines only: export it again"),
        (b"\n<!DOCTYPE html><html>", "looks like an HTML page: the session may have ended, log in"),
        (exported("Stock,Größe"), r"columns found: stock, gr\xf6\xdfe. Export all columns as CSV"),
        (exported("Reference Number,Reference Number"), "has 2 columns 'Reference Number'"),
        (exported(HEADER, "1,2,3,4,5", "6,7,8")[:-2], "ends at line 3 of the exported inventory"),
        (b"\xef\xbb\xbfReference Number\r\n1\xc3", "is no UTF-8 text at byte 22 (it may be cut)"),
        (b"Reference Number\r\n1\x81", "is no Windows-1252 text at byte 19 (it may be cut)"),
        (b"PK\x03\x04", "is a document of Excel, Word or the like, or a zip file. This program"),
        (b"<table><th>Reference&nbsp;<br>Number", "it is a table of another format. Export all"),
        (b"Reference Number\r\n1\0002\r\n", "is not text (it holds NUL)"),
        (b"Reference Number\r\n1" + bytes(512) + b"\r\n", "is not text (it holds NUL)"),
    ],
)
def test_errors_say_what_was_found(data: bytes, message: str) -> None:
    with pytest.raises(InventoryError) as caught:
        read_inventory(data)
    assert message in str(caught.value)
    assert str(caught.value).isascii()


def test_truncated_file_loses_no_row_silently() -> None:
    """Only the last cell that is left may be shorter: the row it stands in is still there."""
    rows = [f'16554{n},"Ford, ""F""",20{n}0,x' for n in range(9)]
    data = exported("Reference Number,Model,Year,Color", *rows)
    for length in range(40, len(data)):
        complete = data[:length].count(b"\r\n") - 1
        try:
            found = len(read_inventory(data[:length]).vehicles)
        except InventoryError:
            continue
        assert found >= complete


@pytest.mark.parametrize(
    ("reference", "copy", "label"),
    [
        ("165548", 1, "165548"),
        ("165548", 2, "165548 (copy 2)"),
        ("Café\n\x1b[31m", 1, r"Caf\xe9\n\x1b[31m"),
        ("車", 1, r"\u8eca"),
        ("", 3, "(no reference) (copy 3)"),
    ],
)
def test_vehicle_labels_are_one_ascii_line(reference: str, copy: int, label: str) -> None:
    assert Vehicle(reference, "", copy, "", "", "").label == label


@pytest.mark.parametrize(
    ("reference", "expected"),
    [(" 16  55\t48\u00a0B \n", "16 55 48 B"), ("165548a", "165548a"), (" ", "")],
)
def test_references_are_normalised(reference: str, expected: str) -> None:
    assert normalise(reference) == expected


@pytest.mark.parametrize("cell", [" ", "<a", "<b>", "< ", "&", "\u200b", "*:", "'"])
def test_long_cells_are_read_fast(cell: str) -> None:
    """What takes the square of a cell's length would take hours."""
    rows = read_inventory(exported(HEADER, f"165548,{VIN},2021,Ford,{cell * 40_000}")).vehicles
    assert [vehicle.reference for vehicle in rows] == ["165548"]


# What a server sends behind the table

PAGE = "<!DOCTYPE html>\r\n<html><head><title>{}</title></head>\r\n<body>Menu</body></html>\r\n"
ERROR = PAGE.format("Runtime Error") + "<!-- [HttpException]: Request timed out. -->\r\n"


def table(rows: int = 40) -> bytes:
    return exported(HEADER, *(f"{n},{VIN},2021,Ford,F-150" for n in range(rows)))


@pytest.mark.parametrize("text", ["", PAGE.format("Inventory"), PAGE.format("Inventory").rstrip()])
def test_page_of_the_site_behind_the_table_is_no_row(text: str) -> None:
    found = read_inventory(table() + text.encode())
    assert (len(found.vehicles), found.passed_over) == (40, [])


@pytest.mark.parametrize("cut", range(0, 120, 7))
def test_error_page_behind_the_table_refuses_it(cut: int) -> None:
    data = table()
    with pytest.raises(InventoryError, match=r"breaks off, and a web page .* \('Runtime Error'\)"):
        read_inventory(data[: len(data) - cut] + ERROR.encode())


def test_row_that_a_page_has_cut_refuses_the_table() -> None:
    data = table()
    with pytest.raises(InventoryError, match="it may be cut"):
        read_inventory(data[:-20] + PAGE.format("Inventory").encode())


def test_page_in_a_cell_stays() -> None:
    note = f'"{PAGE.format("Error").strip()}"'
    data = exported("Reference Number,Note,Make", f"1,{note},Ford", f"2,{note},Ford")
    assert [each.reference for each in read_inventory(data).vehicles] == ["1", "2"]


def test_cells_that_are_filled_up_are_read() -> None:
    """As those of old systems with columns of a fixed width."""
    text = 'Reference Number,Make,Model\r\n1\0\0,Ford\0,"Focus\0\0"\r\n2,Kia,Rio\0\0\r\n\x1a'
    found = read_inventory(text.encode())
    assert [(each.reference, each.make, each.model) for each in found.vehicles] == [
        ("1", "Ford", "Focus"),
        ("2", "Kia", "Rio"),
    ]


@pytest.mark.parametrize(
    "end",
    [
        "Error: Execution Timeout Expired.  The timeout period elapsed.",
        "Error: Execution, Timeout Expired",
        "System.Exception: Deadlock victim\r\n   at System.Data.SqlClient.Read()\r\n   at Main()",
        "The request failed,,,,",
    ],
)
def test_error_in_the_last_line_refuses_the_table(end: str) -> None:
    head = "Reference Number,VIN,Year,Make,Model\r\n165548,1HGCM82633A004352,2020,Honda,Accord\r\n"
    with pytest.raises(InventoryError, match=r"breaks off with a line that tells of an error \('"):
        read_inventory(f"{head}{end}\r\n".encode())


@pytest.mark.parametrize(
    "end",
    [
        "Errors: 0",
        "Exported without error",
        "Error-1,,2020,Honda,Time Out",
        "165549,JH4KA7561PC008269,,,",
        "failed: 0",
    ],
)
def test_last_line_without_an_error_is_read(end: str) -> None:
    head = "Reference Number,VIN,Year,Make,Model\r\n165548,1HGCM82633A004352,2020,Honda,Accord\r\n"
    assert read_inventory(f"{head}{end}\r\n".encode()).vehicles[0].reference == "165548"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["Reference Number", "Stock #"])
def test_lines_that_stand_in_quotes_as_a_whole_are_read(delimiter: str, name: str) -> None:
    lines = [
        ["Year", name, "VIN", "Make", "Trim"],
        ["2020", "165548", "1HGCM82633A004352", "Honda", '"EX, 4dr"'],
        ["2021", "165549", "JH4KA7561PC008269", "Acura", '"5.5"" Bed"'],
    ]
    whole = [delimiter.join(cells).replace('"', '""') for cells in lines]
    found = read_inventory("".join(f'"{line}"\r\n' for line in whole).encode()).vehicles
    assert [(v.reference, v.vin, v.make) for v in found] == [
        ("165548", "1HGCM82633A004352", "Honda"),
        ("165549", "JH4KA7561PC008269", "Acura"),
    ]


@pytest.mark.parametrize(
    "text", ["Stock #;Foo\n1;2\n", '"Stock #;Foo"\n\n"1;2"', "Stock #;Foo\n\n1"]
)
def test_lines_without_the_names_are_refused_as_before(text: str) -> None:
    with pytest.raises(InventoryError, match="has 0 columns 'Reference Number'"):
        read_inventory(text.encode())
