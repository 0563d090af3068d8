"""The stats collector: Scrapy's own, whose dump is the report of the run."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from scrapy.utils.log import get_scrapy_root_handler

from jdp_spider.extensions import RunReport
from jdp_spider.run_log import ConsoleFilter
from jdp_spider.utils.engine import ReportingStatsCollector
from jdp_spider.utils.redaction import OwnText

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class MetricsReport(ReportingStatsCollector):
    """Dumps the stats below the table of the run, whatever the log level is.

    On a terminal people read the table: there the dump goes into the run's log alone.
    """

    def report(self, crawler: Crawler) -> None:
        """Log or print table and stats."""
        extension = crawler.get_extension(RunReport)
        table = extension.text if extension else ""
        table_alone = sys.stderr.isatty() and crawler.settings["LOG_LEVEL"] != "DEBUG"
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
