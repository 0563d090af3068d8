from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest

from jdp_spider.job.journal import Journal, JournalEntry, is_intact, tracking_table
from jdp_spider.job.outcomes import FAILED, SAVED
from tests.support.factories import vehicle

if TYPE_CHECKING:
    from pathlib import Path

FIRST = JournalEntry("1#1", "1", "VIN1", FAILED, reason="report_timeout", attempts=3, seconds=9.5)
SECOND = JournalEntry(
    key="2/\xe9#1",
    reference="2/\xe9",
    vin="VIN2",
    outcome=SAVED,
    file="2.pdf",
    sha256=hashlib.sha256(b"pdf").hexdigest(),
    size=3,
    pages=1,
    names_vin=True,
    attempts=1,
    seconds=2.5,
    context="context-1",
    at="2026-01-02T03:04:05+00:00",
)
GARBAGE = {
    "text": b"garbage",
    "an empty line": b"",
    "a number": b"7",
    "a list": b"[]",
    "null": b"null",
    "an empty object": b"{}",
    "a field missing": b'{"key":"1#1","reference":"1","vin":""}',
    "no UTF-8": b'{"key":"\xff#1","reference":"1","vin":"","outcome":"saved"}',
    "zeros from a power cut": b"\0" * 600,
}


def line(entry: JournalEntry, **more: object) -> bytes:
    return json.dumps(asdict(entry) | more).encode()


def passed_over(number: int, first: int) -> str:
    return (
        f"journal.jsonl: lines that cannot be read: {number}, the first is line {first}; their "
        "vehicles' PDFs are checked and taken in by the next run, or downloaded again"
    )


def load(path: Path) -> Journal:
    journal = Journal(path)
    journal.load()
    return journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_missing_journal_is_empty(path: Path) -> None:
    assert (load(path).entries, path.exists()) == ({}, False)


def test_recorded_entries_are_read_back(path: Path) -> None:
    journal = Journal(path)
    journal.record(FIRST)
    journal.record(SECOND)
    assert journal.entries == load(path).entries == {"1#1": FIRST, "2/\xe9#1": SECOND}
    assert list(load(path).saved()) == [SECOND]


def test_an_entry_is_one_line_of_utf_8(path: Path) -> None:
    text = "a\nb\r\u2028c\xe9"
    entry = replace(SECOND, key=f"{text}#1", reference=text)
    Journal(path).record(entry)
    assert path.read_bytes().count(b"\n") == 1
    assert "\u2028c\xe9".encode() in path.read_bytes()
    assert load(path).entries == {entry.key: entry}


def test_the_last_entry_of_a_vehicle_wins(path: Path) -> None:
    journal = Journal(path)
    saved = replace(SECOND, key=FIRST.key, reference=FIRST.reference)
    for entry in (FIRST, saved, replace(FIRST, reason="timeout")):
        journal.record(entry)
    assert load(path).entries == {"1#1": replace(FIRST, reason="timeout")}
    assert list(load(path).saved()) == []
    journal.record(saved)
    assert list(load(path).saved()) == [saved]


@pytest.mark.parametrize("kept", [1, 30, len(line(SECOND)) - 1])
def test_entry_after_a_torn_line_is_not_lost(
    kept: int, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(line(FIRST) + b"\n" + line(SECOND)[:kept])
    journal = load(path)
    assert journal.entries == {"1#1": FIRST}
    journal.record(SECOND)
    assert load(path).entries == {"1#1": FIRST, SECOND.key: SECOND}
    assert set(caplog.messages) == {passed_over(1, 2)}


def test_last_line_without_a_line_end_is_read(path: Path) -> None:
    path.write_bytes(line(FIRST))
    journal = load(path)
    journal.record(SECOND)
    assert load(path).entries == {"1#1": FIRST, SECOND.key: SECOND}
    assert b"\n\n" not in path.read_bytes()


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_skipped_with_a_warning(
    garbage: bytes, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(line(FIRST) + b"\n" + garbage + b"\r\n" + line(SECOND) + b"\n")
    assert load(path).entries == {"1#1": FIRST, SECOND.key: SECOND}
    assert caplog.record_tuples == [("jdp_spider.job.journal", logging.WARNING, passed_over(1, 2))]


def test_damaged_lines_are_counted_in_one_warning(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(b"\n".join([line(FIRST), *GARBAGE.values(), line(SECOND)]))
    assert load(path).entries == {"1#1": FIRST, SECOND.key: SECOND}
    assert caplog.messages == [passed_over(len(GARBAGE), 2)]


def test_fields_of_a_later_version_are_ignored(path: Path) -> None:
    path.write_bytes(line(SECOND, account="x", pages_seen=[1]) + b"\n")
    assert load(path).entries == {SECOND.key: SECOND}


def test_fields_of_an_earlier_version_may_be_missing(path: Path) -> None:
    path.write_bytes(b'{"key":"1#1","reference":"1","vin":"V","outcome":"failed"}\n')
    assert load(path).entries == {"1#1": JournalEntry("1#1", "1", "V", FAILED)}


WRONG = {
    "a file elsewhere": {"file": "../../secret.pdf"},
    "a full path": {"file": "/etc/passwd"},
    "a path of Windows": {"file": "C:\\secret.pdf"},
    "NUL": {"file": "2\0.pdf"},
    "a device": {"file": "nul.pdf"},
    "hidden": {"file": "..pdf"},
    "no name": {"file": ""},
    "too long": {"file": "x" * 300 + ".pdf"},
    "a negative size": {"size": -1},
    "a size that is a text": {"size": "3"},
    "a size that is a truth": {"size": True},
    "a size of 400 digits": {"size": 10**400},
    "endless seconds": {"seconds": 1e300},
    "negative seconds": {"seconds": -0.1},
    "a truth that is a number": {"verified": 1},
    "a name that is a text": {"names_vin": "true"},
    "a reference that is a list": {"reference": ["2"]},
    "another vehicle's key": {"key": "3#1"},
    "a key without a number": {"key": "2/\xe9#"},
    "a key of 5,000 digits": {"key": "2/\xe9#" + "9" * 5000},
    "an outcome of its own": {"outcome": "perhaps"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_impossible_value_makes_no_entry(wrong: dict[str, object], path: Path) -> None:
    path.write_bytes(line(FIRST) + b"\n" + line(SECOND, **wrong) + b"\n")
    assert load(path).entries == {"1#1": FIRST}


def test_a_file_outside_the_folder_is_never_read(tmp_path: Path) -> None:
    (tmp_path / "pdfs").mkdir()
    (tmp_path / "2.pdf").write_bytes(b"pdf")
    assert is_intact(replace(SECOND, file="../2.pdf"), tmp_path / "pdfs") is False


def test_entry_that_cannot_be_written_is_not_recorded(path: Path) -> None:
    path.mkdir()
    journal = Journal(path)
    with pytest.raises(OSError, match=r"director|denied"):
        journal.record(FIRST)
    assert journal.entries == {}


@pytest.mark.parametrize(
    ("data", "whole"),
    [(b"pdf", True), (b"pdF", False), (b"pd", False), (b"pdf ", False), (b"", False)],
)
def test_bookout_is_intact_when_no_byte_has_changed(
    data: bytes, whole: bool, tmp_path: Path
) -> None:
    (tmp_path / "2.pdf").write_bytes(data)
    assert is_intact(SECOND, tmp_path) is whole


@pytest.mark.parametrize("file", ["", "3.pdf", "no/such.pdf"])
def test_missing_bookout_is_not_intact(file: str, tmp_path: Path) -> None:
    (tmp_path / "2.pdf").write_bytes(b"pdf")
    assert is_intact(replace(SECOND, file=file), tmp_path) is False


ONE, TWO, SHARED = vehicle("1"), vehicle("2/\xe9 "), vehicle("3")
COPY, THIRD = vehicle("3", occurrence=2), vehicle("3", occurrence=3)
TABLES = [
    ([], {}, {}),
    ([ONE, TWO], {}, {"1": None, "2/\xe9 ": None}),
    ([TWO, ONE], {"1#1": "1.pdf"}, {"2/\xe9 ": None, "1": "1.pdf"}),
    ([SHARED, COPY], {}, {"3": [None, None]}),
    ([SHARED, ONE, COPY], {"3#2": "3~2.pdf"}, {"3": [None, "3~2.pdf"], "1": None}),
    (
        [SHARED, COPY, THIRD],
        {"3#1": "3.pdf", "3#2": "3~2.pdf", "3#3": "3~3.pdf"},
        {"3": ["3.pdf", "3~2.pdf", "3~3.pdf"]},
    ),
    ([ONE], {"1#1": "1.pdf", "9#1": "9.pdf"}, {"1": "1.pdf"}),
    ([vehicle("")], {"#1": "%.pdf"}, {"": "%.pdf"}),
]


@pytest.mark.parametrize(("vehicles", "files", "table"), TABLES)
def test_tracking_table_maps_references_to_files(vehicles: list, files: dict, table: dict) -> None:
    made = tracking_table(vehicles, files)
    assert list(made.items()) == list(table.items())
