"""A job as the page reads it, while its files grow."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.dashboard.jobs import JobReader, newest_job
from jdp_spider.job import progress_file
from jdp_spider.job.locks import RunLock
from jdp_spider.reasons import CloseReason
from tests.support.job_builder import JobFolder

if TYPE_CHECKING:
    from pathlib import Path

SNAPSHOT: dict[str, Any] = {
    "total": 20, "saved": 5, "failed": 0, "left": 15, "at_work": 5, "per_hour": 900.0,
    "waiting_for": "", "is_ending": False, "next_login": None,
}  # fmt: skip


@pytest.fixture
def job(tmp_path: Path) -> JobFolder:
    return JobFolder(tmp_path / "downloads" / "11-23-2026", 20)


def test_growing_journal_is_read_incrementally(job: JobFolder, tmp_path: Path) -> None:
    reader, lock = JobReader(job.path), tmp_path / "account.lock"
    assert reader.read(lock, tmp_path).total == 20
    job.run(10, failing=0, reason="")
    first = reader.read(lock, tmp_path)
    job.run(10, failing=1, pause_h=1)
    second = reader.read(lock, tmp_path)
    counts = [(each.saved, each.failed, each.left, each.reason) for each in (first, second)]
    assert counts == [(10, 0, 10, ""), (10, 10, 0, "finished")]
    assert [first.was_killed, second.was_killed] == [True, False]
    assert second.jobdir == tmp_path / "crawls" / "run 1"
    assert len(second.recent) == 5
    fresh = JobReader(job.path).read(lock, tmp_path)
    assert fresh == second


def test_half_written_line_is_read_once_it_is_complete(job: JobFolder, tmp_path: Path) -> None:
    job.run(2, failing=0, reason="")
    path = job.run_data / "journal.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    reader = JobReader(job.path)
    assert reader.read(tmp_path / "lock", tmp_path).saved == 1
    path.write_bytes(whole)
    assert reader.read(tmp_path / "lock", tmp_path).saved == 2


def test_live_run_is_recognized_by_its_lock(job: JobFolder, tmp_path: Path) -> None:
    job.run(5, reason="")
    lock = RunLock(tmp_path / "crawls" / "run 1" / "job.lock", "job", CloseReason.JOB_IN_USE)
    lock.acquire()
    reader = JobReader(job.path)
    assert reader.read(tmp_path / "account.lock", tmp_path).is_live
    lock.release()
    assert reader.read(tmp_path / "account.lock", tmp_path).was_killed


def test_run_that_writes_its_report_is_still_live(job: JobFolder, tmp_path: Path) -> None:
    job.run(5)
    path = job.run_data / "progress.json"
    progress_file.write(path, SNAPSHOT)
    reader = JobReader(job.path)
    found = reader.read(tmp_path / "account.lock", tmp_path)
    assert (found.is_live, found.ended is not None) == (True, True)
    # A process of its number lives, but the file is old: another one has the number by now.
    os.utime(path, (10**9, 10**9))
    assert not reader.read(tmp_path / "account.lock", tmp_path).is_live


def test_newest_job_is_the_one_with_the_latest_write(tmp_path: Path) -> None:
    assert newest_job(tmp_path / "none") is None
    older = JobFolder(tmp_path / "11-24-2026", 2)
    newer = JobFolder(tmp_path / "11-23-2026", 2)
    for number, each in enumerate((older, newer), start=1):
        each.run(1)
        os.utime(each.run_data / "events.jsonl", (2 * 10**9 + number, 2 * 10**9 + number))
    (tmp_path / "other").mkdir()
    assert newest_job(tmp_path) == newer.path


@pytest.mark.parametrize("name", ["journal.jsonl", "events.jsonl", "inventory.csv"])
def test_a_damaged_file_counts_as_empty(job: JobFolder, tmp_path: Path, name: str) -> None:
    job.run(5)
    (job.run_data / name).write_bytes(b"\xff\0nonsense\n" + json.dumps([1]).encode())
    JobReader(job.path).read(tmp_path / "lock", tmp_path)
