"""Item pipelines: the report goes to the disk, then into the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter
from scrapy.exceptions import DropItem

from jdp_spider.items import BookoutItem
from jdp_spider.supervision import check_lease

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self

    from jdp_spider.spiders.jdpower import JDPowerSpider


class SavePdfPipeline:
    """Saves a checked report under its vehicle's name and records it.

    When the disk does not take it, the run ends: the vehicle stays to be done, nothing is lost.
    When just this file is held by another program, a viewer perhaps, only the vehicle fails.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Return the item with `file` set and its body gone. Raises DropItem."""
        if not isinstance(item, BookoutItem):
            return item
        spider: JDPowerSpider = self.crawler.spider  # type: ignore[assignment]
        check_lease()
        try:
            await spider.job.save(item)
        except OSError as error:
            # Only a rename has two names: the folder takes files, but this one is held.
            if isinstance(error, PermissionError) and error.filename2:
                spider.file_in_use(item)
            else:
                spider.storage_failed(error)
            spider.job.limit.release()
            raise DropItem("The report could not be written", log_level="DEBUG") from None
        adapter = ItemAdapter(item)
        self.crawler.stats.inc_value("jdp/report/bytes", adapter["bytes"])
        adapter["pdf"] = None
        return item
