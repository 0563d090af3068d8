"""The extension that sees that a run moves."""

from __future__ import annotations

import contextlib
import logging
import os
from typing import TYPE_CHECKING

from jdp_spider import signals
from jdp_spider.extensions.base import PeriodicExtension
from jdp_spider.reasons import ExitStatus

if TYPE_CHECKING:
    from jdp_spider.spiders.jdpower import JDPowerSpider

logger = logging.getLogger(__name__)


class Watchdog(PeriodicExtension):
    """Sees that a run which does not move is set going again, or ends.

    First all that is under way is ended and the browser started anew; then the run is ended; and
    when even that does not come to an end, the process.
    """

    interval = 5.0

    def tick(self, spider: JDPowerSpider) -> None:
        if not spider.recovery.is_stuck():
            return
        if spider.session.is_ending:
            logger.error("The run does not come to its end: leaving at once")
            with contextlib.suppress(OSError):
                spider.job.write_checkpoint()
            logging.shutdown()
            os._exit(ExitStatus.SITE_TROUBLE)
        spider.recovery.recover_from_stall()
        self.crawler.signals.send_catch_log(signals.stalled)
