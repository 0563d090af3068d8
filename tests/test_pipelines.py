from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from scrapy import Spider
from scrapy.exceptions import DropItem
from scrapy.utils.test import get_crawler

from jdp_spider.pipelines import SavePdfPipeline
from tests.support.factories import report, vehicle

if TYPE_CHECKING:
    from jdp_spider.items import BookoutItem

ONE = vehicle("1", 1)


def store(*, saves: bool) -> BookoutItem:
    """What the pipeline makes of a report in a run that saves it, or cannot."""

    async def save(item: BookoutItem) -> bool:
        assert item.pdf is not None
        item.file = "1.pdf"
        return saves

    crawler = get_crawler(Spider)
    crawler._apply_settings()
    crawler.spider = Spider("stub", run=SimpleNamespace(save=save))
    item: Any = asyncio.run(SavePdfPipeline.from_crawler(crawler).process_item(report(ONE)))
    assert crawler.stats.get_stats()["jdp/report/bytes"] == item.bytes
    return item


def test_saved_bookout_releases_its_body() -> None:
    item = store(saves=True)
    assert (item.file, item.pdf) == ("1.pdf", None)


def test_unsaved_bookout_is_dropped() -> None:
    with pytest.raises(DropItem):
        store(saves=False)
