"""checkpoint.json, the figures over all runs of a job, and tracking.json beside it."""

from __future__ import annotations

import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any

from jdp_spider.job.folder import now
from jdp_spider.job.outcomes import SAVED
from jdp_spider.utils.loading import Record, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jdp_spider.job.folder import JobPaths
    from jdp_spider.job.journal import JournalEntry

logger = logging.getLogger(__name__)


class Checkpoint:
    """Adds this run's figures to those of the job's earlier runs."""

    def __init__(self, paths: JobPaths) -> None:
        self._paths = paths
        self._earlier: dict[str, Any] = {}
        self._clock = 0.0
        self._started = ""
        self._saves = 0
        self._consecutive_failures = 0
        self._last_reference = ""
        self._last_saved = ""
        self.since_write = 0
        """Vehicles finished since the files were written."""
        self.browser_restarts = 0
        """Of this run alone."""

    def load(self) -> None:
        """Start this run's clock and read the figures of earlier runs, if possible."""
        self._clock = time.monotonic()
        self._started = now()
        try:
            value = read_json(self._paths.checkpoint)
            if value is None:
                return
            earlier = Record(value)
        except ValueError:
            logger.warning("checkpoint.json cannot be read: counting time from this run on")
            return
        kinds: dict[str, Callable[[str], Any]] = {
            "running_seconds": earlier.number,
            "browser_restarts": earlier.whole,
            "checkpoint_saves": earlier.whole,
            "started": earlier.text,
            "last_successful_reference": earlier.text,
            "last_saved": earlier.text,
        }
        for name, read in kinds.items():
            # Null for what has not happened yet.
            with contextlib.suppress(ValueError):
                self._earlier[name] = read(name)
        self._last_reference = self._earlier.get("last_successful_reference", "")
        self._last_saved = self._earlier.get("last_saved", "")

    @property
    def run_seconds(self) -> float:
        """Seconds since this run opened the job."""
        return time.monotonic() - self._clock

    @property
    def running_seconds(self) -> float:
        """Seconds that all runs of the job took so far."""
        return float(self._earlier.get("running_seconds", 0)) + self.run_seconds

    @property
    def total_browser_restarts(self) -> int:
        """Browser restarts in all runs of the job."""
        return int(self._earlier.get("browser_restarts", 0)) + self.browser_restarts

    @property
    def saves(self) -> int:
        """The number of times that all runs of the job have written the checkpoint."""
        return int(self._earlier.get("checkpoint_saves", 0)) + self._saves

    def add(self, entry: JournalEntry) -> None:
        """Count a finished vehicle."""
        self.since_write += 1
        if entry.outcome == SAVED:
            self._consecutive_failures = 0
            self._last_reference, self._last_saved = entry.reference, entry.at
        else:
            self._consecutive_failures += 1

    def files(self, tracking: Mapping[str, Any], succeeded: int, failed: int) -> dict[Path, Any]:
        """Return the contents of tracking.json and checkpoint.json, which count as written."""
        self.since_write = 0
        self._saves += 1
        return {
            self._paths.tracking: tracking,
            self._paths.checkpoint: {
                "processed": succeeded + failed,
                "succeeded": succeeded,
                "failed": failed,
                "consecutive_failures": self._consecutive_failures,
                "last_successful_reference": self._last_reference or None,
                "browser_restarts": self.total_browser_restarts,
                "started": self._earlier.get("started") or self._started,
                "last_saved": self._last_saved or None,
                "running_seconds": round(self.running_seconds, 3),
                "checkpoint_saves": self.saves,
            },
        }
