"""A run of a group, such as a night's: its folder, and the outcomes of its accounts."""

from __future__ import annotations

import contextlib
import logging
import re
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from jdp_spider.inventory_table import InventoryError
from jdp_spider.job.ending import END, read_ending
from jdp_spider.job.folder import RUN_FILE, JobPaths, job_folder, now
from jdp_spider.job.journal import JournalEntry
from jdp_spider.job.outcomes import FAILED, NOT_AVAILABLE, PASSED_OVER, SAVED
from jdp_spider.reasons import ExitStatus
from jdp_spider.utils.files import size_of, write_json
from jdp_spider.utils.loading import (
    LoadError,
    Record,
    read_end,
    read_json,
    read_lines,
)
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from jdp_spider.reasons import CloseReason

logger = logging.getLogger(__name__)

_LAST_BYTES = 2000
_MESSAGE = re.compile(r"^\d\d:\d\d:\d\d [A-Z]+: (.+?)\r*$", re.MULTILINE)
"""The first line of a message, as LOG_FORMAT and LOG_DATEFORMAT in settings.py have it."""

_SAME_NIGHT = timedelta(hours=18)
"""A run that began so lately and is not complete is gone on with when none is named."""


@dataclass(frozen=True)
class AccountProgress:
    """The progress of an account's job. All 0 while its inventory is not known."""

    total: int = 0
    saved: int = 0
    failed: int = 0
    not_available: int = 0

    @property
    def left(self) -> int:
        """Return the number of vehicles that lack the bookout which the site has of them."""
        return self.total - self.saved - self.not_available


@dataclass
class AccountOutcome:
    """The outcome of an account in a run of the group, over all runs of its crawl."""

    status: int | None = None
    """The last exit status; None as long as none is known."""
    message: str = ""
    """Why the crawl could not be started or was ended; empty where its log has it."""
    seconds: float = 0.0
    ended: str = ""
    standing: AccountProgress = AccountProgress()
    """How far it was then."""
    journal_size: int = 0
    """Bytes of the journal in which that was counted; 0 when there was none."""
    job: int = 0
    """The number of its job in the queue; 0 when there was none."""


class AccountFolder:
    """The folder of one account in a run: its JOBDIR, its run folder, its log, its outcome."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.jobdir = path / "job"
        self.log = path / "crawl.log"
        self._outcome = path / "outcome.json"
        self._journal = _Journal()
        self._told = False
        self._total: tuple[tuple[int, int], int] = (0, 0), 0
        """The number of vehicles, with what tells whether the inventory is still the same."""

    @property
    def run_folder(self) -> Path | None:
        """Return the folder with the PDFs, or None while there is none."""
        return job_folder(self.jobdir)

    def outcome(self) -> AccountOutcome:
        """Return its recorded outcome, or an empty one if that cannot be read."""
        try:
            found = read_json(self._outcome)
            return AccountOutcome() if found is None else _outcome(Record(found))
        except ValueError as error:
            self._tell_once(error)
            return AccountOutcome()

    def _tell_once(self, error: ValueError) -> None:
        if not self._told:
            self._told = True
            logger.warning(
                "%s: its outcome.json cannot be used (%s): it counts as not ended, and its crawl "
                "continues with what is missing",
                self.path.name,
                error,
            )

    def record(
        self, status: int, seconds: float, message: str = "", job: int = 0
    ) -> AccountOutcome:
        """Record how a run of its crawl ended and how long it took, in seconds. Raise OSError."""
        seconds += self.outcome().seconds
        outcome = AccountOutcome(status, message, round(seconds, 1), now(), *self._count(), job)
        self.path.mkdir(parents=True, exist_ok=True)
        write_json(self._outcome, asdict(outcome))
        return outcome

    def close_reason(self, status: int | None) -> CloseReason | None:
        """Return why its last crawl ended, if that ended with this status and has recorded it."""
        end = read_ending(self.jobdir / END)
        return end.reason if end is not None and end.status == status else None

    def standing(self) -> AccountProgress:
        """Return its progress by the journal. Cheap enough to call every second."""
        return self._count()[0]

    def last_words(self) -> str:
        """Return the last message that its crawl logged, or "" if there is none."""
        end = read_end(self.log, _LAST_BYTES)
        messages = _MESSAGE.findall(end.decode("utf-8", "replace"))
        return to_ascii(messages[-1]) if messages else ""

    def _count(self) -> tuple[AccountProgress, int]:
        """Return its progress, and the number of bytes of the journal read for it."""
        folder = self.run_folder
        if folder is None:
            return AccountProgress(), 0
        paths, known = JobPaths(folder), self.outcome()
        # An account that has ended is not read again: there may be a thousand of them.
        if known.journal_size and known.journal_size == size_of(paths.journal):
            return known.standing, known.journal_size
        self._journal.read_on(paths.journal)
        outcomes = list(self._journal.outcomes.values())
        total = max(self._inventory(paths) - outcomes.count(PASSED_OVER), 0)
        names = (SAVED, FAILED, NOT_AVAILABLE)
        counts = AccountProgress(total, *(outcomes.count(name) for name in names))
        return counts, self._journal.size if total else 0

    def is_complete(self) -> bool:
        """Return True if nothing is left to do: it ended well, every vehicle has its bookout."""
        standing = self.standing()
        complete = self.outcome().status == ExitStatus.COMPLETE
        return complete and standing.total > 0 and standing.left == 0

    def _inventory(self, paths: JobPaths) -> int:
        """Return the number of vehicles, or 0 while it is not known."""
        try:
            stat = paths.inventory.stat()
            seen = stat.st_mtime_ns, stat.st_size
            if seen != self._total[0]:
                inventory = paths.load_inventory()
                self._total = seen, len(inventory.vehicles) if inventory else 0
        except (OSError, LoadError, InventoryError):
            return 0
        return self._total[1]


def _outcome(found: Record) -> AccountOutcome:
    """Return the outcome that the record holds. Raise ValueError if it is malformed."""
    standing = Record(found.values.get("standing"))
    status = found.values.get("status")
    if status is not None:
        status = int(ExitStatus(found.whole("status")))
    return AccountOutcome(
        status,
        found.text("message"),
        found.number("seconds"),
        found.text("ended"),
        AccountProgress(
            standing.whole("total"),
            standing.whole("saved"),
            standing.whole("failed"),
            standing.whole("not_available", 0),
        ),
        found.whole("journal_size"),
        found.whole("job", 0),
    )


class _Journal:
    """Reads a journal from where it last stopped."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}
        """The last word on each vehicle."""
        self.size = 0
        """How many bytes were read."""
        self._path = Path()

    def read_on(self, path: Path) -> None:
        if path != self._path:
            self._path, self.size = path, 0
            self.outcomes.clear()
        with contextlib.suppress(LoadError):
            lines = read_lines(path, JournalEntry.from_value, start=self.size)
            self.size = lines.end
            self.outcomes.update((entry.key, entry.outcome) for entry in lines.values)


class GroupRun:
    """All accounts of one run."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder = folder
        self.accounts = {name: AccountFolder(folder / name) for name in names}

    @property
    def name(self) -> str:
        """Return the name of the run, which is that of its folder."""
        return self.folder.name

    def begin(self) -> None:
        """Make the folder and record when the run began, unless it has. Raise OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / RUN_FILE).exists():
            write_json(self.folder / RUN_FILE, {"started": now()})

    def incomplete(self) -> list[str]:
        """Return the names of the incomplete accounts, in the order of the file."""
        return [name for name, place in self.accounts.items() if not place.is_complete()]

    def refused(self) -> list[str]:
        """Return the names of the accounts whose last login the site refused."""
        refused = ExitStatus.LOGIN_REFUSED
        return [name for name, place in self.accounts.items() if place.outcome().status == refused]


def find_run(parent: Path, given: str | None, names: Iterable[str], at: datetime) -> GroupRun:
    """Return the named run, else an incomplete one of this night, else today's.

    A run of this night began within the last 18 hours: one stopped after midnight is continued.
    """
    names = list(names)
    if given:
        return GroupRun(parent / given, names)
    for folder, started in sorted(_started(parent), key=lambda found: found[1], reverse=True):
        run = GroupRun(folder, names)
        if timedelta(0) <= at - started < _SAME_NIGHT and run.incomplete():
            return run
    return GroupRun(parent / f"{at:%Y-%m-%d}", names)


def _started(parent: Path) -> list[tuple[Path, datetime]]:
    """Return the existing runs, and when each began."""
    found = []
    for path in parent.glob(f"*/{RUN_FILE}"):
        # Another run may have any name: one without a readable start is not counted.
        with contextlib.suppress(ValueError):
            found.append((path.parent, Record(read_json(path)).time("started")))
    return found
