"""The extension that sees that a run moves."""

from __future__ import annotations

import contextlib
import logging
import os

from jdp_spider import signals
from jdp_spider.extensions.base import PeriodicExtension
from jdp_spider.reasons import ExitStatus

logger = logging.getLogger(__name__)


class Watchdog(PeriodicExtension):
    """Sees that a run which does not move is set going again, or ends.

    It first cancels everything in flight and restarts the browser, then ends the run, and if even
    that hangs, the process.
    """

    interval = 5.0

    def tick(self) -> None:
        run = self.run
        if not run.recovery.is_stuck():
            return
        if run.session.is_ending:
            logger.error("The run does not end: exiting at once")
            with contextlib.suppress(OSError):
                run.job.write_checkpoint()
            logging.shutdown()
            os._exit(ExitStatus.SITE_TROUBLE)
        run.recovery.recover_from_stall()
        self.crawler.signals.send_catch_log(signals.stalled)
