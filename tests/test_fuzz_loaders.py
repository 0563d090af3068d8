"""Damaged files of all kinds through all that reads them: errors of ours, or a result.

FUZZ_INPUTS=5000 tries so many for each kind. What fails is kept in tests/cases/loaders, from where
it is tried first from then on.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from datetime import date
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.settings import Settings

from jdp_spider.config.dotenv import ENV_FILE, EnvFileError, read_dotenv
from jdp_spider.config.options import OPTIONS
from jdp_spider.config.problems import ConfigError
from jdp_spider.config.selector_overrides import read_selectors
from jdp_spider.config.sources import load_config
from jdp_spider.group.accounts import SETTINGS, read_accounts
from jdp_spider.group.crawl_process import child_environment
from jdp_spider.group.folders import GroupRun, find_run
from jdp_spider.group.index_page import write_index
from jdp_spider.group.runner import summary, today
from jdp_spider.inventory import read_inventory
from jdp_spider.inventory_table import InventoryError
from jdp_spider.job import checkpoint, events, journal
from jdp_spider.job import folder as folder_module
from jdp_spider.job.audit import mark_for_download, verify
from jdp_spider.job.ending import END, LAST_RUN, Ending, read_ending
from jdp_spider.job.folder import JobError, job_folder, read_job
from jdp_spider.job.job import Job
from jdp_spider.job.locks import AlreadyRunning, RunLock
from jdp_spider.job.metrics import build_metrics, table, to_stats
from jdp_spider.job.packed import pack, unpacked
from jdp_spider.job.run_folders import RunFolder
from jdp_spider.job.selection import SelectionError, read_refs
from jdp_spider.nightly.installation import Installation, read_installation
from jdp_spider.nightly.record import NightRecord, Try, read_record
from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.report import render as report_page
from jdp_spider.session.account import Account
from jdp_spider.utils import redaction
from jdp_spider.utils.files import write_json
from jdp_spider.utils.loading import LARGEST_BOOK, LoadError, read_bytes
from jdp_spider.utils.redaction import hide_cookies
from tests.support.factories import batch_of, config, exported, pdf_of, report, vehicle
from tests.support.mutations import damage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CASES = Path(__file__).parent / "cases" / "loaders"
INPUTS = int(os.environ.get("FUZZ_INPUTS", "60"))

ALL = (
    vehicle("165548", 1),
    vehicle("2/\xe9", 2),
    vehicle("165549", 3),
    vehicle("165549", 4, occurrence=2),
)
NOW = "2026-11-25T01:00:00+00:00"
ENV = """# the account
JD_USER=me
JD_PASS='p w'
JD_BASE_URL=http://127.0.0.1:8765/
DOWNLOAD_FOLDER=downloads
CONCURRENT_CONTEXTS=5 # as usual
"""
SELECTORS = "reports = '.print'  # new\ninventory_path = \"stock/\"\n"
ACCOUNTS = """at_once = 3
folder = "nights"
nightly = "30 22 * * *"
[defaults.settings]
CONCURRENT_CONTEXTS = 3
JDP_PAGE_TIMEOUT = 30.5
[[account]]
name = "north"
user = "me"
base_url = "http://127.0.0.1/"
password = "env:NORTH_PASS"
[account.settings]
MAX_DOWNLOADS = 10
"""
COOKIES = [
    {"name": "a", "value": "b" * 20, "domain": "site", "path": "/", "expires": 1.8e9,
     "httpOnly": True, "secure": False, "sameSite": "Lax"},
    {"name": "c", "value": "", "domain": "site", "path": "/", "expires": -1},
]  # fmt: skip


class Place:
    """All files that the program reads back, as real runs have left them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.jobdir = root / "run1"
        self.account = Account(config(state_folder=root / "state"))
        job = self._crawl()
        self.folder = job.paths.folder
        run_data = job.paths.run_data
        self.night = root / "nights" / "night"
        self._make_group()
        self._write("own.env", ENV)
        self._write("selectors.toml", SELECTORS)
        self._write("accounts.toml", ACCOUNTS)
        self._write("refs.txt", "165548, 2/\xe9\n165549\n")
        self.account.lock.acquire()
        self.account.lock.release()
        self.account.save_session(COOKIES)
        self.holder = root / "own.holder.json"
        self._write("own.holder.json", json.dumps({"pid": 7, "since": NOW[:16], "lease": 3}))
        state = root / "state" / self.account.id
        self.files = {
            "job": self.jobdir / "job.json",
            "journal": run_data / "journal.jsonl",
            "links": run_data / "links.jsonl",
            "events": run_data / "events.jsonl",
            "checkpoint": run_data / "checkpoint.json",
            "tracking": run_data / "tracking.json",
            "metrics": run_data / "metrics.json",
            "inventory": run_data / "inventory.csv",
            "env": root / "own.env",
            "selectors": root / "selectors.toml",
            "accounts": root / "accounts.toml",
            "refs": root / "refs.txt",
            "session": state / "session.json",
            "holder": self.holder,
            "outcome": self.night / "north" / "outcome.json",
            "run": self.night / "run.json",
            "crawl.log": self.night / "north" / "crawl.log",
            "end": self.jobdir / END,
            "last run": state / LAST_RUN,
            "nightly": root / "nightly.json",
            "installation": root / "nightly_installed.json",
            "packed": pack(self.folder),
        }
        end = Ending(ExitStatus.SITE_TROUBLE, CloseReason.SITE_UNREACHABLE, "No way")
        for name in ("end", "last run"):
            end.write(self.files[name])
        tried = [Try(NOW, NOW, end.status, "site_unreachable"), Try(NOW, NOW, ExitStatus(0))]
        NightRecord("crawls/night", NOW, NOW, tried, "It ended.").write(self.files["nightly"])
        Installation(NOW, "06:00", "--keep-days 30").write(self.files["installation"])
        self._whole = {p: p.read_bytes() for p in root.rglob("*") if p.is_file()}

    def _write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, "utf-8")

    def job(self) -> Job:
        given = config(download_folder=self.root / "downloads")
        return Job(given, str(self.jobdir), self.account.id)

    def _crawl(self) -> Job:
        job = self.job()
        job.open()
        job.set_inventory(exported(*ALL))
        job.links.add(ALL[0], "http://127.0.0.1/vehicle/1", "7001")
        job.links.add(ALL[1], None)
        job.links.mark_complete()
        for each in ALL[:2]:
            asyncio.run(job.save(report(each, pdf_of(each), attempts=1)))
        job.fail(ALL[2], "report_timeout", 3, 61.5)
        log = events.EventLog(job.paths.events)
        log.write("login", "Logged in")
        job.write_checkpoint()
        write_json(job.paths.metrics, build_metrics(batch_of(job), config(), "finished"))
        log.write("run_ended", "The run ended", more={"reason": "finished"})
        job.close()
        return job

    def _make_group(self) -> None:
        run = self.group()
        run.begin()
        place = run.accounts["north"]
        place.jobdir.mkdir(parents=True)
        write_json(
            place.jobdir / "job.json", {"folder": str(self.folder.resolve()), "account": "x"}
        )
        place.log.write_text("2026-11-25 01:00:00 [a.b] INFO: Logged in\n")
        place.record(3, 12.5, "why", job=4)

    def group(self) -> GroupRun:
        return GroupRun(self.night, ["north"])

    def restore(self) -> None:
        """Make every file as it was."""
        for path, data in self._whole.items():
            if path.is_symlink() or not path.is_file() or path.stat().st_size != len(data):
                _remove(path)
            if not path.exists() or path.read_bytes() != data:
                path.write_bytes(data)
        for path in [*self.folder.rglob("*"), *self.night.rglob("*")]:
            if path.is_file() and path not in self._whole:
                path.unlink()


def _remove(path: Path) -> None:
    path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def _quick() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        # No power cut is tested here.
        patch.setattr(os, "fsync", lambda _: None)
        for module in (folder_module, journal, checkpoint, events):
            patch.setattr(module, "now", lambda: NOW)
        patch.setattr(redaction, "_hidden", {})
        # matplotlib takes a second for each.
        patch.setattr(report_page, "_pictures", lambda *_: {})
        yield patch


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, _quick: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path_factory.mktemp("place"))
    _quick.setenv(ENV_FILE, str(place.files["env"]))
    for name in OPTIONS:
        _quick.delenv(name, raising=False)
    return place


@pytest.fixture
def place(whole: Place) -> Iterator[Place]:
    whole.restore()
    yield whole
    whole.restore()


# What reads the files. Each may raise what is named behind it, and nothing else.


def run_job(place: Place) -> None:
    # As root this makes folders anywhere.
    named = read_job(place.jobdir)
    if named is None or not named.find(place.jobdir).is_relative_to(place.root):
        return
    job = place.job()
    try:
        job.open()
        batch = batch_of(job)
        batch.counts()
        [job.links.get(each) for each in job.pending()]
        metrics = build_metrics(batch, config(), "finished")
        to_stats(metrics)
        table(metrics, job.checkpoint.run_seconds, 1.0, {}, "")
        for each in job.pending()[:1]:
            job.fail(each, "timeout", 1, 1.0)
        # What they cannot be written over is told at the end of a run.
        with contextlib.suppress(OSError):
            job.write_checkpoint()
    finally:
        job.close()
    for kind in ("checkpoint", "tracking"):
        if not place.files[kind].is_dir():
            json.loads(place.files[kind].read_bytes())


def run_verify(place: Place) -> None:
    wrong = [found for found in verify(place.folder) if found.problem]
    mark_for_download(place.folder, wrong)


def run_report(place: Place) -> None:
    report_page.make_report(place.folder)


def run_group(place: Place) -> None:
    run = place.group()
    summary(run)
    write_index(run)
    north = run.accounts["north"]
    north.last_words()
    north.record(0, 1.0)
    find_run(place.night.parent, None, ["north"], today())


def run_settings(place: Place) -> None:
    load_config(Settings())


def run_selectors(place: Place) -> None:
    assert config(selectors=read_selectors(place.files["selectors"])).site


def run_accounts(place: Place) -> None:
    accounts = read_accounts(place.files["accounts"])
    for entry in accounts.entries:
        [entry.setting(name) for name in SETTINGS]
        environment = child_environment(entry, place.group().accounts["north"], ())
        assert "\0" not in "".join([*environment, *environment.values(), str(accounts.folder)])


def run_refs(place: Place) -> None:
    read_refs(f"@{place.files['refs']}")


def run_session(place: Place) -> None:
    cookies = place.account.load_session()
    hide_cookies(cookies)
    json.dumps(cookies).encode()


def run_holder(place: Place) -> None:
    path = place.root / "own.lock"
    first, second = (RunLock(path, "job", "job_in_use") for _ in range(2))
    kept = place.root / "kept"
    place.holder.rename(kept)
    first.acquire()
    try:
        place.holder.unlink()
        kept.rename(place.holder)
        with pytest.raises(AlreadyRunning) as caught:
            second.acquire()
        assert str(caught.value).isascii() and len(str(caught.value)) < 200
        second._has_lapsed()
    finally:
        first.release()


def run_inventory(place: Place) -> None:
    exported = read_bytes(place.files["inventory"], LARGEST_BOOK)
    if exported is not None:
        read_inventory(exported)


def run_nightly(place: Place) -> None:
    found = read_record(place.files["nightly"])
    assert found.sentence(at_work=False) and found.sentence(at_work=True)


def run_packed(place: Place) -> None:
    with unpacked(place.files["packed"]) as folder:
        list(verify(folder))


def run_find_runs(place: Place) -> None:
    packed = place.files["packed"]
    run = RunFolder(packed, (date(2026, 11, 25), 1))
    assert run.figures.total >= 0
    run.metrics()


Reads = tuple["Callable[[Place], None]", Any]
JOB, VERIFY, REPORT = (run_job, JobError), (run_verify, LoadError), (run_report, LoadError)
GROUP = (run_group, OSError)
READERS: dict[str, list[Reads]] = {
    "job": [JOB, (lambda place: job_folder(place.jobdir), OSError)],
    "journal": [REPORT, GROUP, VERIFY, JOB],
    "links": [JOB],
    "events": [REPORT, JOB],
    "checkpoint": [JOB],
    "tracking": [JOB],
    "metrics": [JOB, REPORT],
    "inventory": [(run_inventory, (InventoryError, LoadError)), REPORT, GROUP, JOB],
    "env": [(run_settings, ConfigError), (lambda p: read_dotenv(p.files["env"]), EnvFileError)],
    "selectors": [(run_selectors, ConfigError)],
    "accounts": [(run_accounts, ConfigError)],
    "refs": [(run_refs, SelectionError)],
    "session": [(run_session, OSError)],
    "holder": [(run_holder, OSError)],
    "outcome": [GROUP],
    "run": [GROUP],
    "crawl.log": [GROUP],
    "end": [(lambda place: read_ending(place.files["end"]), OSError)],
    "last run": [(lambda place: read_ending(place.files["last run"]), OSError)],
    "nightly": [(run_nightly, OSError)],
    "installation": [(lambda place: read_installation(place.files["installation"]), OSError)],
    "packed": [(run_packed, LoadError), (run_find_runs, LoadError)],
}


def read_all(place: Place, kind: str) -> None:
    for read, allowed in READERS[kind]:
        try:
            read(place)
        except allowed as error:
            text = str(error)
        else:
            continue
        # These two are made ASCII by who shows them.
        assert text.isascii() or allowed in (ConfigError, EnvFileError)


def try_input(place: Place, kind: str, data: bytes) -> None:
    place.files[kind].write_bytes(data)
    read_all(place, kind)


def be_a_folder(path: Path) -> None:
    path.mkdir()


def be_a_pipe(path: Path) -> None:
    os.mkfifo(path)


def be_endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def lead_nowhere(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def lead_in_a_circle(path: Path) -> None:
    path.symlink_to(path)


def be_too_large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**10)


OTHERS = [be_a_folder, be_a_pipe, be_endless, lead_nowhere, lead_in_a_circle, be_too_large]
NO_FILES = OTHERS[:1] if sys.platform == "win32" else OTHERS


@pytest.mark.parametrize("change", NO_FILES)
@pytest.mark.parametrize("kind", READERS)
def test_file_replaced_by_something_else_is_handled(
    kind: str, change: Callable[[Path], None], place: Place
) -> None:
    place.files[kind].unlink()
    change(place.files[kind])
    read_all(place, kind)


PDFS = [be_a_folder, be_a_pipe, be_endless, lead_nowhere]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize("change", PDFS)
@pytest.mark.parametrize("is_known", [True, False])
def test_pdf_replaced_by_something_else_is_handled(
    is_known: bool, change: Callable[[Path], None], place: Place
) -> None:
    pdf = place.folder / "pdfs" / "165548.pdf"
    pdf.unlink()
    change(pdf)
    if not is_known:
        place.files["journal"].write_bytes(b"")
    run_job(place)
    assert "165548.pdf" in [found.name for found in verify(place.folder) if found.problem]
    run_report(place)
    _remove(pdf)


def name_of(case: Path) -> str:
    return f"{case.parent.name}-{case.name}"


@pytest.mark.parametrize("case", sorted(CASES.glob("*/*")), ids=name_of)
def test_earlier_failing_inputs_are_handled(case: Path, place: Place) -> None:
    try_input(place, case.parent.name, case.read_bytes())


@pytest.mark.parametrize("kind", READERS)
def test_damaged_files_are_handled(kind: str, place: Place) -> None:
    sample = place.files[kind].read_bytes()
    for number in range(INPUTS):
        data = damage(sample, Random(f"{kind} {number}"))
        try:
            try_input(place, kind, data)
        except Exception as error:  # noqa: BLE001 - what may come is what this looks for
            case = CASES / kind / f"seed-{number}"
            case.parent.mkdir(parents=True, exist_ok=True)
            case.write_bytes(data)
            pytest.fail(f"{kind}, seed {number}, kept as {case}: {type(error).__name__}: {error}")
        place.restore()
