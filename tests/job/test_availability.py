"""When a vehicle without a bookout link is settled, over the runs of several jobs."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.job.availability import settle
from jdp_spider.job.batch import Batch, GridReading
from jdp_spider.job.job import Job
from jdp_spider.job.journal import JournalEntry
from jdp_spider.job.limit import DownloadLimit
from jdp_spider.job.selection import Selection
from tests.support.factories import config, exported, vehicle

if TYPE_CHECKING:
    from pathlib import Path

    from jdp_spider.inventory import Vehicle

EVENING = datetime(2026, 11, 25, 20, tzinfo=timezone.utc)
SOLD, OTHER = vehicle("165548", 1), vehicle("165549", 2)
NO_LINK = "no_bookout_link"


class Account:
    """An account whose nights are jobs of their own."""

    def __init__(self, tmp_path: Path) -> None:
        self.path = tmp_path / "without_link.json"
        self._parent = tmp_path
        self._nights = 0

    def night(
        self,
        hours: float,
        *,
        absent: tuple[Vehicle, ...] | None = (SOLD,),
        failed: dict[Vehicle, str] | None = None,
        saved: tuple[Vehicle, ...] = (OTHER,),
        reason: str = "finished",
        refs: frozenset[str] | None = None,
        strict: bool = False,
        inventory: tuple[Vehicle, ...] = (SOLD, OTHER),
    ) -> dict[str, str]:
        """Return the outcomes of a night's run; `absent` is None if it did not read the grid."""
        self._nights += 1
        folder = self._parent / f"night {self._nights}"
        job = Job(config(download_folder=folder, strict=strict), str(folder / "job"), "account")
        job.open()
        job.set_inventory(exported(*inventory))
        batch = Batch(job, Selection(refs), DownloadLimit(None))
        if absent is not None:
            keys = frozenset(each.key for each in absent)
            batch.reading = GridReading(EVENING + timedelta(hours=hours), keys)
        for each, why in ({SOLD: NO_LINK} if failed is None else failed).items():
            batch.fail(each, why)  # type: ignore[arg-type]
        for each in saved:
            job.saved_keys.add(each.key)
            batch._ended[each.key] = "saved"
            job.journal.entries[each.key] = JournalEntry.of(each, "saved", file="x.pdf")
        settle(batch, self.path, reason, strict=strict)
        outcomes = {v.reference: o.outcome for v, o in batch.outcomes("run_ended")}  # type: ignore[arg-type]
        assert (job.settled_keys == {SOLD.key}) == (outcomes.get("165548") == "not_available")
        job.close()
        return outcomes


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path)


FAILED = {"165548": "failed", "165549": "saved"}
SETTLED = {"165548": "not_available", "165549": "saved"}


def test_second_complete_run_six_hours_later_makes_a_vehicle_not_available(
    account: Account,
) -> None:
    assert account.night(0) == FAILED
    assert account.night(5.9) == FAILED
    assert account.night(6) == SETTLED
    assert account.night(30) == SETTLED
    since = json.loads(account.path.read_text("utf-8"))["without_link_since"]
    assert since == {f"165548#1 {SOLD.vin}": EVENING.isoformat()}


def test_strict_setting_keeps_the_vehicle_failed(account: Account) -> None:
    account.night(0)
    assert account.night(24, strict=True) == FAILED
    assert account.night(48) == SETTLED


NEVER: dict[str, dict[str, Any]] = {
    "interrupted": {"reason": "shutdown"},
    "ended by the site": {"reason": "site_unreachable"},
    "did not read the grid": {"absent": None},
    "a bad link, or a row that is unclear": {"absent": ()},
    "for some vehicles only": {"refs": frozenset({"165548"})},
    "another vehicle was not reached": {"saved": ()},
}


@pytest.mark.parametrize("kind", NEVER)
@pytest.mark.parametrize("is_first", [True, False])
def test_incomplete_evidence_never_counts(kind: str, is_first: bool, account: Account) -> None:
    nights: list[dict[str, Any]] = [NEVER[kind], {}] if is_first else [{}, NEVER[kind]]
    for n, given in enumerate(nights):
        outcomes = account.night(24 * n, **given)
    assert outcomes["165548"] == "failed"
    assert account.night(72) == SETTLED


@pytest.mark.parametrize(
    "found", [{"failed": {}, "saved": (SOLD, OTHER)}, {"failed": {SOLD: "timeout"}}]
)
def test_link_found_resets_the_evidence(found: dict[str, Any], account: Account) -> None:
    account.night(0)
    account.night(12, **found)
    assert account.night(24) == FAILED
    assert account.night(48) == SETTLED


def test_leaving_the_inventory_resets_the_evidence(account: Account) -> None:
    account.night(0)
    account.night(24, inventory=(OTHER,), failed={}, absent=())
    assert account.night(48) == FAILED


def test_evidence_is_not_shared_by_vehicles_of_one_reference(account: Account) -> None:
    account.night(0)
    successor = vehicle("165548", 5)
    night = account.night(
        24, inventory=(successor, OTHER), failed={successor: NO_LINK}, absent=(successor,)
    )
    assert night == FAILED


def test_copies_without_a_vin_never_become_not_available(account: Account) -> None:
    copies = (vehicle("7", vin=""), vehicle("7", vin="", occurrence=2))
    for hours in (0, 24):
        given: dict[str, Any] = {"failed": dict.fromkeys(copies, NO_LINK), "absent": copies}
        outcomes = account.night(hours, inventory=(*copies, OTHER), **given)
    assert outcomes == {"7": "failed", "165549": "saved"}


def test_clock_set_back_does_not_age_the_evidence(account: Account) -> None:
    account.night(100)
    assert account.night(0) == FAILED
    assert account.night(7) == SETTLED


@pytest.mark.parametrize("text", ["{", "[]", '{"without_link_since": {"a": 3}}'])
def test_damaged_evidence_delays_by_one_night(
    text: str, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    account.path.write_text(text, "utf-8")
    assert account.night(0) == FAILED
    assert "What earlier runs have seen without a bookout link is lost: " in caplog.text
    assert account.night(24) == SETTLED


def test_evidence_that_cannot_be_saved_is_logged(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    account.path = account.path / "no folder" / "file"
    with caplog.at_level(logging.WARNING):
        assert account.night(0) == FAILED
    assert "is not kept: " in caplog.text


# The job that is gone on with


def test_not_available_vehicle_is_attempted_only_on_request(tmp_path: Path) -> None:
    def job(*, strict: bool = False) -> Job:
        made = Job(config(download_folder=tmp_path, strict=strict), str(tmp_path / "job"), "a")
        made.open()
        return made

    first = job()
    first.set_inventory(exported(SOLD, OTHER))
    batch = Batch(first, Selection(None), DownloadLimit(None))
    batch.fail(SOLD, NO_LINK)  # type: ignore[arg-type]
    batch.settle(SOLD)
    assert [each.reference for each in batch.pending()] == ["165549"]
    first.close()

    later = job()
    everything = Batch(later, Selection(None), DownloadLimit(None))
    assert [each.reference for each in everything.pending()] == ["165549"]
    outcomes = [outcome.outcome for _, outcome in everything.outcomes("run_ended")]  # type: ignore[arg-type]
    assert outcomes == ["not_available", "not_attempted"]
    asked = Batch(later, Selection(frozenset({"165548"})), DownloadLimit(None))
    assert [each.reference for each in asked.pending()] == ["165548"]
    asked.fail(SOLD, "timeout")  # type: ignore[arg-type]
    assert later.settled_keys == set()
    later.close()

    strict = job(strict=True)
    assert len(Batch(strict, Selection(None), DownloadLimit(None)).pending()) == 2
    strict.close()
