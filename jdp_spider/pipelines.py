"""Item pipelines: the report goes to the disk, then into the books."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter
from scrapy.exceptions import DropItem
from scrapy.utils.defer import _schedule_coro

from jdp_spider.items import VehicleReport

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self

logger = logging.getLogger(__name__)


class StorePdf:
    """Saves a checked report under its vehicle's name and records it.

    When the disk does not take it, the run ends: the vehicle stays to be done, nothing is lost.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Return the item with `file` set and its body gone. Raises DropItem."""
        if not isinstance(item, VehicleReport):
            return item
        job = self.crawler.spider.job  # type: ignore[union-attr]
        try:
            await job.save(item)
        except OSError as error:
            job.limit.give_back()
            shown = ascii(f"{error.strerror or error}: {error.filename or job.pdfs}")[1:-1]
            logger.error(
                "A report could not be written (%s). Make room or check the folder, then run the "
                "same command again",
                shown,
            )
            _schedule_coro(self.crawler.engine.close_spider_async(reason="storage_failed"))
            raise DropItem(f"Not written: {shown}") from None
        adapter = ItemAdapter(item)
        self.crawler.stats.inc_value("jdp/report/bytes", adapter["bytes"])
        adapter["pdf"] = None
        return item
