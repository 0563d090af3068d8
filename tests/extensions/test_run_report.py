"""The files at the end of a run, which another program may hold."""

from __future__ import annotations

import asyncio
import json
import os
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from scrapy import Spider
from scrapy.utils.test import get_crawler

from jdp_spider.extensions import RunReport, run_report
from jdp_spider.job.batch import Batch
from jdp_spider.job.job import Job
from jdp_spider.job.limit import DownloadLimit
from jdp_spider.job.metrics import exit_status
from jdp_spider.job.selection import Selection
from jdp_spider.reasons import ExitStatus
from jdp_spider.session.in_flight import InFlightVehicles
from jdp_spider.utils import files
from tests.support.factories import config, exported, report, vehicle

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.crawler import Crawler

BOOKS = {"tracking.json", "checkpoint.json", "metrics.json"}


class Held:
    """Stands for another program that has a file open: Windows does not let it be replaced."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, times: int) -> None:
        self.name, self.left = name, times
        self._replace = os.replace
        monkeypatch.setattr(os, "replace", self.replace)
        monkeypatch.setattr(files, "_HELD_PAUSE_S", 0.0)
        monkeypatch.setattr(run_report, "_PAUSE_S", 0.0)

    def replace(self, source: Path, target: Path) -> None:
        if target.name == self.name and self.left:
            self.left -= 1
            raise PermissionError(13, "Access is denied", str(source), None, str(target))
        self._replace(source, target)


@pytest.fixture
def crawler(tmp_path: Path) -> Crawler:
    """A crawler whose only vehicle is not downloaded."""
    options = config(download_folder=tmp_path / "downloads")
    job = Job(options, str(tmp_path / "job"), "account")
    job.open()
    job.set_inventory(exported(vehicle("1", 1)))
    crawler = get_crawler(Spider)
    run = SimpleNamespace(
        job=job,
        config=options,
        batch=Batch(job, Selection(None), DownloadLimit(None)),
        session=SimpleNamespace(refused=None),
        account=SimpleNamespace(without_link=tmp_path / "without_link.json"),
        recovery=SimpleNamespace(in_flight=InFlightVehicles()),
    )
    crawler.spider = Spider("stub", run=run)
    return crawler


def close(crawler: Crawler) -> set[str]:
    """Which files of the run are new after its end."""
    data = crawler.spider.run.job.paths.run_data
    for name in BOOKS:
        (data / name).write_text("{}")
    asyncio.run(RunReport(crawler).spider_closed("finished"))
    crawler.spider.run.job.close()
    return {name for name in BOOKS if json.loads((data / name).read_text("utf-8"))}


@pytest.mark.parametrize("name", sorted(BOOKS))
def test_file_in_use_for_a_while_is_written(
    name: str,
    crawler: Crawler,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    held = Held(monkeypatch, name, 25)
    assert (close(crawler), held.left, caplog.messages) == (BOOKS, 0, [])
    assert crawler.stats.get_value("jdp/unwritten_file_count") is None


@pytest.mark.parametrize("name", sorted(BOOKS))
def test_file_that_stays_in_use_is_named_and_the_others_are_written(
    name: str,
    crawler: Crawler,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    Held(monkeypatch, name, 10**6)
    assert close(crawler) == BOOKS - {name}
    (message,) = caplog.messages
    assert f"{name} could not be written (Access is denied): close what has it open" in message
    assert crawler.stats.get_value("jdp/unwritten_file_count") == 1


def test_disappeared_pdf_is_named_and_the_run_is_not_complete(
    crawler: Crawler, caplog: pytest.LogCaptureFixture
) -> None:
    run = crawler.spider.run
    asyncio.run(run.batch.save(report(run.job.vehicles[0])))
    (run.job.paths.pdfs / "1.pdf").unlink()
    assert close(crawler) == BOOKS
    (message,) = caplog.messages
    assert re.search(r"disappeared from .*pdfs, or have changed: 1\. .* just these again", message)
    stats = crawler.stats.get_stats()
    assert stats["jdp/vehicle_count/failed/file_gone"] == 1
    assert exit_status({**stats, "finish_reason": "finished"}) == ExitStatus.SOME_FAILED
    assert json.loads(run.job.paths.tracking.read_text("utf-8")) == {"1": None}


def test_pdfs_of_a_folder_that_cannot_be_reached_are_not_called_gone(
    crawler: Crawler, caplog: pytest.LogCaptureFixture
) -> None:
    run = crawler.spider.run
    asyncio.run(run.batch.save(report(run.job.vehicles[0])))
    away = run.job.paths.folder.rename(run.job.paths.folder.with_name("away"))
    asyncio.run(RunReport(crawler).spider_closed("finished"))
    assert not run.job.paths.folder.exists()
    away.rename(run.job.paths.folder)
    first, second = caplog.messages
    assert "nobody has looked whether the PDFs that were saved are still there" in first
    assert "own records could not be written, as its folder cannot be reached" in second
    stats = crawler.stats.get_stats()
    assert stats["jdp/vehicle_count/saved"] == 1
    assert exit_status({**stats, "finish_reason": "finished"}) == ExitStatus.UNEXPECTED


@pytest.mark.parametrize(("unwritten", "status"), [(0, 0), (1, 1)])
def test_unwritten_file_changes_the_exit_status(unwritten: int, status: int) -> None:
    done = {"finish_reason": "finished", "jdp/vehicle_count": 1}
    assert exit_status({**done, "jdp/unwritten_file_count": unwritten}) == status
    failed = {**done, "jdp/vehicle_count/failed": 1, "jdp/unwritten_file_count": unwritten}
    assert exit_status(failed) == ExitStatus.SOME_FAILED
