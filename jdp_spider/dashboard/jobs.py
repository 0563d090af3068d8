"""A job as the page shows it, read from its files; of a growing file, only what is new."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jdp_spider.inventory_table import InventoryError
from jdp_spider.job import progress_file
from jdp_spider.job.events import RUN_ENDED, RUN_RESUMED, RUN_STARTED, Event, read_events
from jdp_spider.job.folder import JobPaths
from jdp_spider.job.journal import JournalEntry
from jdp_spider.job.locks import is_held
from jdp_spider.job.outcomes import FAILED, NOT_AVAILABLE, PASSED_OVER, SAVED
from jdp_spider.job.run_folders import Figures
from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.utils.files import size_of
from jdp_spider.utils.loading import LoadError, read_lines

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from jdp_spider.job.progress_file import RunProgress

_LAST = 5
_ENDING_S = 300.0
"""How long a run whose lock is free may still be writing its report."""


@dataclass(frozen=True)
class Recent:
    """A vehicle that has just ended."""

    reference: str
    outcome: str
    reason: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class JobFacts(Figures):
    """What the files of a job say at this moment.

    `reason` is empty while its last run is at work, and if that was killed.
    """

    folder: Path
    jobdir: Path | None = None
    """None if its last run had none: it cannot be continued."""
    started: datetime | None = None
    """When its last run began."""
    ended: datetime | None = None
    is_live: bool = False
    progress: RunProgress | None = None
    has_limit: bool = False
    """True if its last run had a MAX_DOWNLOADS."""
    recent: tuple[Recent, ...] = field(default=(), repr=False)

    @property
    def was_killed(self) -> bool:
        """Return True if its last run neither lives nor has recorded its end."""
        return not self.is_live and self.started is not None and not self.reason

    @property
    def was_stopped(self) -> bool:
        """Return True if somebody has asked for the end of its last run."""
        known = CloseReason.known(self.reason)
        return known is not None and known.status is ExitStatus.INTERRUPTED


class JobReader:
    """Reads one job again and again; what has not changed is not read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._paths = JobPaths(folder)
        self._entries: dict[str, JournalEntry] = {}
        self._read = 0
        """Bytes of the journal that were read."""
        self._events: list[Event] = []
        self._events_size = -1
        self._total = 0
        self._inventory_seen = (0, 0)
        self._recent: list[JournalEntry] = []

    def read(self, account_lock: Path, project: Path) -> JobFacts:
        """Return what the files say. Files that cannot be read count as empty."""
        self._read_journal()
        self._read_events()
        run = self._last_run()
        begun = run[0] if run else None
        end = next((event for event in run if event.kind == RUN_ENDED), None)
        given = begun.more.get("settings") if begun is not None else None
        settings = given if isinstance(given, dict) else {}
        jobdir = str(settings.get("JOBDIR") or "")
        place = project / jobdir if jobdir else None
        progress, is_live = self._live(account_lock if place is None else place / "job.lock")
        outcomes = [entry.outcome for entry in self._entries.values()]
        total = max(self._inventory() - outcomes.count(PASSED_OVER), 0)
        return JobFacts(
            folder=self.folder,
            jobdir=place,
            started=begun.at if begun else None,
            ended=end.at if end else None,
            reason=str(end.more.get("reason", "")) if end and not is_live else "",
            is_live=is_live,
            progress=progress,
            total=total,
            saved=outcomes.count(SAVED),
            failed=outcomes.count(FAILED),
            not_available=outcomes.count(NOT_AVAILABLE),
            has_limit=bool(settings.get("MAX_DOWNLOADS")),
            recent=tuple(
                Recent(each.reference, each.outcome, each.reason, each.seconds)
                for each in reversed(self._recent)
            ),
        )

    def _live(self, lock: Path) -> tuple[RunProgress | None, bool]:
        """Return the progress of a run at work, and whether there is one.

        A run that has given up its lock is still at work while it makes its report.
        """
        progress = progress_file.read_live(self._paths.progress)
        if is_held(lock):
            return progress, True
        is_recent = time.time() - _mtime(self._paths.progress) < _ENDING_S
        return (progress, True) if progress is not None and is_recent else (None, False)

    def _read_journal(self) -> None:
        if size_of(self._paths.journal) < self._read:
            # Somebody has put another file in its place.
            self._read, self._recent = 0, []
            self._entries.clear()
        try:
            lines = read_lines(self._paths.journal, JournalEntry.from_value, start=self._read)
        except LoadError:
            return
        self._read = lines.end
        self._entries.update((entry.key, entry) for entry in lines.values)
        self._recent = [*self._recent, *lines.values][-_LAST:]

    def _read_events(self) -> None:
        size = size_of(self._paths.events)
        if size == self._events_size:
            return
        with contextlib.suppress(LoadError):
            self._events = read_events(self._paths.events)
            self._events_size = size

    def _last_run(self) -> list[Event]:
        """Return the events of the last run, its beginning first."""
        starts = [n for n, e in enumerate(self._events) if e.kind in (RUN_STARTED, RUN_RESUMED)]
        return self._events[starts[-1] :] if starts else []

    def _inventory(self) -> int:
        try:
            found = self._paths.inventory.stat()
            seen = found.st_mtime_ns, found.st_size
            if seen != self._inventory_seen:
                inventory = self._paths.load_inventory()
                self._total = len(inventory.vehicles) if inventory else 0
                self._inventory_seen = seen
        except (OSError, LoadError, InventoryError):
            return 0
        return self._total


def newest_job(downloads: Path) -> Path | None:
    """Return the run folder that was written to last; None if there is none."""
    newest, found = -1.0, None
    with contextlib.suppress(OSError):
        for folder in downloads.iterdir():
            with contextlib.suppress(OSError):
                paths = JobPaths(folder)
                at = max(paths.run_data.stat().st_mtime, _mtime(paths.events))
                if at > newest:
                    newest, found = at, folder
    return found


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
