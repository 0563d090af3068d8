from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from jdp_spider.commands.verify import Command
from jdp_spider.demo.hostile import make_heavy
from jdp_spider.job import audit as verify_module
from jdp_spider.job.audit import Finding, mark_for_download, verify
from jdp_spider.job.folder import JobError
from jdp_spider.job.job import Job
from jdp_spider.job.journal import Journal, JournalEntry
from jdp_spider.job.packed import pack
from jdp_spider.pdf.reader import ReportReader
from jdp_spider.utils import cli
from jdp_spider.utils.text import to_ascii
from tests.support.factories import config, exported, pdf_of, report, vehicle

if TYPE_CHECKING:
    from collections.abc import Callable

ONE, TWO, THREE = vehicle("1", 1), vehicle("2/\xe9", 2), vehicle("3", 3)
ALL = (ONE, TWO, THREE)
FILES = {"1.pdf": ONE, "2%2F%C3%A9.pdf": TWO, "3.pdf": THREE}
CHANGED = "was changed since it was saved"
NO_BOOK = "is not in the books of this run"


def run(tmp_path: Path) -> Job:
    """The next run of the job."""
    job = Job(config(download_folder=tmp_path / "downloads"), str(tmp_path / "job"), "account")
    job.open()
    job.close()
    return job


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a run that has saved all three."""
    job = run(tmp_path)
    job.set_inventory(exported(*ALL))
    for each in ALL:
        asyncio.run(job.save(report(each, pdf_of(each), attempts=2)))
    return job.paths.folder


def entries(folder: Path) -> dict[str, JournalEntry]:
    journal = Journal(folder / "run_data" / "journal.jsonl")
    journal.load()
    return {entry.file: entry for entry in journal.entries.values()}


def wrong(folder: Path) -> dict[str, str]:
    return {found.name: found.problem for found in verify(folder) if found.problem}


def test_run_with_correct_pdfs_has_no_findings(folder: Path) -> None:
    known = entries(folder)
    assert list(verify(folder)) == [Finding(name, "", known[name]) for name in FILES]


def swap(pdfs: Path) -> None:
    one, three = pdfs / "1.pdf", pdfs / "3.pdf"
    one.rename(pdfs / "x")
    three.rename(one)
    (pdfs / "x").rename(three)


OTHERS = "is not the report of this vehicle ("
HARM: dict[str, tuple[Callable[[Path], object], dict[str, str]]] = {
    "missing": (lambda pdfs: (pdfs / "3.pdf").unlink(), {"3.pdf": "is missing"}),
    "changed": (
        lambda pdfs: (pdfs / "3.pdf").write_bytes(pdf_of(THREE) + b"\n"),
        {"3.pdf": CHANGED},
    ),
    "another file of the same vehicle": (
        lambda pdfs: (pdfs / "3.pdf").write_bytes(pdf_of(THREE, names_vin=False)),
        {"3.pdf": CHANGED},
    ),
    "swapped": (swap, {"1.pdf": OTHERS, "3.pdf": OTHERS}),
    "cut": (
        lambda pdfs: (pdfs / "3.pdf").write_bytes(pdf_of(THREE)[:-40]),
        {"3.pdf": "is not the report of this vehicle (The report is cut"},
    ),
    "emptied": (
        lambda pdfs: (pdfs / "3.pdf").write_bytes(b""),
        {"3.pdf": "is not the report of this vehicle (The report is empty"},
    ),
    "unknown": (
        lambda pdfs: (pdfs / "4.pdf").write_bytes(pdf_of(vehicle("4", 4))),
        {"4.pdf": NO_BOOK},
    ),
    "renamed": (
        lambda pdfs: (pdfs / "3.pdf").rename(pdfs / "2.pdf"),
        {"3.pdf": "is missing", "2.pdf": NO_BOOK},
    ),
}


@pytest.mark.parametrize(("harm", "problems"), HARM.values(), ids=HARM.keys())
def test_wrong_pdfs_are_found(
    harm: Callable[[Path], object], problems: dict[str, str], folder: Path
) -> None:
    harm(folder / "pdfs")
    found = wrong(folder)
    assert list(found) == list(problems)
    assert all(found[name].startswith(problem) for name, problem in problems.items())


def test_heavy_pdf_is_a_finding_and_the_others_are_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = ReportReader(read_s=3.0)
    monkeypatch.setattr(verify_module, "reader", reader)
    (folder / "pdfs" / "1.pdf").write_bytes(make_heavy(ONE))
    try:
        assert wrong(folder) == {
            "1.pdf": "is not the report of this vehicle (The report could not be read within 3 s)"
        }
    finally:
        reader.close()


@pytest.mark.parametrize(("harm", "problems"), HARM.values(), ids=HARM.keys())
def test_marked_vehicles_are_pending_in_the_next_run(
    harm: Callable[[Path], object], problems: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    before = entries(folder)
    harm(folder / "pdfs")
    known = [name for name in problems if name in FILES]
    assert mark_for_download(folder, [f for f in verify(folder) if f.problem]) == len(known)
    marked = {name: replace(before[name], outcome="failed", reason="marked_by_verify")
              for name in known}  # fmt: skip
    assert entries(folder) == before | marked
    assert run(tmp_path).pending() == [FILES[name] for name in known]


def test_a_marked_vehicle_is_downloaded_once(folder: Path, tmp_path: Path) -> None:
    (folder / "pdfs" / "3.pdf").unlink()
    mark_for_download(folder, [f for f in verify(folder) if f.problem])
    job = run(tmp_path)
    asyncio.run(job.save(report(THREE, pdf_of(THREE))))
    assert (wrong(folder), run(tmp_path).pending()) == ({}, [])


def test_folder_without_a_journal_reports_every_pdf(folder: Path) -> None:
    (folder / "run_data" / "journal.jsonl").unlink()
    assert wrong(folder) == dict.fromkeys(sorted(FILES), NO_BOOK)


def test_unreadable_file_is_a_finding(folder: Path) -> None:
    (folder / "pdfs" / "1.pdf").unlink()
    (folder / "pdfs" / "1.pdf").mkdir()
    assert list(wrong(folder)) == ["1.pdf"]


# The command


def command(*args: str, repair: bool = False, downloads: Path | None = None) -> int:
    made = Command()
    made.settings = Settings({"DOWNLOAD_FOLDER": str(downloads)} if downloads else {})
    made.parser = argparse.ArgumentParser()
    opts = argparse.Namespace(
        repair=repair, set=[], logfile=None, loglevel=None, nolog=False, pidfile=None, pdb=False
    )
    made.process_options(list(args), opts)
    made.run(list(args), opts)
    return made.exitcode


def test_verify_reports_no_findings(folder: Path, capsys: Any) -> None:
    assert (command(str(folder)), capsys.readouterr().out) == (0, "3 PDFs read, 0 wrong\n")


@pytest.mark.parametrize(
    ("repair", "last", "pending"),
    [
        (False, "For the job to download them again: {verify} --repair {}\n", [TWO]),
        (True, "1 marked: the next run of this job downloads them again\n", [TWO]),
    ],
)
def test_verify_lists_the_findings(
    repair: bool, last: str, pending: list, folder: Path, tmp_path: Path, capsys: Any
) -> None:
    (folder / "pdfs" / "2%2F%C3%A9.pdf").write_bytes(pdf_of(TWO) + b"\n")
    (folder / "pdfs" / "\xe9.pdf").touch()
    (folder / "pdfs" / "Thumbs.db").touch()
    assert command(str(folder), repair=repair) == 3
    assert capsys.readouterr().out == (
        f"2%2F%C3%A9.pdf: {CHANGED}\n\\xe9.pdf: {NO_BOOK}\n4 PDFs read, 2 wrong\n"
        + last.format(cli.quoted(str(folder)), verify=cli.scrapy("verify"))
    )
    assert run(tmp_path).pending() == pending
    assert entries(folder)["2%2F%C3%A9.pdf"].outcome == ("failed" if repair else "saved")


@pytest.mark.parametrize(
    ("jobdir", "last"),
    [
        ("my job", "To start it: {}"),
        ("m\xe4rz", "To start it: the command that started the job"),
        ("of another folder", "To start it: the command that started the job"),
        ("", "That run had no JOBDIR: start a new one, which downloads all vehicles."),
    ],
)
def test_after_repair_the_next_command_is_named(
    folder: Path, jobdir: str, last: str, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    Path("my job").mkdir()
    Path("m\xe4rz").mkdir()
    events = folder / "run_data" / "events.jsonl"
    event = {"at": "2026-11-23T18:00:00+00:00", "kind": "run_started", "text": ""}
    events.write_text(json.dumps({**event, "settings": {"JOBDIR": jobdir}}) + "\n", "ascii")
    for path in (folder / "pdfs").iterdir():
        path.unlink()
    assert command(str(folder), repair=True) == 3
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == last.format(cli.resume_command(jobdir))


def test_verify_uses_the_newest_run_by_default(folder: Path, capsys: Any) -> None:
    older = folder.parent / "a later name" / "run_data"
    older.mkdir(parents=True)
    os.utime(older, (1, 1))
    assert command(downloads=folder.parent) == 0
    said = capsys.readouterr()
    assert "3 PDFs read, 0 wrong\n" in said.out
    assert said.err == f"The newest run: {to_ascii(cli.nearby(folder))}\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), f"name one run folder: {cli.scrapy('verify downloads/11-23-2026')}"),
        (("a", "b"), f"name one run folder: {cli.scrapy('verify downloads/11-23-2026')}"),
        (("no/\xe9",), "'no/\\xe9' is no run folder: it holds no run_data"),
    ],
)
def test_verify_requires_a_run_folder(args: tuple[str, ...], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        command(*args, downloads=tmp_path / "none yet")
    assert caught.value.args[0] == message


def test_verify_counts_missing_pdfs(folder: Path, capsys: Any) -> None:
    for path in (folder / "pdfs").iterdir():
        path.unlink()
    (folder / "pdfs").rmdir()
    assert command(str(folder)) == 3
    assert "0 PDFs read, 0 wrong, 3 missing\n" in capsys.readouterr().out


def test_verify_reads_a_packed_run(folder: Path, tmp_path: Path, capsys: Any) -> None:
    (folder / "pdfs" / "2%2F%C3%A9.pdf").write_bytes(pdf_of(TWO) + b"\n")
    packed = pack(folder)
    shutil.rmtree(folder)
    assert command(str(packed)) == 3
    assert capsys.readouterr().out == f"2%2F%C3%A9.pdf: {CHANGED}\n3 PDFs read, 1 wrong\n"
    with pytest.raises(UsageError, match="is packed: unpack it beside the zip"):
        command(str(packed), repair=True)
    packed.write_bytes(b"PK")
    with pytest.raises(UsageError, match="is damaged"):
        command(str(packed))
    # The job says where its folder is, and does not download everything into another one.
    with pytest.raises(JobError, match=r"was packed into .*: name another JOBDIR"):
        run(tmp_path)
