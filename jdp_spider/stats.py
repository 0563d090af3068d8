"""The stats collector: Scrapy's own, whose dump is the report of the run."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.log import get_scrapy_root_handler

from jdp_spider.extensions import RunReport
from jdp_spider.run_log import ConsoleFilter
from jdp_spider.utils.redaction import OwnText

if TYPE_CHECKING:
    from scrapy import Spider

logger = logging.getLogger(__name__)


class MetricsReport(MemoryStatsCollector):
    """Dumps the stats below the table of the run, whatever the log level is.

    On a terminal people read the table: there the dump goes into the run's log alone.
    """

    def close_spider(self, spider: Spider | None = None, reason: str | None = None) -> None:
        """Log or print the report, then keep the stats as Scrapy does."""
        if self._dump:
            extension = self._crawler.get_extension(RunReport)
            self._report(extension.text if extension else "")
        self._persist_stats(self._stats)

    def _report(self, table: str) -> None:
        table_alone = sys.stderr.isatty() and self._crawler.settings["LOG_LEVEL"] != "DEBUG"
        if table_alone:
            logger.addFilter(ConsoleFilter(_is_table))
        if table:
            logger.info("Report of the run:\n%s", OwnText(table))
        logger.info("Dumping Scrapy stats:\n%s", OwnText(self))
        if not _console_shows_info():
            parts = [table] if table_alone else [table, f"Dumping Scrapy stats:\n{self}"]
            print("\n\n".join(filter(None, parts)), file=sys.stderr, flush=True)


def _is_table(record: logging.LogRecord) -> bool:
    return str(record.msg).startswith("Report")


def _console_shows_info() -> bool:
    handler = get_scrapy_root_handler()
    logged = handler is not None and not isinstance(handler, logging.NullHandler)
    return handler is not None and logged and handler.level <= logging.INFO
