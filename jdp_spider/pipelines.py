"""Item pipelines: the bookout goes to disk, then into the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.exceptions import DropItem

from jdp_spider.items import BookoutItem
from jdp_spider.run import Run
from jdp_spider.supervision import check_lease

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self


class SavePdfPipeline:
    """Saves a checked bookout under its vehicle's file name and records it."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Return the item with `file` set and without its body. Raise DropItem if not saved."""
        if not isinstance(item, BookoutItem):
            return item
        check_lease()
        if not await Run.of(self.crawler).save(item):
            raise DropItem("The report could not be written", log_level="DEBUG")
        self.crawler.stats.inc_value("jdp/report/bytes", item.bytes)
        item.pdf = None
        return item
