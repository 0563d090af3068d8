from __future__ import annotations

import pytest

from jdp_spider.inventory import InventoryError, Vehicle, normalise, read_inventory

HEADER = "Reference Number,VIN,Year,Make,Model"
VIN = "1FTFW1E50MFA12345"
OTHER_VIN = "2HGFC2F59KH500001"
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
    assert read_inventory(data) == [FORD, second]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(encoding: str, delimiter: str) -> None:
    lines = (HEADER, f"16/é,{VIN},2021,Ford,F-150")
    data = exported(*(line.replace(",", delimiter) for line in lines), encoding=encoding)
    assert read_inventory(data) == [Vehicle("16/é", VIN, 1, "2021", "Ford", "F-150")]


@pytest.mark.parametrize(
    "header",
    [
        " reference  NUMBER ,Vin #,Model Year,MAKE,model",
        '"Reference Number","VIN Number","Year","Make","Model"',
        "Reference Number,VIN,Year,Make,Model,,",
    ],
)
def test_headers_match_in_any_case_and_spacing(header: str) -> None:
    assert read_inventory(exported(header, f"165548,{VIN},2021,Ford,F-150,,")) == [FORD]


def test_only_the_reference_is_required() -> None:
    data = exported("Color,Reference Number", "red,165548")
    assert read_inventory(data) == [Vehicle("165548", "", 1, "", "", "")]


def test_delimiter_in_later_row_is_ignored() -> None:
    data = exported("Reference Number,Model", "1;2,a;b", "3\t4,c")
    assert [v.reference for v in read_inventory(data)] == ["1;2", "3\t4"]


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
def test_invalid_vins_are_dropped(cell: str) -> None:
    assert read_inventory(exported("Reference Number,VIN", f"1,{cell}"))[0].vin == ""


def test_references_are_exact_and_occurrences_counted() -> None:
    data = exported("Reference Number,Year", "7,1", " 7,2", "7,3", ",4", ",5", "7a,6", "7A,7")
    keys = [vehicle.key for vehicle in read_inventory(data)]
    assert keys == ["7#1", " 7#1", "7#2", "#1", "#2", "7a#1", "7A#1"]


def test_blank_lines_are_skipped() -> None:
    data = b"\r\n\r\nReference Number,Year\r\n\r\n1,2020\r\n  \r\n2,2021"
    assert [v.reference for v in read_inventory(data)] == ["1", "2"]


def test_header_only_is_an_empty_inventory() -> None:
    assert read_inventory(exported(HEADER)) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty: export it again"),
        (b" \r\n", "is empty: export it again"),
        (b"\xef\xbb\xbf\r\n", "holds blank lines only: export it again"),
        (b"\n<!DOCTYPE html><html>", "looks like an HTML page: the session may have ended, log in"),
        (exported("Stock,Größe"), r"columns found: stock, gr\xf6\xdfe. Export all columns as CSV"),
        (exported("Reference Number,Reference Number"), "has 2 columns 'Reference Number'"),
        (exported(HEADER, "1,2,3,4,5", "6,7,8"), "ends at line 3 of the exported inventory has 3"),
        (exported("Reference Number,A", "1,2,3"), "line 2 of the exported inventory has 3 columns"),
        (exported("Reference Number,A", '1,"2', "3,4"), "no valid CSV at line 3"),
        (exported("Reference Number,A", '1,"2"x', "3,4"), "no valid CSV at line 2"),
        (b"\xef\xbb\xbfReference Number\r\n1\xc3", "is not utf-8 text at byte 19"),
        (b"Reference Number\r\n1\x81", "is not charmap text at byte 19"),
        ("Reference Number\r\n1".encode("utf-16-le"), "is not text (it holds NUL)"),
    ],
)
def test_errors_name_the_value_found(data: bytes, message: str) -> None:
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
            found = len(read_inventory(data[:length]))
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
def test_labels_are_one_ascii_line(reference: str, copy: int, label: str) -> None:
    assert Vehicle(reference, "", copy, "", "", "").label == label


@pytest.mark.parametrize(
    ("reference", "expected"),
    [(" 16  55\t48\u00a0B \n", "16 55 48 B"), ("165548a", "165548a"), (" ", "")],
)
def test_reference_is_normalised(reference: str, expected: str) -> None:
    assert normalise(reference) == expected
