"""The extension for files by which a run is asked for something, where there is no keyboard."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from jdp_spider.extensions.base import PeriodicExtension
from jdp_spider.reasons import CloseReason
from jdp_spider.utils.files import take_file

if TYPE_CHECKING:
    from jdp_spider.job.job import Job

logger = logging.getLogger(__name__)

_STOP_FILES = ("stop", "stop.txt")
_TRY_FILES = ("try-login-now", "try-login-now.txt")


class StopFile(PeriodicExtension):
    """Ends the run gracefully when a file called `stop` or `stop.txt` appears.

    It may lie in JOBDIR or in the run's folder. For those who cannot press Ctrl-C: on Windows
    closing the window or ending the task kills a run, while this lets it finish and log out.

    `try-login-now` in the same places does what Enter does while the account is in use elsewhere.
    """

    def spider_opened(self) -> None:
        # Leftovers asked an earlier run.
        self._take(self.run.job, _STOP_FILES)
        self._take(self.run.job, _TRY_FILES)
        super().spider_opened()

    def tick(self) -> None:
        if self._take(self.run.job, _TRY_FILES):
            self.run.session.other_session.ask()
        if self._take(self.run.job, _STOP_FILES):
            logger.info("Found a stop file: finishing what is in flight")
            self.run.end(CloseReason.STOP_FILE)

    def _take(self, job: Job, names: tuple[str, ...]) -> bool:
        """Remove the files of these names. Return True if there were any."""
        found = False
        if not job.is_open:
            return found
        for folder in filter(None, (job.folder.jobdir, job.paths.folder)):
            for name in names:
                found |= take_file(folder / name)
        return found
