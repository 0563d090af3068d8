"""The extension that ends a run by a file: for those who cannot press Ctrl-C."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

from jdp_spider.extensions.base import PeriodicExtension
from jdp_spider.reasons import CloseReason

if TYPE_CHECKING:
    from jdp_spider.job.job import Job

logger = logging.getLogger(__name__)

_STOP_FILES = ("stop", "stop.txt")


class StopFile(PeriodicExtension):
    """Ends the run gracefully when a file called `stop` or `stop.txt` appears.

    It may lie in JOBDIR or in the run's folder. For those who cannot press Ctrl-C: on Windows
    closing the window or ending the task kills a run, while this lets it finish and log out.
    """

    def spider_opened(self) -> None:
        # A leftover asked for the end of an earlier run.
        self._take(self.run.job)
        super().spider_opened()

    def tick(self) -> None:
        if self._take(self.run.job):
            logger.info("Found a stop file: finishing what is in flight")
            self.run.end(CloseReason.STOP_FILE)

    def _take(self, job: Job) -> bool:
        """Remove the stop files. Return True if there were any."""
        found = False
        if not job.is_open:
            return found
        for folder in filter(None, (job.folder.jobdir, job.paths.folder)):
            for name in _STOP_FILES:
                with contextlib.suppress(OSError):
                    (folder / name).unlink()
                    found = True
        return found
