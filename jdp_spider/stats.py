"""The stats collector: Scrapy's own, whose dump is the report of the run."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.log import get_scrapy_root_handler

from jdp_spider.extensions import RunReport

if TYPE_CHECKING:
    from scrapy import Spider

logger = logging.getLogger(__name__)


class MetricsReport(MemoryStatsCollector):
    """Dumps the stats below the table of the run, whatever the log level is."""

    def close_spider(self, spider: Spider | None = None, reason: str | None = None) -> None:
        """Log or print the report, then keep the stats as Scrapy does."""
        if self._dump:
            extension = self._crawler.get_extension(RunReport)
            text = extension.text if extension else ""
            _tell(f"{text}\n\nDumping Scrapy stats:\n{self}" if text else f"Dumping stats:\n{self}")
        self._persist_stats(self._stats)


def _tell(text: str) -> None:
    handler = get_scrapy_root_handler()
    logged = handler is not None and not isinstance(handler, logging.NullHandler)
    if handler is not None and logged and handler.level <= logging.INFO:
        logger.info("Report of the run:\n%s", text)
    else:
        print(text, file=sys.stderr, flush=True)
