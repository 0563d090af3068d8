"""The extension that ends a run for the program that runs it among others."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from scrapy.exceptions import NotConfigured

from jdp_spider.config.dotenv import PARENT
from jdp_spider.extensions.base import PeriodicExtension
from jdp_spider.supervision import the_parent
from jdp_spider.utils.redaction import OwnText

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

_UNKNOWN_LINES = "jdp/supervisor/unknown_line_count"


class ParentsWord(PeriodicExtension):
    """Ends the run gracefully when the program that runs it among others says so, or is gone.

    Where the account is leased: also in good time before the lease runs out.
    """

    interval = 0.5

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        if not os.environ.get(PARENT):
            raise NotConfigured
        self._parent = the_parent()
        self._parent.listen()

    def tick(self) -> None:
        self._count_unknown_lines()
        reason = self._parent.reason
        if reason is None:
            return
        logger.warning("%s: finishing what is in flight", OwnText(reason.request))
        self.run.end(reason)
        self.spider_closed()

    def _count_unknown_lines(self) -> None:
        """Log once that a line was not known, and count them all; none is shown."""
        number = self._parent.unknown_lines
        if not number:
            return
        if not self.crawler.stats.get_value(_UNKNOWN_LINES):
            logger.warning("The supervisor sent an unknown line, which was ignored")
        self.crawler.stats.set_value(_UNKNOWN_LINES, number)
