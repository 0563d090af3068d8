"""What the extensions have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call
from scrapy.utils.defer import ensure_awaitable
from scrapy.utils.spider import DefaultSpider

from jdp_spider.run import Run
from jdp_spider.utils.engine import until_closed

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from scrapy.crawler import Crawler
    from scrapy.utils.asyncio import AsyncioLoopingCall
    from twisted.internet.task import LoopingCall
    from typing_extensions import Self


_SIGNALS = ("engine_started", "spider_opened", "spider_closed")


class CrawlExtension:
    """An extension of a crawl. Its methods that are named after _SIGNALS get these signals.

    `engine_stopped`, which may be a coroutine, is called once the spider has closed as well.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Raise NotConfigured for the spider of `scrapy shell` and `scrapy fetch`."""
        if issubclass(crawler.spidercls, DefaultSpider):
            raise NotConfigured("Only for a crawl")
        extension = cls(crawler)
        for name in _SIGNALS:
            if hasattr(extension, name):
                crawler.signals.connect(getattr(extension, name), getattr(signals, name))
        crawler.signals.connect(extension._stopped, signals.engine_stopped)
        return extension

    def engine_stopped(self) -> Awaitable[None] | None:
        """Do what is left to do when the run has ended."""

    async def _stopped(self) -> None:
        await until_closed(self.crawler)
        await ensure_awaitable(self.engine_stopped())

    @property
    def run(self) -> Run:
        return Run.of(self.crawler)


class PeriodicExtension(CrawlExtension, ABC):
    """Calls `tick` every `interval` seconds while the spider is open."""

    interval: ClassVar[float] = 1.0

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._loop: AsyncioLoopingCall | LoopingCall | None = None

    def spider_opened(self) -> None:
        self._loop = create_looping_call(self.tick)
        self._loop.start(self.interval, now=False)

    def spider_closed(self) -> None:
        if self._loop is not None and self._loop.running:
            self._loop.stop()

    @abstractmethod
    def tick(self) -> None:
        """Look once."""
