from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.inventory import PassedOver, Vehicle
from jdp_spider.job.events import Event
from jdp_spider.job.folder import JobPaths
from jdp_spider.job.journal import JournalEntry
from jdp_spider.job.links import LinkStore
from jdp_spider.report.history import JobHistory, Row, Run, read_book
from jdp_spider.report.render import make_report, render
from tests.support.factories import exported, vehicle

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO, THREE = vehicle("165548", 1), vehicle("165548A", 2), vehicle("165549", 3)
START = datetime(2026, 11, 23, 18, 0, 0, tzinfo=timezone.utc)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def saved(of: Vehicle, seconds: float, **given: Any) -> JournalEntry:
    known = {"outcome": "saved", "file": f"{of.reference}.pdf", "attempts": 1, "seconds": 2.0}
    known |= {"at": at(seconds).isoformat(), **given}
    return JournalEntry(of.key, of.reference, of.vin, **known)


def failed(of: Vehicle, seconds: float, **given: Any) -> JournalEntry:
    return saved(of, seconds, **{"outcome": "failed", "file": "", "reason": "cut", **given})


def event(seconds: float, kind: str, **more: Any) -> dict[str, Any]:
    return {"at": at(seconds).isoformat(), "kind": kind, "text": kind, **more}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run's folder with an inventory of three vehicles."""
    path = tmp_path / "11-23-2026"
    (path / "pdfs").mkdir(parents=True)
    (path / "run_data").mkdir()
    (path / "run_data" / "inventory.csv").write_bytes(exported(ONE, TWO, THREE))
    return path


def write(folder: Path, entries: list[JournalEntry], events: list[dict[str, Any]] = ()) -> None:
    """Journal and events, and a PDF for each entry that is saved."""
    run_data = folder / "run_data"
    for name, lines in (("journal", map(asdict, entries)), ("events", events)):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (run_data / f"{name}.jsonl").write_text(text, "utf-8")
    for entry in entries:
        if entry.outcome == "saved":
            (folder / "pdfs" / entry.file).touch()


def outcomes(folder: Path) -> dict[str, str]:
    return {row.vehicle.reference: row.outcome for row in read_book(folder).rows}


def test_history_of_a_job(folder: Path) -> None:
    entries = [saved(ONE, 5), failed(TWO, 9)]
    began = event(0, "run_started", settings={"CONCURRENT_CONTEXTS": 5})
    ended = event(12, "run_ended", reason="shutdown")
    write(folder, entries, [began, ended])
    events = [
        Event(at(0), "run_started", "run_started", {"settings": {"CONCURRENT_CONTEXTS": 5}}),
        Event(at(12), "run_ended", "run_ended", {"reason": "shutdown"}),
    ]
    settings = {"CONCURRENT_CONTEXTS": "5"}
    run = Run(at(0), at(12), "shutdown", settings, saved=[at(5)], failed=[at(9)], events=events)
    rows = [Row(ONE, "saved", entries[0]), Row(TWO, "failed", entries[1])]
    why_left = "The run was stopped (Ctrl-C, or the system asked it to end)"
    rows.append(Row(THREE, "not_attempted", why_left=why_left))
    assert read_book(folder) == JobHistory("11-23-2026", rows, [run], ())


def test_reference_is_shown_as_the_site_spells_it(folder: Path) -> None:
    LinkStore(JobPaths(folder).links).add(TWO, None, "", "00165548")
    rows = read_book(folder).rows
    assert [row.vehicle.reference for row in rows] == ["165548", "00165548", "165549"]


def test_last_outcome_counts(folder: Path) -> None:
    write(folder, [failed(ONE, 1), saved(TWO, 2), saved(ONE, 3), failed(TWO, 4)])
    assert outcomes(folder) == {"165548": "saved", "165548A": "failed", "165549": "not_attempted"}


def test_missing_pdf_counts_as_gone(folder: Path) -> None:
    write(folder, [saved(ONE, 1), saved(TWO, 2)])
    (folder / "pdfs" / "165548.pdf").unlink()
    assert outcomes(folder) == {"165548": "gone", "165548A": "saved", "165549": "not_attempted"}


def test_entry_of_another_vin_is_ignored(folder: Path) -> None:
    write(folder, [saved(vehicle("165548", 7), 1)])
    assert set(outcomes(folder).values()) == {"not_attempted"}


@pytest.mark.parametrize("damage", [b"<html>", None])
def test_journal_replaces_missing_inventory(damage: bytes | None, folder: Path) -> None:
    path = folder / "run_data" / "inventory.csv"
    path.unlink() if damage is None else path.write_bytes(damage)
    write(folder, [saved(ONE, 1), failed(TWO, 2)])
    vehicles = [Vehicle(v.reference, v.vin, 1, year="", make="", model="") for v in (ONE, TWO)]
    found = read_book(folder).rows
    assert [row.vehicle for row in found] == vehicles
    assert [row.outcome for row in found] == ["saved", "failed"]


def test_rows_without_a_vehicle_are_listed_in_the_history(folder: Path) -> None:
    path = folder / "run_data" / "inventory.csv"
    path.write_bytes(path.read_bytes() + b"Count=3,,,,\r\n")
    write(folder, [saved(ONE, 1)])
    assert read_book(folder).passed_over == (PassedOver(5, "a total or a group", "Count=3"),)


def test_damaged_inventory_is_reported(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "run_data" / "inventory.csv").write_bytes(b"x" * 200_000 + b",Reference Number\n1,2")
    write(folder, [saved(ONE, 1)])
    assert outcomes(folder) == {"165548": "saved"}
    (message,) = caplog.messages
    assert message.startswith("inventory.csv is damaged, the journal's vehicles are shown: ")


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": 1e300},
        {"seconds": 10**400},
        {"key": "165548#" + "9" * 5000},
        {"at": "0001-01-01T00:00:00+00:00"},
    ],
    ids=range(4),
)
def test_report_accepts_impossible_values(wrong: dict[str, Any], folder: Path) -> None:
    write(
        folder,
        [saved(TWO, 2)],
        [event(0, "run_started"), event(0, "x") | {"at": "9999-12-31T00:00:00-12:00"}],
    )
    with (folder / "run_data" / "journal.jsonl").open("a") as file:
        file.write(json.dumps(asdict(saved(ONE, 1)) | wrong) + "\n")
    page = render(read_book(folder), at(9))
    assert "165548A" in page


def test_report_accepts_names_outside_utf8(folder: Path) -> None:
    write(folder, [saved(ONE, 2)])
    with (folder / "run_data" / "events.jsonl").open("a") as file:
        file.write(json.dumps(event(1, "x", settings={}) | {"text": "\udcff"}) + "\n")
    assert make_report(folder).stat().st_size > 1000


def test_empty_folder_has_no_history(tmp_path: Path) -> None:
    assert read_book(tmp_path) == JobHistory(tmp_path.name, [], [], ())


@pytest.mark.parametrize(
    ("names", "owners", "others"),
    [
        (["165548.png", "165548-2.html"], {"165548": 2}, 0),
        (["165548A-1.png", "165548B-1.png", "1655481.png"], {"165548A": 1}, 2),
        (["login.png", "165549"], {}, 2),
    ],
)
def test_snapshots_belong_to_their_vehicles(
    names: list[str], owners: dict[str, int], others: int, folder: Path
) -> None:
    write(folder, [])
    (folder / "run_data" / "snapshots" / "a folder").mkdir(parents=True)
    for name in names:
        (folder / "run_data" / "snapshots" / name).touch()
    book = read_book(folder)
    found = {row.vehicle.reference: len(row.snapshots) for row in book.rows if row.snapshots}
    assert (found, len(book.snapshots)) == (owners, others)


# Runs: (start, end, reason, vehicles)


def runs(folder: Path) -> list[tuple[float, float, str, int]]:
    def since(moment: datetime) -> float:
        return (moment - START).total_seconds()

    found = read_book(folder).runs
    return [(since(r.started), since(r.ended), r.reason, len(r.saved + r.failed)) for r in found]


def test_killed_run_ends_with_its_last_event(folder: Path) -> None:
    events = [event(0, "run_started"), event(3, "login"), event(100, "run_resumed")]
    events.append(event(120, "run_ended", reason="finished"))
    write(folder, [saved(ONE, 8), saved(TWO, 110)], events)
    assert runs(folder) == [(0, 8, "", 1), (100, 120, "finished", 1)]


def test_runs_may_share_one_second(folder: Path) -> None:
    events = [event(0, "run_started"), event(5, "run_ended", reason="finished")]
    events += [event(5, "run_resumed"), event(9, "run_ended", reason="stop_file")]
    write(folder, [saved(ONE, 4), saved(TWO, 7)], events)
    assert runs(folder) == [(0, 5, "finished", 1), (5, 9, "stop_file", 1)]


def test_vehicles_before_first_run_form_a_run(folder: Path) -> None:
    write(folder, [saved(ONE, 8), saved(TWO, 110)], [event(100, "run_resumed")])
    assert runs(folder) == [(6, 8, "", 1), (100, 110, "", 1)]


def test_missing_events_mean_one_run(folder: Path) -> None:
    write(folder, [saved(ONE, 8), failed(TWO, 110, at="whenever"), saved(THREE, 20)])
    assert runs(folder) == [(6, 20, "", 2)]


def test_clock_set_back_orders_runs_by_time(folder: Path) -> None:
    events = [event(1000, "run_started"), event(10, "run_resumed")]
    write(folder, [saved(ONE, 1008), saved(TWO, 18)], events)
    assert runs(folder) == [(10, 18, "", 1), (1000, 1008, "", 1)]


def test_adopted_report_belongs_to_no_run(folder: Path) -> None:
    write(folder, [saved(ONE, 1, attempts=0), saved(TWO, 8)], [event(0, "run_started")])
    assert runs(folder) == [(0, 8, "", 1)]


def test_run_takes_at_least_a_second() -> None:
    book = JobHistory("", [], [Run(at(5), at(5)), Run(at(9), at(3)), Run(at(10), at(70))], ())
    assert book.seconds == 62
