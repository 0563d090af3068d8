from __future__ import annotations

import asyncio
import errno
import os
from typing import TYPE_CHECKING, Any

import pytest
from scrapy import Spider
from scrapy.exceptions import DropItem
from scrapy.utils.test import get_crawler

from jdp_spider.job.job import Job
from jdp_spider.pipelines import SavePdfPipeline
from jdp_spider.utils import files
from tests.support.factories import config, exported, report, vehicle

if TYPE_CHECKING:
    from pathlib import Path

ONE = vehicle("1", 1)


class Told:
    """A spider that tells what it was told."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.calls: list[str] = []

    def file_in_use(self, item: Any) -> None:
        self.calls.append(f"file_in_use {item.file}")

    def storage_failed(self, error: OSError) -> None:
        self.calls.append(f"storage_failed {errno.errorcode[error.errno]}")


@pytest.fixture
def told(tmp_path: Path) -> Told:
    job = Job(config(download_folder=tmp_path), None, "account")
    job.open()
    job.set_inventory(exported(ONE))
    return Told(job)


def store(told: Told) -> Any:
    crawler = get_crawler(Spider)
    crawler._apply_settings()
    crawler.spider = told
    return asyncio.run(SavePdfPipeline.from_crawler(crawler).process_item(report(ONE)))


def test_a_report_is_saved_and_its_body_let_go(told: Told) -> None:
    item = store(told)
    assert (item.file, item.pdf, told.job.pending(), told.calls) == ("1.pdf", None, [], [])
    assert (told.job.pdfs / "1.pdf").read_bytes() == report(ONE).pdf


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (PermissionError(errno.EACCES, "held", "1.pdf.part", None, "1.pdf"), "file_in_use 1.pdf"),
        (PermissionError(errno.EACCES, "denied", "1.pdf.part"), "storage_failed EACCES"),
        (OSError(errno.ENOSPC, "full", "1.pdf.part"), "storage_failed ENOSPC"),
    ],
)
def test_what_the_disk_does_not_take(
    error: OSError, call: str, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*paths: Any) -> None:
        raise error

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr(files, "_REPLACE_PAUSE_S", 0)
    with pytest.raises(DropItem):
        store(told)
    assert (told.calls, told.job.pending()) == ([call], [ONE])
    assert list(told.job.pdfs.iterdir()) == []
