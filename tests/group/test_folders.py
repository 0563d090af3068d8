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


def test_a_job_that_has_not_begun(place: AccountFolder) -> None:
    found = (place.run_folder, place.standing(), place.outcome(), place.is_complete())
    assert found == (None, AccountProgress(), AccountOutcome(), False)


def test_the_last_word_on_each_vehicle_counts(place: AccountFolder) -> None:
    write_books(place, {"165548": "saved", "165549": "failed"}, total=3)
    assert place.standing() == AccountProgress(3, 1, 1)
    write_books(place, {"165548": "saved", "165549": "saved"}, total=3)
    assert AccountFolder(place.path).standing() == AccountProgress(3, 2, 0)


def test_the_journal_is_read_on(place: AccountFolder) -> None:
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


def test_an_inventory_that_is_exported_anew_is_read_anew(place: AccountFolder) -> None:
    write_books(place, {}, total=3)
    assert place.standing().total == 3
    write_books(place, {}, total=5)
    assert place.standing().total == 5


def test_an_inventory_that_cannot_be_read_is_not_known(place: AccountFolder) -> None:
    write_books(place, {"165548": "saved"})
    assert place.run_folder is not None
    (place.run_folder / "run_data" / "inventory.csv").write_bytes(b"half")
    assert place.standing() == AccountProgress(0, 1, 0)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_a_crawl_has_logged_last(place: AccountFolder, newline: str) -> None:
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


def test_outcomes_add_up_the_time(place: AccountFolder) -> None:
    place.record(130, 10.04)
    outcome = place.record(2, 2.0, "No password")
    assert (outcome.status, outcome.message, outcome.seconds) == (2, "No password", 12.0)
    assert AccountFolder(place.path).outcome() == outcome


def test_of_an_account_that_has_ended_the_journal_is_not_read_again(place: AccountFolder) -> None:
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
def test_an_outcome_that_cannot_be_read_is_none(place: AccountFolder, text: str) -> None:
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
def test_an_outcome_of_wrong_types_is_none_and_said_once(
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
def test_complete_is_what_has_nothing_left(
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


def test_without_any_run_it_is_todays(tmp_path: Path) -> None:
    assert found(tmp_path / "groups") == "2026-11-25"


def test_the_run_that_is_named(tmp_path: Path) -> None:
    begun(tmp_path, "2026-11-24", 3)
    assert found(tmp_path, "other") == "other"


def test_the_newest_run_of_this_night_is_gone_on_with(tmp_path: Path) -> None:
    begun(tmp_path, "2026-11-24", 3)
    begun(tmp_path, "trial", 5)
    assert found(tmp_path) == "2026-11-24"


@pytest.mark.parametrize(("hours_ago", "complete"), [(3, True), (18, False), (-1, False)])
def test_a_run_that_is_complete_or_of_another_night_is_not(
    tmp_path: Path, hours_ago: float, complete: bool
) -> None:
    begun(tmp_path, "earlier", hours_ago, complete=complete)
    assert found(tmp_path) == "2026-11-25"


@pytest.mark.parametrize("text", ["", "7", '{"started": 7}', '{"started": "2026-11-25T00:00:00"}'])
def test_a_run_of_which_nothing_is_known_is_passed_over(tmp_path: Path, text: str) -> None:
    begun(tmp_path, "odd", 1)
    (tmp_path / "odd" / "run.json").write_text(text)
    assert found(tmp_path) == "2026-11-25"


def test_a_run_begins_once(tmp_path: Path) -> None:
    run = GroupRun(tmp_path / "tonight", ["north"])
    run.begin()
    write_json(run.folder / "run.json", {"started": "earlier"})
    run.begin()
    assert read_json(run.folder / "run.json") == {"started": "earlier"}


def test_what_is_still_to_do_in_the_order_of_the_file(tmp_path: Path) -> None:
    run = GroupRun(tmp_path, ["c", "b", "a"])
    write_books(run.accounts["b"], {"165548": "saved"})
    run.accounts["b"].record(0, 1.0)
    assert run.incomplete() == ["c", "a"]
