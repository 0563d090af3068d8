from __future__ import annotations

import asyncio
import errno
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from scrapy import Spider
from scrapy.utils.test import get_crawler

from jdp_spider.config.options import OPTIONS, PRIVATE
from jdp_spider.failures import RunEnded, classify
from jdp_spider.job import folder_outage
from jdp_spider.job.events import note, read_events
from jdp_spider.job.selection import SelectionError
from jdp_spider.pages.errors import NetworkRefused, SiteMoved
from jdp_spider.run import Run
from jdp_spider.utils import files
from tests.support.factories import exported, report, vehicle
from tests.support.loop import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from scrapy.crawler import Crawler

ONE, TWO = vehicle("1", 1), vehicle("2", 2)
FULL = OSError(errno.ENOSPC, "No space left", "1.pdf")
HELD = PermissionError(errno.EACCES, "held", "1.pdf.part", None, "1.pdf")


class Engine:
    """Notes with which reasons it was closed."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    async def close_spider_async(self, *, reason: str) -> None:
        self.reasons.append(reason)


class Runs:
    """Makes the runs of one job, and closes what is open at the end."""

    def __init__(self, tmp_path: Path) -> None:
        self._path = tmp_path
        self.made: list[Run] = []

    def make(self, refs: str | None = None, **given: Any) -> Run:
        """A run that is not open yet."""
        run = Run(self.crawler(**given), refs)
        run._crawler.spider.run = run
        self.made.append(run)
        return run

    def crawler(self, **given: Any) -> Crawler:
        folders = {"DOWNLOAD_FOLDER": "downloads", "JOBDIR": "job", "JDP_STATE_FOLDER": "state"}
        own: dict[str, Any] = {name: str(self._path / each) for name, each in folders.items()}
        own |= {"JD_USER": "me", "JD_PASS": "s3cret", "JD_BASE_URL": "http://127.0.0.1/"}
        crawler: Crawler = get_crawler(Spider, own | {"EXTENSIONS_BASE": {}} | given)
        crawler._apply_settings()
        crawler.spider = Spider("stub")
        crawler.engine = Engine()
        return crawler

    def open(self, *vehicles: Any, **given: Any) -> Run:
        """A run that is open, with these vehicles in its inventory."""
        run = self.make(**given)
        run.open()
        if vehicles:
            run.job.set_inventory(exported(*vehicles))
        return run

    def release(self) -> None:
        for run in self.made:
            run.account.lock.release()
            run.job.close()


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    found = Runs(tmp_path)
    yield found
    found.release()


def reasons_after(run: Run, act: Callable[[], Any]) -> list[str]:
    """The close reasons that the engine got while and after `act` was called in the loop."""

    async def work() -> None:
        found = act()
        if found is not None:
            await found
        await asyncio.sleep(0)

    asyncio.run(work())
    engine: Any = run._crawler.engine
    reasons: list[str] = engine.reasons
    return reasons


# Opening


def test_components_get_the_run_from_the_crawler(runs: Runs) -> None:
    run = runs.make()
    assert Run.of(run._crawler) is run


def test_wrong_references_are_refused_at_once(runs: Runs) -> None:
    with pytest.raises(SelectionError):
        runs.make(refs=" , ")


def test_events_are_written_once_the_job_is_open(runs: Runs) -> None:
    for _ in range(2):
        run = runs.make()
        note(run._crawler, "login", "Before the job is open")
        run.open()
        note(run._crawler, "outage", "No answer", outside="me: s3cret \xe4", seconds=3)
        runs.release()
    found = read_events(run.job.paths.events)
    kinds = ["run_started", "outage", "run_resumed", "outage"]
    assert [event.kind for event in found] == kinds
    outage = (found[1].text, found[1].more)
    assert outage == ("No answer: me: [hidden] \\xe4", {"seconds": 3})
    assert found[0].more["settings"] == found[2].more["settings"]


def test_the_first_event_has_the_settings_without_the_account(runs: Runs) -> None:
    run = runs.open()
    settings = read_events(run.job.paths.events)[0].more["settings"]
    own = [name for name in OPTIONS if name not in PRIVATE]
    assert list(settings) == [*own, "JOBDIR"]
    shown = {name: settings[name] for name in ("HEADLESS", "MAX_DOWNLOADS", "JDP_PAGE_TIMEOUT")}
    assert shown == {"HEADLESS": "true", "MAX_DOWNLOADS": "", "JDP_PAGE_TIMEOUT": "60"}
    assert settings["JOBDIR"] == str(run.job.folder.jobdir)
    assert "s3cret" not in json.dumps(settings)


def test_resumed_run_logs_the_progress_of_the_job(
    runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    asyncio.run(runs.open(ONE, TWO).save(report(ONE)))
    runs.release()
    caplog.set_level("INFO")
    runs.open()
    assert caplog.messages[-1] == "Resuming: 1 of 2 saved"


def test_a_job_or_account_in_use_closes_the_second_run(runs: Runs, tmp_path: Path) -> None:
    runs.open()
    reasons = []
    for jobdir in ("job", "other"):
        with pytest.raises(RunEnded) as caught:
            runs.make(JOBDIR=str(tmp_path / jobdir)).open()
        reasons.append(caught.value.reason)
    assert reasons == ["job_in_use", "account_in_use"]


@pytest.mark.parametrize("blocked", ["downloads", "state"])
def test_unusable_folders_close_the_run(
    blocked: str, runs: Runs, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = runs.make()
    (tmp_path / blocked).touch()
    with pytest.raises(RunEnded) as caught:
        run.open()
    (message,) = caplog.messages
    assert (caught.value.reason, str(tmp_path / blocked) in message) == ("job_unusable", True)


def test_an_unexpected_error_closes_the_run(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = runs.make()
    monkeypatch.setattr(run.job, "open", lambda: 1 / 0)
    with pytest.raises(RunEnded) as caught:
        run.open()
    assert (caught.value.reason, caplog.messages) == ("unexpected_error", ["Unexpected error"])


# Ending and closing


def test_end_cancels_waits_and_closes_the_spider(runs: Runs) -> None:
    run = runs.open()
    assert reasons_after(run, lambda: run.end("stop_file")) == ["stop_file"]
    assert run.session.is_ending


def test_close_releases_job_and_account_after_the_logout(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, other = runs.open(), runs.make()
    refused: list[str] = []

    async def log_out() -> None:
        with pytest.raises(RunEnded) as caught:
            other.open()
        refused.append(caught.value.reason)

    monkeypatch.setattr(run.session, "close", log_out)
    asyncio.run(run.close())
    other.open()
    assert (refused, other.job.is_open) == (["job_in_use"], True)


@pytest.mark.parametrize(
    ("found", "reason", "start"),
    [
        (FULL, "storage_failed", "The disk does not take what is written (No space left: 1.pdf)"),
        (OSError(errno.EMFILE, "Too many"), "storage_failed", "The system lets no more files be"),
        (SiteMoved("A page", "http://b/", "http://a/"), "site_moved", "The site has moved: A page"),
        (NetworkRefused("So", "Do"), "network_refused", "The site cannot be reached from here: So"),
    ],
)
def test_failure_common_to_all_vehicles_ends_the_run_once(
    found: Exception, reason: str, start: str, runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    run = runs.open()

    def tell_twice() -> None:
        for _ in range(2):
            if isinstance(found, OSError):
                run.storage_failed(found)
            else:
                run.end_for_all(classify(found))

    assert reasons_after(run, tell_twice) == [reason]
    (message,) = caplog.messages
    assert message.startswith(start)


# Vehicles


def test_saved_bookout_counts_in_the_limit(runs: Runs) -> None:
    run = runs.open(ONE, TWO, MAX_DOWNLOADS="1")

    async def work() -> list[bool]:
        admitted = await run.batch.admit(ONE)
        saved = await run.save(report(ONE))
        return [admitted, saved, await run.batch.admit(TWO)]

    assert asyncio.run(work()) == [True, True, False]
    assert run.batch.counts() == {"saved": 1, "already_there": 0, "failed": 0}


@pytest.mark.parametrize(
    ("error", "reasons", "failed"),
    [
        (HELD, [], ["file_in_use"]),
        (PermissionError(errno.EACCES, "denied", "1.pdf.part"), ["storage_failed"], []),
        (FULL, ["storage_failed"], []),
    ],
)
def test_bookout_that_cannot_be_written_releases_its_place_in_the_limit(
    error: OSError,
    reasons: list[str],
    failed: list[str],
    runs: Runs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = runs.open(ONE, TWO, MAX_DOWNLOADS="1")

    def refuse(*paths: Any) -> None:
        raise error

    monkeypatch.setattr(files, "_HELD_PAUSE_S", 0)

    async def work() -> None:
        assert await run.batch.admit(ONE)
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", refuse)
            assert await run.save(report(ONE)) is False
        assert await asyncio.wait_for(run.batch.admit(TWO), 20)

    assert reasons_after(run, work) == reasons
    assert [entry.reason for entry in run.job.journal.entries.values()] == failed
    assert (run.job.pending(), list(run.job.paths.pdfs.iterdir())) == ([ONE, TWO], [])


def test_a_failure_that_cannot_be_recorded_ends_the_run(runs: Runs) -> None:
    run = runs.open(ONE)
    run.job.paths.journal.mkdir()
    assert reasons_after(run, lambda: run.fail(ONE, "timeout", attempts=3, seconds=1.0)) == [
        "storage_failed"
    ]
    assert run.batch.counts() == {"saved": 0, "already_there": 0, "failed": 0}


# A folder that cannot be reached


class Share:
    """The drive with the job's folder, which can go away."""

    def __init__(self, run: Run) -> None:
        self.place = run.job.paths.folder.parent
        self._away = self.place.with_name("away")

    def go(self) -> None:
        self.place.rename(self._away)

    def come_back(self) -> None:
        assert not self.place.exists()
        self._away.rename(self.place)


@pytest.fixture
def share(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> Share:
    monkeypatch.setattr(folder_outage, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(folder_outage, "_LONGEST_PAUSE_S", 0.01)
    return Share(runs.open(ONE, TWO, MAX_DOWNLOADS="2"))


def test_what_ended_while_the_folder_was_away_is_recorded_when_it_is_back(
    runs: Runs, share: Share, caplog: pytest.LogCaptureFixture
) -> None:
    run = runs.made[-1]
    outage = run.folder_outage
    run._crawler.crawling = True

    async def work() -> None:
        assert await run.batch.admit(ONE)
        share.go()
        saving = asyncio.ensure_future(run.save(report(ONE)))
        await until(lambda: outage.is_on)
        run.fail(TWO, "timeout", attempts=3, seconds=1.0)
        waiting = asyncio.ensure_future(outage.wait())
        await asyncio.sleep(0.05)
        assert (saving.done(), waiting.done(), outage.has_work) == (False, False, True)
        share.come_back()
        assert await saving is True
        await waiting
        await until(lambda: not outage.has_work)

    assert reasons_after(run, work) == []
    assert (outage.is_on, run.batch.limit.remaining) == (False, 1)
    entries = run.job.journal.entries.values()
    assert {entry.reference: entry.outcome for entry in entries} == {"1": "saved", "2": "failed"}
    assert [path.name for path in run.job.paths.pdfs.iterdir()] == ["1.pdf"]
    assert [event.kind for event in read_events(run.job.paths.events)][-1] == "folder_outage_over"
    assert "cannot be reached (No such file or directory" in caplog.text


@pytest.mark.parametrize("is_stopped", [False, True])
def test_folder_that_stays_away_ends_the_run(
    is_stopped: bool,
    runs: Runs,
    share: Share,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = runs.made[-1]
    run._crawler.crawling = True
    monkeypatch.setattr(folder_outage, "_LONGEST_S", 1e9 if is_stopped else 0.05)

    async def work() -> None:
        share.go()
        saving = asyncio.ensure_future(run.save(report(ONE)))
        await until(lambda: run.folder_outage.is_on)
        if is_stopped:
            run.session.end()
        assert await saving is False

    assert reasons_after(run, work) == ["folder_unreachable"]
    share.come_back()
    assert "see that its drive is connected" in caplog.messages[-1]
    assert run.job.pending() == [ONE, TWO]


@pytest.mark.parametrize(
    ("error", "is_of_outage"),
    [
        (OSError(errno.EHOSTDOWN, "Host is down"), True),
        (OSError(errno.EIO, "Input/output error"), True),
        (FULL, False),
        (OSError(errno.EROFS, "Read-only"), False),
        (PermissionError(errno.EACCES, "denied"), False),
    ],
)
def test_only_a_folder_out_of_reach_is_waited_for(
    error: OSError, is_of_outage: bool, runs: Runs
) -> None:
    assert runs.open(ONE).folder_outage.causes(error) is is_of_outage


@pytest.mark.parametrize(
    ("number", "is_of_outage"), [(21, True), (53, True), (64, True), (5, False)]
)
def test_errors_of_windows_tell_whether_a_drive_is_away(number: int, is_of_outage: bool) -> None:
    error = PermissionError(errno.EACCES, "So")
    error.winerror = number  # type: ignore[attr-defined, unused-ignore]
    assert files.is_away(error) is is_of_outage


def test_removed_folder_of_pdfs_is_not_waited_for(runs: Runs) -> None:
    run = runs.open(ONE)
    run.job.paths.pdfs.rmdir()
    assert reasons_after(run, lambda: run.save(report(ONE))) == ["storage_failed"]


def test_folder_that_is_back_at_once_is_written_to_again(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs.open(ONE)
    errors = [FileNotFoundError(errno.ENOENT, "No such file or directory")]

    def write_later(path: Path, data: bytes) -> None:
        if errors:
            raise errors.pop()
        files.write_atomic(path, data)

    monkeypatch.setattr("jdp_spider.job.job.write_atomic", write_later)
    assert reasons_after(run, lambda: run.save(report(ONE))) == []
    assert run.job.pending() == []
