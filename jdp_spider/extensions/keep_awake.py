"""The extension that keeps the computer awake while a run is under way."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from jdp_spider.extensions.base import PeriodicExtension
from jdp_spider.utils.awake import Awake
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class KeepAwake(PeriodicExtension):
    """Keeps the computer from falling asleep from idling, if JDP_KEEP_AWAKE says so."""

    interval = 5.0

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._awake = Awake()

    def spider_opened(self) -> None:
        if not self.run.config.keep_awake:
            return
        problem = self._awake.start()
        if problem:
            _tell(problem)
        else:
            super().spider_opened()

    def tick(self) -> None:
        problem = self._awake.problem()
        if problem:
            _tell(problem)
            self.spider_closed()

    def spider_closed(self) -> None:
        super().spider_closed()
        self._awake.stop()


def _tell(problem: str) -> None:
    logger.info("The computer may fall asleep during the run: %s", to_ascii(problem))
