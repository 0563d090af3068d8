from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.demo.hostile import make_heavy
from jdp_spider.inventory_table import InventoryError
from jdp_spider.job import audit
from jdp_spider.job import checkpoint as checkpoint_module
from jdp_spider.job import folder as folder_module
from jdp_spider.job.folder import JobError, new_run_folder
from jdp_spider.job.job import Job
from jdp_spider.job.journal import JournalEntry
from jdp_spider.job.locks import AlreadyRunning
from jdp_spider.job.metrics import build_metrics, to_stats
from jdp_spider.pdf.reader import ReportReader
from tests.support.factories import batch_of, config, exported, pdf_of, report, vehicle

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE, TWO, THREE = vehicle("1", 1), vehicle("2/\xe9", 2), vehicle("3", 3)
COPY = vehicle("1", 4, occurrence=2)
ALL = (ONE, TWO, THREE, COPY)
TODAY = datetime(2026, 3, 9, 12, 0)  # noqa: DTZ001 - the user's own day

ROOT = Path.cwd().anchor
"""The root of this system's full paths."""


class Clock(datetime):
    """Always the same moment."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return TODAY.replace(tzinfo=tz)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of downloads, on a fixed day."""
    monkeypatch.setattr(folder_module, "datetime", Clock)
    yield tmp_path / "downloads"
    end_run()


_runs: list[Job] = []
"""The run that is under way: it ends before the next begins."""


def end_run() -> None:
    while _runs:
        _runs.pop().close()


def open_job(
    place: Path, jobdir: str | None = "run1", account: str = "account-1", **given: Any
) -> Job:
    """A job that is open; `jobdir` stands beside the downloads."""
    end_run()
    path = jobdir and str(place.parent / jobdir)
    job = Job(config(download_folder=place, **given), path, account)
    _runs.append(job)
    job.open()
    return job


def full_job(place: Path, jobdir: str | None = "run1", **given: Any) -> Job:
    """A new job with an inventory of four vehicles."""
    job = open_job(place, jobdir, **given)
    job.set_inventory(exported(*ALL))
    return job


def save(job: Job, *vehicles: Any, pdf: bytes = b"%PDF-1") -> None:
    for each in vehicles:
        asyncio.run(job.save(report(each, pdf)))


def run_data(job: Job, name: str) -> Any:
    return json.loads((job.paths.run_data / name).read_bytes())


# Folders


def test_new_job_creates_its_folders(place: Path) -> None:
    job = open_job(place)
    assert (job.folder.resumed, job.is_open, job.vehicles) == (False, True, [])
    found = sorted(path.relative_to(place).as_posix() for path in place.rglob("*"))
    folders = ["03-09-2026", "03-09-2026/pdfs", "03-09-2026/run_data"]
    assert found == folders


def test_folders_of_one_day_are_numbered(place: Path) -> None:
    names = [new_run_folder(place).name for _ in range(3)]
    (place / "03-09-2026 (4)").touch()
    names.append(new_run_folder(place).name)
    assert names == ["03-09-2026", "03-09-2026 (2)", "03-09-2026 (3)", "03-09-2026 (5)"]


def test_without_a_jobdir_each_run_is_its_own_job(place: Path) -> None:
    first, second = full_job(place, None), open_job(place, None)
    assert (first.paths.folder.name, second.paths.folder.name) == ("03-09-2026", "03-09-2026 (2)")
    assert (second.folder.resumed, second.vehicles) == (False, [])


def test_resumed_job_keeps_its_folder(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = full_job(place)
    monkeypatch.setattr(folder_module, "datetime", datetime)
    second = open_job(place.parent / "elsewhere")
    assert (second.folder.resumed, second.paths.folder, second.vehicles) == (
        True,
        first.paths.folder,
        list(ALL),
    )
    assert sorted(path.name for path in place.parent.iterdir()) == ["downloads", "run1"]


def test_a_folder_that_was_removed_is_made_again(place: Path) -> None:
    first = open_job(place)
    shutil.rmtree(first.paths.folder)
    second = open_job(place)
    assert (second.paths.folder, second.paths.pdfs.is_dir(), second.vehicles) == (
        first.paths.folder,
        True,
        [],
    )


def test_a_jobdir_of_another_account_is_refused(place: Path) -> None:
    open_job(place)
    with pytest.raises(JobError) as caught:
        open_job(place, account="account-2")
    assert str(caught.value) == (
        f"JOBDIR {place.parent / 'run1'} belongs to a job of another account or site: name "
        "another JOBDIR, or set JD_USER and JD_BASE_URL back to what they were"
    )
    assert [path.name for path in place.iterdir()] == ["03-09-2026"]


def test_a_job_has_one_run_at_a_time(place: Path) -> None:
    first = open_job(place)
    second = Job(config(download_folder=place), str(place.parent / "run1"), "account-1")
    with pytest.raises(
        AlreadyRunning, match=rf"^Another run holds this job \(process {os.getpid()}, since "
    ):
        second.open()
    assert second.is_open is False
    first.close()
    second.open()
    assert (second.folder.resumed, second.paths.folder) == (True, first.paths.folder)
    second.close()


def test_the_job_file_names_neither_user_nor_password(place: Path) -> None:
    open_job(place, user="who-am-i", password="s3cret")
    written = json.loads((place.parent / "run1" / "job.json").read_bytes())
    assert written == {
        "folder": str(place / "03-09-2026"),
        "nearby": "../downloads/03-09-2026",
        "account": "account-1",
        "started": "2026-03-09T12:00:00+00:00",
    }


def test_the_folder_moves_with_the_jobdir(place: Path) -> None:
    first = full_job(place.parent / "before" / "downloads")
    save(first, ONE)
    end_run()
    (place.parent / "before").rename(place.parent / "after")
    job = open_job(place.parent / "after" / "downloads")
    assert job.paths.folder == place.parent / "after" / "downloads" / "03-09-2026"
    assert (job.folder.resumed, job.pending()) == (True, [TWO, THREE, COPY])
    assert sorted(path.name for path in place.parent.iterdir()) == ["after"]


def test_job_file_may_contain_an_absolute_path(place: Path) -> None:
    jobdir, folder = place.parent / "run1", place.parent / "other disk" / "x"
    jobdir.mkdir()
    (jobdir / "job.json").write_text(json.dumps({"folder": str(folder), "account": "account-1"}))
    assert open_job(place).paths.folder == folder


def test_jobdir_moved_alone_keeps_its_folder(place: Path) -> None:
    first = full_job(place)
    end_run()
    (place.parent / "old").mkdir()
    (place.parent / "run1").rename(place.parent / "old" / "run1")
    assert open_job(place, "old/run1").paths.folder == first.paths.folder


NO_JOBS = [b"", b"garbage", b"[]", b"7", b"{}", b'{"folder": "x"}', b"\xff", b"[" * 100_000]
NO_JOBS += [b'{"folder": ["x"], "account": "account"}', b'{"folder": "x", "account": 7}']


@pytest.mark.parametrize("data", NO_JOBS, ids=range(len(NO_JOBS)))
def test_foreign_job_file_is_refused(data: bytes, place: Path) -> None:
    jobdir = place.parent / "run1"
    jobdir.mkdir()
    (jobdir / "job.json").write_bytes(data)
    with pytest.raises(JobError) as caught:
        open_job(place)
    assert str(caught.value) == (
        f"{jobdir / 'job.json'} is no job of this program: name another JOBDIR, or remove that "
        "file to start a new job there"
    )
    assert not place.exists()


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        ("~nosuchuser/x", "it is not a full path"),
        ("", "it is not a full path"),
        (f"{ROOT}a\0b", "embedded null"),
        # For Windows there is no such folder, as if it had been removed.
        *([] if os.name == "nt" else [("/" + "x" * 5000, "File name too long")]),
    ],
)
def test_a_job_file_with_an_impossible_folder_is_refused(
    folder: str, why: str, place: Path
) -> None:
    jobdir = place.parent / "run1"
    jobdir.mkdir()
    (jobdir / "job.json").write_text(json.dumps({"folder": folder, "account": "account-1"}))
    with pytest.raises(JobError) as caught:
        open_job(place)
    begin = f"{jobdir / 'job.json'} names a folder that cannot be used here ("
    end = "): name another JOBDIR, or remove that file to start a new job there"
    assert re.match(f"{re.escape(begin)}.*{why}.*{re.escape(end)}$", str(caught.value))
    assert not (place.parent / "~nosuchuser").exists()


@pytest.mark.parametrize("name", ["journal.jsonl", "inventory.csv"])
def test_run_data_file_that_is_a_folder_is_an_error_before_the_login(
    name: str, place: Path
) -> None:
    book = full_job(place).paths.run_data / name
    end_run()
    book.unlink(missing_ok=True)
    book.mkdir()
    with pytest.raises(JobError) as caught:
        open_job(place)
    assert str(caught.value) == (
        f"{book} cannot be read (Is a directory): move it away, then run the same command again; "
        "PDFs that are there are checked and kept"
    )


@pytest.mark.parametrize("blocked", ["downloads", "run1"])
def test_folder_that_cannot_be_created_is_an_error(blocked: str, place: Path) -> None:
    (place.parent / blocked).touch()
    with pytest.raises(JobError) as caught:
        open_job(place)
    said = str(caught.value)
    assert said.startswith(f"{place.parent / blocked}: ")
    assert said.endswith(
        ": check the disk, DOWNLOAD_FOLDER and JOBDIR, then run the same command again"
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has a limit that depends on a setting")
def test_a_folder_with_too_long_a_path_is_an_error(place: Path) -> None:
    # As on Windows, at another length: folders fit, a PDF in them would not.
    to_fill = 4095 - 40 - len(str(place))
    long = Path(*["x" * 99] * (to_fill // 100), "x" * (to_fill % 100))
    with pytest.raises(JobError) as caught:
        open_job(place / long)
    assert "too long" in str(caught.value)
    assert "shorter path" in str(caught.value)
    assert not list((place / long).iterdir())
    # With a shorter path the same command works.
    assert not open_job(place).folder.resumed


def test_read_only_folder_is_an_error(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied", "/r\xe9ports")

    monkeypatch.setattr(folder_module, "new_run_folder", refuse)
    with pytest.raises(JobError) as caught:
        open_job(place)
    assert str(caught.value) == (
        "/r\\xe9ports: Permission denied: choose a DOWNLOAD_FOLDER and JOBDIR that you may write to"
    )


# Unused jobs


@pytest.mark.parametrize("jobdir", ["run1", None])
def test_job_without_inventory_leaves_no_files(jobdir: str | None, place: Path) -> None:
    job = open_job(place, jobdir)
    job.paths.log.touch()
    job.paths.events.touch()
    assert job.discard_if_unused() is True
    end_run()
    left = {path.name for path in place.parent.rglob("*")} - {"job.lock"}
    assert left == {"downloads", *([jobdir] if jobdir else [])}
    assert open_job(place, jobdir).folder.resumed is False


def test_a_job_with_inventory_is_kept(place: Path) -> None:
    job = full_job(place)
    assert job.discard_if_unused() is False
    assert open_job(place).vehicles == list(ALL)


def test_a_resumed_job_is_kept(place: Path) -> None:
    open_job(place)
    job = open_job(place)
    assert (job.discard_if_unused(), job.paths.folder.is_dir()) == (False, True)
    assert open_job(place).folder.resumed is True


def test_files_of_the_user_are_kept(place: Path) -> None:
    job = open_job(place)
    (job.paths.folder / "notes.txt").touch()
    assert job.discard_if_unused() is False
    assert [path.name for path in job.paths.folder.iterdir()] == ["notes.txt"]
    assert open_job(place).folder.resumed is True


def test_job_with_snapshots_is_not_discarded(place: Path) -> None:
    job = open_job(place)
    job.paths.snapshots.mkdir()
    job.paths.events.touch()
    assert job.discard_if_unused() is False
    assert set(job.paths.run_data.iterdir()) == {job.paths.snapshots, job.paths.events}


# Inventory


def test_inventory_is_saved_unchanged(place: Path) -> None:
    job = full_job(place)
    assert (job.paths.run_data / "inventory.csv").read_bytes() == exported(*ALL)
    assert (job.vehicles, job.pending()) == (list(ALL), list(ALL))
    assert run_data(job, "tracking.json") == {"1": [None, None], "2/\xe9": None, "3": None}


@pytest.mark.parametrize("data", [b"<html>", b"Reference Number,VIN\r\n"])
def test_invalid_or_empty_inventory_is_not_saved(place: Path, data: bytes) -> None:
    job = open_job(place)
    with pytest.raises(InventoryError):
        job.set_inventory(data)
    assert (job.vehicles, (job.paths.run_data / "inventory.csv").exists()) == ([], False)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"garbage", b"<html>", b"VIN\r\n1\r\n", exported(*ALL)[:-30], b"\0\0"),
        b"x" * 200_000 + b",Reference Number\r\n1,2\r\n",
    ],
    ids=range(7),
)
def test_damaged_saved_inventory_is_exported_again(
    data: bytes, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = full_job(place)
    save(first, ONE)
    (first.paths.run_data / "inventory.csv").write_bytes(data)
    job = open_job(place)
    (message,) = caplog.messages
    assert message.startswith("inventory.csv is damaged and is exported again: The ")
    assert (job.is_open, job.vehicles, job.discard_if_unused()) == (True, [], False)
    job.set_inventory(exported(*ALL))
    assert (job.pending(), open_job(place).vehicles) == ([TWO, THREE, COPY], list(ALL))


def test_inventory_that_lacks_vehicles_of_the_grid_is_exported_again(place: Path) -> None:
    first = open_job(place)
    first.set_inventory(exported(ONE, TWO))
    save(first, ONE)
    first.links.note_unlisted(5)
    again = open_job(place)
    assert (again.is_open, again.vehicles) == (True, [])
    # The export leaves them out.
    again.set_inventory(exported(ONE, TWO))
    assert (again.links.unlisted, again.pending()) == (5, [TWO])
    whole = open_job(place)
    whole.set_inventory(exported(*ALL))
    assert (whole.links.unlisted, whole.pending()) == (0, [TWO, THREE, COPY])
    assert open_job(place).vehicles == list(ALL)


def test_only_a_resumed_job_has_an_inventory_of_some_day(place: Path) -> None:
    first = open_job(place)
    first.set_inventory(exported(*ALL))
    os.utime(first.paths.inventory, (0, 1e9))
    assert (first.folder.exported_on(), str(open_job(place).folder.exported_on())) == (
        None,
        "2001-09-09",
    )


# PDFs that the journal does not know

NO_VIN_GIVEN = vehicle("5", vin="")
ADOPTED = "Found %d reports that the books did not know, and checked them"


def job_with_pdfs(place: Path, inventory: tuple[Any, ...], pdfs: dict[str, bytes]) -> Job:
    """A job whose journal was lost: its inventory and these PDFs are there."""
    first = open_job(place)
    first.set_inventory(exported(*inventory))
    for name, pdf in pdfs.items():
        (first.paths.pdfs / name).write_bytes(pdf)
    return open_job(place)


def test_bookout_missing_from_the_journal_is_adopted(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    pdf = pdf_of(THREE)
    job = job_with_pdfs(place, ALL, {"3.pdf": pdf})
    assert (job.pending(), caplog.messages) == ([ONE, TWO, COPY], [ADOPTED % 1])
    assert job.is_saved(THREE)
    entry = JournalEntry(
        key="3#1",
        reference="3",
        vin=THREE.vin,
        outcome="saved",
        file="3.pdf",
        sha256=hashlib.sha256(pdf).hexdigest(),
        size=len(pdf),
        pages=1,
        names_vin=True,
        at="2026-03-09T12:00:00+00:00",
    )
    assert [json.loads(line) for line in journal_lines(job)] == [asdict(entry)]
    caplog.clear()
    assert (open_job(place).pending(), caplog.messages) == ([ONE, TWO, COPY], [])


def journal_lines(job: Job) -> list[bytes]:
    path = job.paths.run_data / "journal.jsonl"
    return path.read_bytes().splitlines() if path.exists() else []


OTHER_VIN = vehicle("3", 7)
NOT_ADOPTED = {
    "another vehicle's": {"3.pdf": pdf_of(vehicle("4", 4))},
    "another VIN": {"3.pdf": pdf_of(OTHER_VIN)},
    "cut": {"3.pdf": pdf_of(THREE)[:-40]},
    "empty": {"3.pdf": b""},
    "a page": {"3.pdf": b"<html>"},
    "another name": {"3 (1).pdf": pdf_of(THREE), "x3.pdf": pdf_of(THREE)},
    "a shared reference, swapped": {"1.pdf": pdf_of(COPY), "1~2.pdf": pdf_of(ONE)},
    "a shared reference, no VIN": {"1.pdf": pdf_of(ONE, names_vin=False)},
}


@pytest.mark.parametrize("pdfs", NOT_ADOPTED.values(), ids=NOT_ADOPTED.keys())
def test_doubtful_pdf_is_not_adopted(
    pdfs: dict[str, bytes], place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    job = job_with_pdfs(place, ALL, pdfs)
    assert (job.pending(), caplog.messages, journal_lines(job)) == (list(ALL), [], [])


def test_heavy_pdf_is_left_alone_and_the_others_are_adopted(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = ReportReader(read_s=3.0)
    monkeypatch.setattr(audit, "reader", reader)
    pdfs = {"1.pdf": make_heavy(ONE), "3.pdf": pdf_of(THREE)}
    try:
        assert job_with_pdfs(place, ALL, pdfs).pending() == [ONE, TWO, COPY]
    finally:
        reader.close()


@pytest.mark.parametrize("names_vin", [True, False])
def test_without_vins_the_reference_decides_on_adoption(names_vin: bool, place: Path) -> None:
    pdf = pdf_of(vehicle("5", 5), names_vin=names_vin)
    assert job_with_pdfs(place, (NO_VIN_GIVEN, THREE), {"5.pdf": pdf}).pending() == [THREE]


def test_bookout_of_a_failed_vehicle_is_not_adopted(place: Path) -> None:
    """The journal knows it: it may be the one that verify has marked."""
    first = full_job(place)
    first.fail(THREE, "marked_by_verify", 1, 1.0)
    (first.paths.pdfs / "3.pdf").write_bytes(pdf_of(THREE))
    assert open_job(place).pending() == list(ALL)


def test_bookouts_are_adopted_when_the_inventory_is_exported_again(place: Path) -> None:
    first = full_job(place)
    (first.paths.pdfs / "3.pdf").write_bytes(pdf_of(THREE))
    (first.paths.run_data / "inventory.csv").unlink()
    job = open_job(place)
    job.set_inventory(exported(*ALL))
    assert job.pending() == [ONE, TWO, COPY]
    assert run_data(job, "tracking.json")["3"] == "3.pdf"


# Outcomes


def test_saved_vehicle_has_a_file_and_a_journal_entry(place: Path) -> None:
    job = full_job(place)
    item = report(COPY, b"%PDF-copy", attempts=2, names_vin=True)
    asyncio.run(job.save(item))
    assert item.file == "1~2.pdf"
    assert {p.name: p.read_bytes() for p in job.paths.pdfs.iterdir()} == {"1~2.pdf": b"%PDF-copy"}
    entry = JournalEntry(
        key="1#2",
        reference="1",
        vin=COPY.vin,
        outcome="saved",
        file="1~2.pdf",
        sha256=item.sha256,
        size=9,
        pages=1,
        names_vin=True,
        attempts=2,
        seconds=2.5,
        context="context-1",
        at="2026-03-09T12:00:00+00:00",
    )
    assert job.journal.entries["1#2"] == entry
    assert (job.pending(), job.is_saved(COPY), job.is_saved(ONE)) == (
        [ONE, TWO, THREE],
        True,
        False,
    )


def test_failed_vehicle_has_a_journal_entry_and_stays_pending(place: Path) -> None:
    job = full_job(place)
    job.fail(TWO, "report_timeout", 3, 9.5)
    entry = JournalEntry(
        key="2/\xe9#1",
        reference="2/\xe9",
        vin=TWO.vin,
        outcome="failed",
        reason="report_timeout",
        attempts=3,
        seconds=9.5,
        at="2026-03-09T12:00:00+00:00",
    )
    assert job.journal.entries[TWO.key] == entry
    assert (job.pending(), job.is_saved(TWO)) == (list(ALL), False)


def damage(path: Path, how: str) -> None:
    if how == "removed":
        path.unlink()
        return
    data = path.read_bytes()
    changed = {"cut": data[:-1], "changed": data[:-1] + b"x", "longer": data + b" ", "empty": b""}
    path.write_bytes(changed[how])


@pytest.mark.parametrize("how", ["removed", "cut", "changed", "longer", "empty"])
def test_vehicle_with_a_damaged_file_is_pending(
    how: str, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = full_job(place)
    save(first, ONE, TWO, THREE, COPY)
    damage(first.paths.pdfs / "2%2F%C3%A9.pdf", how)
    job = open_job(place)
    assert job.pending() == [TWO]
    message = "2%2F%C3%A9.pdf is gone or was changed since it was saved: downloading it again"
    assert caplog.messages == [message]
    save(job, TWO, pdf=b"%PDF-2")
    assert job.pending() == []
    assert open_job(place).pending() == []


def test_file_of_one_copy_does_not_count_for_the_other(place: Path) -> None:
    first = full_job(place)
    save(first, ONE)
    (first.paths.pdfs / "1~2.pdf").write_bytes(b"%PDF-1")
    assert open_job(place).pending() == [TWO, THREE, COPY]


def test_run_after_a_crash_knows_the_saved_vehicles(place: Path) -> None:
    """Without any `write_checkpoint`: the journal alone counts."""
    first = full_job(place)
    save(first, ONE)
    with (first.paths.run_data / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"key":"3#1","refere')
    (first.paths.run_data / "tracking.json").unlink()
    (first.paths.run_data / "checkpoint.json").unlink()
    assert open_job(place).pending() == [TWO, THREE, COPY]


def test_part_files_of_a_killed_run_are_removed(place: Path) -> None:
    first = full_job(place)
    save(first, ONE)
    for folder in (first.paths.folder, first.paths.pdfs, first.paths.run_data):
        (folder / "2.pdf.123.part").write_bytes(b"%PDF")
        (folder / "3.pdf.99999.part").write_bytes(pdf_of(THREE))
        (folder / "party.txt").touch()
    job = open_job(place)
    left = {path.name for path in job.paths.folder.rglob("*") if path.is_file()}
    books = {"inventory.csv", "tracking.json", "checkpoint.json", "journal.jsonl"}
    assert left == {"1.pdf", "party.txt", *books}
    assert job.pending() == [TWO, THREE, COPY]


# Books


def test_tracking_names_the_saved_files(place: Path) -> None:
    job = full_job(place)
    save(job, COPY, TWO)
    job.fail(THREE, "timeout", 3, 1.0)
    job.write_checkpoint()
    table = {"1": [None, "1~2.pdf"], "2/\xe9": "2%2F%C3%A9.pdf", "3": None}
    assert run_data(job, "tracking.json") == table


def test_tracking_drops_a_missing_file(place: Path) -> None:
    first = full_job(place)
    save(first, ONE, TWO)
    (first.paths.pdfs / "1.pdf").unlink()
    job = open_job(place)
    job.write_checkpoint()
    assert run_data(job, "tracking.json") == {
        "1": [None, None],
        "2/\xe9": "2%2F%C3%A9.pdf",
        "3": None,
    }


def test_checkpoint_is_written_every_n_vehicles(place: Path) -> None:
    job = full_job(place, checkpoint_every=2)
    saves = []
    for each in (ONE, TWO, THREE, COPY):
        save(job, each)
        saves.append((job.checkpoint.saves, run_data(job, "checkpoint.json")["succeeded"]))
    assert saves == [(1, 0), (2, 2), (2, 2), (3, 4)]


@pytest.mark.parametrize("name", ["tracking.json", "checkpoint.json"])
def test_unwritable_checkpoint_does_not_end_the_run(
    name: str, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody looks at one of them: on Windows it cannot be replaced meanwhile."""
    job = full_job(place, checkpoint_every=1)
    (job.paths.run_data / name).unlink()
    (job.paths.run_data / name).mkdir()
    save(job, ONE, TWO)
    job.fail(THREE, "timeout", 3, 1.0)
    assert job.pending() == [THREE, COPY]
    starts = {message.partition(":")[0] for message in caplog.messages}
    assert (starts, len(caplog.messages)) == (
        {"Could not write the checkpoint, trying again later"},
        3,
    )
    (job.paths.run_data / name).rmdir()
    save(job, COPY)
    assert run_data(job, "tracking.json")["1"] == ["1.pdf", "1~2.pdf"]
    assert run_data(job, "checkpoint.json")["processed"] == 4


@pytest.mark.parametrize("name", ["tracking.json", "checkpoint.json"])
def test_one_unwritable_checkpoint_file_does_not_prevent_the_other(name: str, place: Path) -> None:
    job = full_job(place)
    save(job, ONE)
    for book in ("tracking.json", "checkpoint.json"):
        (job.paths.run_data / book).unlink()
    (job.paths.run_data / name).mkdir()
    with pytest.raises(OSError) as raised:  # noqa: PT011 - which one depends on the system
        job.write_checkpoint()
    assert Path(raised.value.filename2).name == name
    written = {path.name for path in job.paths.run_data.iterdir() if path.is_file()}
    assert written & {"tracking.json", "checkpoint.json"} == (
        {"tracking.json", "checkpoint.json"} - {name}
    )


def set_clock(monkeypatch: pytest.MonkeyPatch, *seconds: float) -> None:
    """What the clock shows each time it is looked at."""
    clock = SimpleNamespace(monotonic=iter(seconds).__next__)
    monkeypatch.setattr(checkpoint_module, "time", clock)


def checkpoint(job: Job) -> dict[str, Any]:
    job.write_checkpoint()
    return run_data(job, "checkpoint.json")


def test_checkpoint_describes_the_run(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, 100.0, 101.0, 112.5)
    job = full_job(place)
    save(job, ONE)
    job.fail(TWO, "timeout", 3, 1.0)
    job.fail(THREE, "timeout", 3, 1.0)
    assert checkpoint(job) == {
        "processed": 3,
        "succeeded": 1,
        "failed": 2,
        "consecutive_failures": 2,
        "last_successful_reference": "1",
        "browser_restarts": 0,
        "started": "2026-03-09T12:00:00+00:00",
        "last_saved": "2026-03-09T12:00:00+00:00",
        "running_seconds": 12.5,
        "checkpoint_saves": 2,
    }


def test_checkpoint_before_the_first_vehicle(place: Path) -> None:
    found = checkpoint(full_job(place))
    names = ("processed", "last_successful_reference", "last_saved", "consecutive_failures")
    assert [found[name] for name in names] == [0, None, None, 0]


def test_success_resets_consecutive_failures(place: Path) -> None:
    job = full_job(place)
    job.fail(ONE, "timeout", 3, 1.0)
    job.fail(TWO, "timeout", 3, 1.0)
    save(job, COPY)
    job.fail(THREE, "timeout", 3, 1.0)
    found = checkpoint(job)
    assert (found["consecutive_failures"], found["failed"], found["processed"]) == (1, 3, 4)


def test_the_checkpoint_sums_over_the_runs(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, 100.0, 100.5, 110.0, 500.0, 503.0)
    first = full_job(place)
    first.checkpoint.browser_restarts = 2
    save(first, ONE)
    first.fail(TWO, "timeout", 3, 1.0)
    checkpoint(first)
    monkeypatch.setattr(checkpoint_module, "now", lambda: "2027-01-01T00:00:00+00:00")
    second = open_job(place)
    second.checkpoint.browser_restarts = 1
    assert checkpoint(second) == {
        "processed": 2,
        "succeeded": 1,
        "failed": 1,
        "consecutive_failures": 0,
        "last_successful_reference": "1",
        "browser_restarts": 3,
        "started": "2026-03-09T12:00:00+00:00",
        "last_saved": "2026-03-09T12:00:00+00:00",
        "running_seconds": 13.0,
        "checkpoint_saves": 3,
    }


@pytest.mark.parametrize("data", [b"", b"garbage", b"\xff", b"[" * 100_000, b"[]", b"1e999"])
def test_unreadable_checkpoint_loses_only_its_figures(
    data: bytes, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = full_job(place)
    save(first, ONE)
    (first.paths.run_data / "checkpoint.json").write_bytes(data)
    job = open_job(place)
    assert (job.checkpoint.saves, job.pending()) == (0, [TWO, THREE, COPY])
    assert caplog.messages == ["checkpoint.json cannot be read: counting time from this run on"]


WRONG_TYPES = [
    [],
    7,
    None,
    {},
    {"running_seconds": 10**400},
    {"running_seconds": -1, "browser_restarts": 2.5, "checkpoint_saves": True},
    {"last_successful_reference": ["1"], "last_saved": 7, "started": {}},
    {"running_seconds": "ten", "browser_restarts": None, "checkpoint_saves": [1]},
    {"last_successful_reference": None, "last_saved": None, "started": None},
]


@pytest.mark.parametrize("value", WRONG_TYPES)
def test_checkpoint_of_wrong_types_loses_only_its_figures(
    value: Any, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = full_job(place)
    save(first, ONE)
    (first.paths.run_data / "checkpoint.json").write_text(json.dumps(value))
    set_clock(monkeypatch, 100.0, 101.0)
    found = checkpoint(open_job(place))
    assert found == {
        "processed": 1,
        "succeeded": 1,
        "failed": 0,
        "consecutive_failures": 0,
        "last_successful_reference": None,
        "browser_restarts": 0,
        "started": "2026-03-09T12:00:00+00:00",
        "last_saved": None,
        "running_seconds": 1.0,
        "checkpoint_saves": 1,
    }


@pytest.mark.parametrize("wrong", [{"size": "x"}, {"sha256": 7}, {"file": None}, {"key": []}])
def test_journal_line_of_wrong_types_marks_nothing_saved(
    wrong: dict[str, Any], place: Path
) -> None:
    assert with_wrong_line(place, wrong).pending() == list(ALL)


@pytest.mark.parametrize("wrong", [{"seconds": "x"}, {"seconds": None}])
def test_metrics_are_made_from_any_journal(wrong: dict[str, Any], place: Path) -> None:
    job = with_wrong_line(place, wrong)
    assert to_stats(build_metrics(batch_of(job), config(), "finished"))["jdp/vehicle_count"] == 4


def with_wrong_line(place: Path, wrong: dict[str, Any]) -> Job:
    first = full_job(place)
    save(first, ONE)
    path = first.paths.run_data / "journal.jsonl"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | wrong) + "\n")
    return open_job(place)
