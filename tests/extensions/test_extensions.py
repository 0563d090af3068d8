from __future__ import annotations

import asyncio
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from scrapy import Spider, signals
from scrapy.utils.test import get_crawler

from jdp_spider import settings as project
from jdp_spider.extensions import StopFile, base
from jdp_spider.job.job import Job
from jdp_spider.session.other_session import OtherSession
from tests.support.factories import config, exported, vehicle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from scrapy.crawler import Crawler

NAMES = ["stop", "stop.txt"]


class Loop:
    """A looping call that is made by hand."""

    def __init__(self, look: Callable[..., object], *args: object) -> None:
        self.look = partial(look, *args)
        self.running = False

    def start(self, interval: float, now: bool) -> None:
        assert (interval, now) == (1.0, False)
        self.running = True

    def stop(self) -> None:
        self.running = False


class Run:
    """A crawler with the StopFile extension, whose engine tells how it was closed."""

    def __init__(self, job: Job) -> None:
        own = {"EXTENSIONS": {StopFile: 0}, "EXTENSIONS_BASE": {}}
        self.crawler: Crawler = get_crawler(Spider, own)
        self.crawler._apply_settings()
        self.closed: list[str] = []
        self.other = OtherSession()
        session = SimpleNamespace(other_session=self.other)
        run = SimpleNamespace(job=job, end=self.closed.append, session=session)
        self.spider = Spider("stub", run=run)
        self.crawler.spider = self.spider
        self.extension = self.crawler.get_extension(StopFile)

    def send(self, signal: object) -> None:
        sent = self.crawler.signals.send_catch_log(signal, spider=self.spider, reason="")
        assert [result for _, result in sent] == [None]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the command is started in."""
    path = tmp_path / "here"
    path.mkdir()
    monkeypatch.chdir(path)
    monkeypatch.setattr(base, "create_looping_call", Loop)
    return path


def job_in(tmp_path: Path, *, jobdir: bool = True) -> Job:
    path = str(tmp_path / "job") if jobdir else None
    return Job(config(download_folder=tmp_path / "downloads"), path, "account")


def open_job(tmp_path: Path, *, jobdir: bool = True) -> Job:
    job = job_in(tmp_path, jobdir=jobdir)
    job.open()
    job.set_inventory(exported(vehicle("1", 1)))
    return job


def crawl(job: Job, meanwhile: Callable[[], object]) -> list[str]:
    """How a run was closed in which `meanwhile` happened; it is looked three times."""
    run = Run(job)

    async def until_closed() -> None:
        run.send(signals.spider_opened)
        meanwhile()
        for _ in range(3):
            run.extension._loop.look()
            await asyncio.sleep(0)
        run.send(signals.spider_closed)

    asyncio.run(until_closed())
    job.close()
    assert run.extension._loop.running is False
    return run.closed


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("where", ["jobdir", "folder"])
def test_stop_file_ends_the_run_and_is_removed(where: str, name: str, tmp_path: Path) -> None:
    job = open_job(tmp_path)
    path = getattr(job.paths if where == "folder" else job.folder, where) / name
    assert (crawl(job, path.touch), path.exists()) == (["stop_file"], False)


def test_without_a_jobdir_the_run_folder_is_watched(tmp_path: Path) -> None:
    job = open_job(tmp_path, jobdir=False)
    assert crawl(job, (job.paths.folder / "stop").touch) == ["stop_file"]


@pytest.mark.parametrize("name", NAMES)
def test_leftover_stop_file_is_removed_without_effect(name: str, tmp_path: Path) -> None:
    job = open_job(tmp_path)
    for folder in (job.folder.jobdir, job.paths.folder):
        (folder / name).touch()
    assert crawl(job, lambda: None) == []
    assert [(folder / name).exists() for folder in (job.folder.jobdir, job.paths.folder)] == [
        False,
        False,
    ]


@pytest.mark.parametrize("name", ["Stop me", "stop.pdf", "stopped", "here/stop"])
def test_other_files_have_no_effect(name: str, tmp_path: Path) -> None:
    job = open_job(tmp_path)
    folder = tmp_path if "/" in name else job.paths.folder
    assert (crawl(job, (folder / name).touch), (folder / name).exists()) == ([], True)


@pytest.mark.parametrize("jobdir", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_unopened_job_has_no_stop_file(name: str, jobdir: bool, here: Path, tmp_path: Path) -> None:
    """It has no folder yet: its path is the current folder. JOBDIR may be another run's."""
    job = job_in(tmp_path, jobdir=jobdir)
    (tmp_path / "job").mkdir()
    files = [here / name, tmp_path / "job" / name]

    def touch() -> None:
        for file in files:
            file.touch()

    touch()
    assert crawl(job, touch) == []
    assert [file.exists() for file in files] == [True, True]


def test_stop_file_that_cannot_be_removed_has_no_effect(tmp_path: Path) -> None:
    job = open_job(tmp_path)
    assert crawl(job, (job.paths.folder / "stop").mkdir) == []


def test_stop_file_extension_is_enabled() -> None:
    assert project.EXTENSIONS["jdp_spider.extensions.StopFile"] == 0


@pytest.mark.parametrize("name", ["try-login-now", "try-login-now.txt"])
@pytest.mark.parametrize("where", ["jobdir", "folder"])
def test_login_now_file_requests_one_try(where: str, name: str, tmp_path: Path) -> None:
    job = open_job(tmp_path)
    path = getattr(job.paths if where == "folder" else job.folder, where) / name
    run = Run(job)
    path.touch()
    run.send(signals.spider_opened)
    assert not path.exists()
    run.extension.tick()
    assert run.other.take_request() is False
    path.touch()
    run.extension.tick()
    assert (run.other.take_request(), path.exists(), run.closed) == (True, False, [])
    job.close()
