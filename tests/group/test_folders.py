from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from jdp_spider import settings
from jdp_spider.group.folders import (
    AccountFolder,
    AccountOutcome,
    AccountProgress,
    GroupRun,
    find_run,
)
from jdp_spider.utils.files import write_json
from jdp_spider.utils.loading import read_json
from tests.support.account_builder import line, write_books

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 25, 1, 0, tzinfo=timezone.utc)


def test_account_without_a_run_has_no_progress(place: AccountFolder) -> None:
    found = (place.run_folder, place.standing(), place.outcome(), place.is_complete())
    assert found == (None, AccountProgress(), AccountOutcome(), False)


def test_last_entry_of_each_vehicle_counts(place: AccountFolder) -> None:
    write_books(place, {"165548": "saved", "165549": "failed"}, total=3)
    assert place.standing() == AccountProgress(3, 1, 1)
    write_books(place, {"165548": "saved", "165549": "saved"}, total=3)
    assert AccountFolder(place.path).standing() == AccountProgress(3, 2, 0)


def test_journal_is_read_incrementally(place: AccountFolder) -> None:
    write_books(place, {"165548": "saved"}, total=3)
    place.standing()
    assert place.run_folder is not None
    journal = place.run_folder / "run_data" / "journal.jsonl"
    with journal.open("ab") as file:
        file.write((line("165549", "failed") + line("165549", "saved")[:40]).encode())
    # The line that is being written waits.
    assert place.standing() == AccountProgress(3, 1, 1)
    with journal.open("ab") as file:
        rest = line("165549", "saved")[40:]
        file.write(f"{rest}cut {{\n[7]\n{line('165550', 'saved')}".encode())
    assert place.standing() == AccountProgress(3, 3, 0)


def test_new_inventory_export_is_read_again(place: AccountFolder) -> None:
    write_books(place, {}, total=3)
    assert place.standing().total == 3
    write_books(place, {}, total=5)
    assert place.standing().total == 5


def test_unreadable_inventory_counts_as_unknown(place: AccountFolder) -> None:
    write_books(place, {"165548": "saved"})
    assert place.run_folder is not None
    (place.run_folder / "run_data" / "inventory.csv").write_bytes(b"half")
    assert place.standing() == AccountProgress(0, 1, 0)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_last_log_message_of_a_crawl_is_read(place: AccountFolder, newline: str) -> None:
    """The lines are made as a crawl makes them; tests/crawl/test_crawlgroup.py has a real one."""
    formatter = logging.Formatter(settings.LOG_FORMAT, settings.LOG_DATEFORMAT)
    messages = ["Logged in", "next login in 30 s: S\u00e8te\n  and a second line"]
    records = [logging.LogRecord("any", logging.INFO, "", 0, text, (), None) for text in messages]
    lines = [line for record in records for line in formatter.format(record).split("\n")]
    assert place.last_words() == ""
    place.path.mkdir(parents=True, exist_ok=True)
    text = newline.join(["x" * 3000, *lines, ""])
    place.log.write_bytes(text.encode())
    assert place.last_words() == "next login in 30 s: S\\xe8te"


def test_outcomes_of_several_runs_sum_their_time(place: AccountFolder) -> None:
    place.record(130, 10.04)
    outcome = place.record(2, 2.0, "No password")
    assert (outcome.status, outcome.message, outcome.seconds) == (2, "No password", 12.0)
    assert AccountFolder(place.path).outcome() == outcome


def test_journal_of_a_finished_account_is_not_read_again(place: AccountFolder) -> None:
    write_books(place, {"165548": "saved"}, total=2)
    place.record(3, 1.0)
    assert place.run_folder is not None
    journal = place.run_folder / "run_data" / "journal.jsonl"
    # What nobody does shows what is read.
    journal.write_bytes(b" " * journal.stat().st_size)
    assert AccountFolder(place.path).standing() == AccountProgress(2, 1, 0)
    AccountFolder(place.path).record(3, 1.0)
    assert AccountFolder(place.path).standing() == AccountProgress(2, 1, 0)
    # It is at work again, or was marked by `scrapy verify --repair`.
    write_books(place, {"165548": "saved", "165549": "saved"}, total=2)
    assert AccountFolder(place.path).standing() == AccountProgress(2, 2, 0)


@pytest.mark.parametrize("text", ["", "7", "{", '{"other": 1}', "[" * 100_000])
def test_unreadable_outcome_counts_as_missing(place: AccountFolder, text: str) -> None:
    place.record(0, 1.0)
    (place.path / "outcome.json").write_text(text)
    assert place.outcome() == AccountOutcome()


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 77},
        {"status": "0"},
        {"status": True},
        {"seconds": "x"},
        {"seconds": -1},
        {"message": ["x"]},
        {"standing": {"total": "x", "saved": 0, "failed": 0}},
        {"standing": None},
        {"journal_size": 1.5},
    ],
)
def test_outcome_of_wrong_types_is_ignored_and_reported_once(
    place: AccountFolder, wrong: dict, caplog: pytest.LogCaptureFixture
) -> None:
    place.record(0, 1.0)
    path = place.path / "outcome.json"
    path.write_text(json.dumps(read_json(path) | wrong))
    assert (place.outcome(), place.outcome()) == (AccountOutcome(), AccountOutcome())
    (message,) = caplog.messages
    assert message.startswith("north: its outcome.json cannot be used (")


@pytest.mark.parametrize(
    ("status", "outcomes", "total", "complete"),
    [
        (0, {"165548": "saved"}, 1, True),
        # MAX_DOWNLOADS was reached.
        (0, {"165548": "saved"}, 2, False),
        (3, {"165548": "failed"}, 1, False),
        (130, {"165548": "saved"}, 1, False),
        (0, {}, 0, False),
    ],
)
def test_account_is_complete_when_no_vehicle_is_left(
    place: AccountFolder, status: int, outcomes: dict[str, str], total: int, complete: bool
) -> None:
    write_books(place, outcomes, total)
    place.record(status, 1.0)
    assert place.is_complete() is complete


def begun(parent: Path, name: str, hours_ago: float, *, complete: bool = False) -> None:
    run = GroupRun(parent / name, ["north"])
    run.begin()
    write_json(run.folder / "run.json", {"started": str(NOW - timedelta(hours=hours_ago))})
    if complete:
        write_books(run.accounts["north"], {"165548": "saved"})
        run.accounts["north"].record(0, 1.0)


def found(parent: Path, given: str | None = None) -> str:
    return find_run(parent, given, ["north"], NOW).name


def test_without_a_run_the_name_is_the_day(tmp_path: Path) -> None:
    assert found(tmp_path / "groups") == "2026-11-25"


def test_named_run_is_used(tmp_path: Path) -> None:
    begun(tmp_path, "2026-11-24", 3)
    assert found(tmp_path, "other") == "other"


def test_newest_run_of_this_night_is_continued(tmp_path: Path) -> None:
    begun(tmp_path, "2026-11-24", 3)
    begun(tmp_path, "trial", 5)
    assert found(tmp_path) == "2026-11-24"


@pytest.mark.parametrize(("hours_ago", "complete"), [(3, True), (18, False), (-1, False)])
def test_complete_or_older_run_is_not_continued(
    tmp_path: Path, hours_ago: float, complete: bool
) -> None:
    begun(tmp_path, "earlier", hours_ago, complete=complete)
    assert found(tmp_path) == "2026-11-25"


@pytest.mark.parametrize("text", ["", "7", '{"started": 7}', '{"started": "2026-11-25T00:00:00"}'])
def test_run_without_a_valid_record_is_ignored(tmp_path: Path, text: str) -> None:
    begun(tmp_path, "odd", 1)
    (tmp_path / "odd" / "run.json").write_text(text)
    assert found(tmp_path) == "2026-11-25"


def test_beginning_a_run_twice_keeps_the_first_record(tmp_path: Path) -> None:
    run = GroupRun(tmp_path / "tonight", ["north"])
    run.begin()
    write_json(run.folder / "run.json", {"started": "earlier"})
    run.begin()
    assert read_json(run.folder / "run.json") == {"started": "earlier"}


def test_incomplete_accounts_are_in_the_order_of_the_file(tmp_path: Path) -> None:
    run = GroupRun(tmp_path, ["c", "b", "a"])
    write_books(run.accounts["b"], {"165548": "saved"})
    run.accounts["b"].record(0, 1.0)
    assert run.incomplete() == ["c", "a"]
