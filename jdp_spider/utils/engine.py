"""The parts of Scrapy that are private or not documented, for the whole program.

tests/test_private_parts.py says what is relied upon, and holds it to the installed release.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.defer import _schedule_coro

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response

_LOOK_S = 0.1


def close_spider(crawler: Crawler, reason: str) -> None:
    """Have the engine close the spider: vehicles in flight finish, nothing else begins."""
    assert crawler.engine is not None
    _schedule_coro(crawler.engine.close_spider_async(reason=reason))


async def until_closed(crawler: Crawler) -> None:
    """Wait until the engine has closed the spider, with all that `spider_closed` leads to.

    If Ctrl-C comes while it closes, Scrapy stops the engine under it: it does not wait twice.
    """
    assert crawler.engine is not None
    while crawler.engine.spider is not None:  # noqa: ASYNC110 - Scrapy has no event for it
        await asyncio.sleep(_LOOK_S)


async def fetch_directly(crawler: Crawler, request: Request) -> Response:
    """Return the download handler's response to `request`.

    It takes no place of CONCURRENT_REQUESTS, and no middleware has a say in it.
    """
    assert crawler.engine is not None
    return await crawler.engine.downloader.handlers.download_request_async(request)


class ReportingStatsCollector(MemoryStatsCollector):
    """Calls `report` where Scrapy's collector dumps the stats."""

    def close_spider(self, spider: Spider | None = None, reason: str | None = None) -> None:
        """Report, then keep the stats as Scrapy does."""
        if self._dump:
            self.report(self._crawler)
        self._persist_stats(self._stats)

    def report(self, crawler: Crawler) -> None:
        """Show the stats of the run. Subclasses define it."""
        raise NotImplementedError
