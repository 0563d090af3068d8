from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.job.batch import lost_keys
from jdp_spider.job.job import Job
from jdp_spider.job.metrics import build_metrics, exit_status, to_stats
from jdp_spider.reasons import FailureReason
from tests.support.factories import batch_of, config, exported, report, vehicle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jdp_spider.job.batch import Batch

ONE, TWO, THREE = vehicle("1", 1), vehicle("2", 2), vehicle("3", 3)
COPY = vehicle("1", 4, occurrence=2)
ALL = (ONE, TWO, THREE, COPY)
LIMIT_S = 20.0
"""After this a wait counts as for ever: it fails instead of hanging."""


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Batch]]:
    """Begin a run of the job: the earlier one ends."""
    jobs: list[Job] = []

    def begin(*refs: str, most: int | None = None) -> Batch:
        for job in jobs:
            job.close()
        job = Job(config(download_folder=tmp_path / "downloads"), str(tmp_path / "job"), "account")
        job.open()
        jobs.append(job)
        if not job.vehicles:
            job.set_inventory(exported(*ALL))
        return batch_of(job, *refs, most=most)

    yield begin
    jobs[-1].close()


def save(batch: Batch, *vehicles: Any) -> None:
    for each in vehicles:
        asyncio.run(batch.save(report(each)))


def words(batch: Batch, unreached: str = "run_ended") -> list[str]:
    return [f"{o.outcome} {o.reason}".strip() for _, o in batch.outcomes(unreached)]


@pytest.mark.parametrize("unreached", ["limit", "interrupted", "run_ended"])
def test_each_vehicle_has_exactly_one_outcome(unreached: str, begin: Callable[..., Batch]) -> None:
    save(begin(), ONE)
    batch = begin()
    save(batch, COPY)
    batch.fail(TWO, "timeout", 3, 1.0)
    assert [vehicle for vehicle, _ in batch.outcomes(unreached)] == list(ALL)
    expected = ["already_there", "failed timeout", f"not_attempted {unreached}", "saved"]
    assert words(batch, unreached) == expected
    assert batch.counts() == {"already_there": 1, "failed": 1, "saved": 1}
    assert (batch.left, batch.pending()) == (1, [TWO, THREE])


def test_outcome_refers_to_the_journal_entry(begin: Callable[..., Batch]) -> None:
    batch = begin()
    batch.fail(TWO, "report_timeout", 3, 9.5004)
    outcome = list(batch.outcomes("x"))[1][1]
    assert outcome.entry is batch.job.journal.entries["2#1"]
    assert (outcome.entry.attempts, outcome.entry.seconds) == (3, 9.5)


def test_failure_of_an_earlier_run_is_not_an_outcome_of_this_run(
    begin: Callable[..., Batch],
) -> None:
    begin().fail(TWO, "timeout", 3, 1.0)
    batch = begin()
    assert words(batch) == ["not_attempted run_ended"] * 4
    assert batch.counts() == {"saved": 0, "already_there": 0, "failed": 0}
    save(batch, TWO)
    assert (words(batch)[1], words(begin())[1]) == ("saved", "already_there")


def test_vehicle_that_failed_and_was_then_saved_counts_once(
    begin: Callable[..., Batch],
) -> None:
    batch = begin()
    batch.fail(ONE, "unexpected_error", 1)
    save(batch, ONE)
    assert batch.counts() == {"saved": 1, "already_there": 0, "failed": 0}
    assert batch.left == 3


def test_a_selection_leaves_the_others_out(begin: Callable[..., Batch]) -> None:
    batch = begin("2", "9")
    assert (batch.pending(), batch.left, batch.unknown_references()) == ([TWO], 1, ["9"])
    left_out = "not_attempted not_asked_for"
    assert words(batch) == [left_out, "not_attempted run_ended", left_out, left_out]


def test_limit_bounds_the_number_left(begin: Callable[..., Batch]) -> None:
    assert begin(most=3).left == 3


def test_limit_counts_only_vehicles_saved_by_this_run(begin: Callable[..., Batch]) -> None:
    save(begin(), ONE, TWO)
    batch = begin(most=2)

    async def work() -> list[bool]:
        assert await batch.admit(COPY) and await batch.admit(THREE)
        batch.fail(COPY, "timeout", 3, 1.0)
        await batch.save(report(THREE))
        reached = [batch.limit.reached]
        assert await asyncio.wait_for(batch.admit(COPY), LIMIT_S)
        await batch.save(report(COPY))
        return [*reached, batch.limit.reached]

    assert asyncio.run(work()) == [False, True]


def test_place_in_the_limit_is_released_once(begin: Callable[..., Batch]) -> None:
    """A vehicle that was never admitted has none, and one that failed no second one."""
    batch = begin(most=1)

    async def work() -> bool:
        assert await batch.admit(ONE)
        batch.fail(TWO, "no_bookout_link")
        batch.fail(ONE, "timeout")
        batch.finish(ONE)
        assert await asyncio.wait_for(batch.admit(TWO), LIMIT_S)
        waiting = asyncio.ensure_future(batch.admit(THREE))
        await asyncio.wait([waiting], timeout=0.01)
        waits = not waiting.done()
        waiting.cancel()
        return waits

    assert asyncio.run(work())


def test_dropped_duplicate_request_keeps_the_place_in_the_limit(
    begin: Callable[..., Batch],
) -> None:
    batch = begin(most=2)

    async def work() -> bool:
        assert await batch.admit(ONE) and await batch.admit(ONE)
        await batch.save(report(ONE))
        batch.finish(ONE)
        assert await asyncio.wait_for(batch.admit(TWO), LIMIT_S)
        return batch.limit.reached

    assert asyncio.run(work()) is False


@pytest.mark.parametrize("blocked", ["pdf", "journal"])
def test_vehicle_that_cannot_be_written_has_no_outcome(
    blocked: str, begin: Callable[..., Batch]
) -> None:
    batch = begin()
    paths = {"pdf": batch.job.paths.pdfs / "3.pdf", "journal": batch.job.paths.journal}
    paths[blocked].mkdir()
    with pytest.raises(OSError, match=r"director|denied"):
        save(batch, THREE)
    assert (batch.job.is_saved(THREE), batch.pending()) == (False, list(ALL))
    assert batch.counts() == {"saved": 0, "already_there": 0, "failed": 0}
    assert words(batch) == ["not_attempted run_ended"] * 4
    paths[blocked].rmdir()
    assert begin().pending() == list(ALL)


def test_pdf_that_disappears_during_the_run_is_a_failure(begin: Callable[..., Batch]) -> None:
    save(begin(), ONE, COPY)
    batch = begin()
    save(batch, TWO, THREE)
    pdfs = batch.job.paths.pdfs
    (pdfs / "1.pdf").rename(pdfs.parent / "moved.pdf")
    (pdfs / "2.pdf").write_bytes(b"")
    assert lost_keys(batch.job) == {"1#1", "2#1"}
    batch.lose({"1#1", "2#1"})
    assert words(batch) == ["failed file_gone"] * 2 + ["saved", "already_there"]
    assert batch.counts() == {"saved": 1, "already_there": 1, "failed": 2}
    metrics = build_metrics(batch, config(), "finished")
    assert (metrics["succeeded"], metrics["failed"], metrics["success_rate"]) == (2, 2, 50.0)
    assert [row["file"] for row in metrics["vehicles"][:2]] == [None, None]
    assert exit_status({**to_stats(metrics), "finish_reason": "finished"}) == 3
    # One is put back.
    (pdfs.parent / "moved.pdf").rename(pdfs / "1.pdf")
    again = begin()
    assert (again.pending(), lost_keys(again.job)) == ([TWO], set())


def test_disappeared_pdf_of_a_vehicle_that_was_not_asked_for_is_no_failure(
    begin: Callable[..., Batch],
) -> None:
    save(begin(), ONE, TWO)
    batch = begin("2")
    (batch.job.paths.pdfs / "1.pdf").unlink()
    batch.lose(lost_keys(batch.job))
    assert words(batch)[:2] == ["not_attempted not_asked_for", "already_there"]


def test_uncertain_row_missing_from_the_grid_is_not_a_vehicle(
    begin: Callable[..., Batch], caplog: pytest.LogCaptureFixture
) -> None:
    """Also for the runs after it; for any other reason, and with a VIN, it is one."""
    batch = begin()
    unsure = dataclasses.replace(THREE, certain=False)
    batch.job.vehicles[2] = unsure
    batch.fail(unsure, FailureReason.TIMEOUT)
    assert len(batch.job.vehicles) == 4
    with caplog.at_level("INFO"):
        batch.fail(unsure, FailureReason.NO_BOOKOUT_LINK)
    batch.fail(TWO, FailureReason.NO_BOOKOUT_LINK)
    assert batch.job.vehicles == [ONE, TWO, COPY]
    assert "only a reference, which the grid does not show): 3" in caplog.text
    assert words(batch) == [
        *("not_attempted run_ended", "failed no_bookout_link", "not_attempted run_ended")
    ]


def test_later_runs_ignore_the_uncertain_row_until_more_is_known(tmp_path: Path) -> None:
    exported_ = b"Reference Number,VIN\r\n1,\r\n2," + TWO.vin.encode() + b"\r\n1,\r\n"
    settings = config(download_folder=tmp_path), str(tmp_path / "job"), "account"
    job = Job(*settings)
    job.open()
    job.set_inventory(exported_)
    assert not job.fail(job.vehicles[0], FailureReason.NO_BOOKOUT_LINK, 1, 0.0)
    job.write_checkpoint()
    job.close()
    again = Job(*settings)
    again.open()
    assert [vehicle.key for vehicle in again.vehicles] == ["2#1", "1#2"]
    assert again.files["1#2"] == "1~2.pdf"
    assert json.loads(again.paths.tracking.read_text()) == {"2": None, "1": None}
    again.set_inventory(exported(*ALL))
    assert len(again.vehicles) == 4
    again.close()
