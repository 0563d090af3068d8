"""One run's share of a job: the vehicles it is asked for, and how each of them ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from jdp_spider.job.journal import JournalEntry, has_file
from jdp_spider.job.outcomes import ALREADY_THERE, FAILED, NOT_ATTEMPTED, NOT_AVAILABLE, SAVED
from jdp_spider.reasons import FailureReason, NotAttempted
from jdp_spider.utils.files import is_there

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jdp_spider.inventory import Vehicle
    from jdp_spider.items import BookoutItem
    from jdp_spider.job.folder_outage import FolderOutage
    from jdp_spider.job.job import Job
    from jdp_spider.job.limit import DownloadLimit
    from jdp_spider.job.selection import Selection


@dataclass(frozen=True)
class GridReading:
    """What a run has learned from reading the whole grid."""

    at: datetime
    without_link: frozenset[str]
    """Keys of the vehicles that certainly have no bookout link there."""


@dataclass(frozen=True)
class Outcome:
    """How a vehicle ended in this run: the word, the reason, its last entry in the journal."""

    outcome: str
    reason: str
    entry: JournalEntry | None


class Batch:
    """The vehicles that one run downloads, within `-a refs=...` and MAX_DOWNLOADS.

    Invariant: each admitted vehicle returns its place in the limit exactly once, in `finish`.
    """

    def __init__(self, job: Job, selection: Selection, limit: DownloadLimit) -> None:
        self.job = job
        self.selection = selection
        self.limit = limit
        self._admitted: Counter[str] = Counter()
        self._ended: dict[str, str] = {}
        """Outcome words by key: the vehicles that were saved or failed in this run."""
        self._lost: set[str] = set()
        self.reading: GridReading | None = None
        """None as long as this run has not read the whole grid."""

    def pending(self) -> list[Vehicle]:
        """Return the vehicles asked for that have no saved bookout, in the order of the CSV.

        One that is not available has to be asked for by its reference.
        """
        left_out = self.job.settled_keys if self.selection.is_all else ()
        return [
            vehicle
            for vehicle in self.job.pending()
            if self.selection.holds(vehicle) and vehicle.key not in left_out
        ]

    def unknown_references(self) -> list[str]:
        """Return the references asked for that the inventory lacks, sorted."""
        return self.selection.unknown(self.job.vehicles)

    @property
    def left(self) -> int:
        """The number of vehicles that this run has yet to finish."""
        failed = sum(outcome == FAILED for outcome in self._ended.values())
        return int(min(len(self.pending()) - failed, self.limit.remaining))

    @property
    def unlisted(self) -> int:
        """How many vehicles the grid shows, at least, that a run for all vehicles does not have."""
        return self.job.links.unlisted if self.selection.is_all else 0

    async def admit(self, vehicle: Vehicle) -> bool:
        """Wait until the vehicle may be downloaded. Return False if the limit is reached."""
        if not await self.limit.acquire():
            return False
        self._admitted[vehicle.key] += 1
        return True

    async def save(self, item: BookoutItem, outage: FolderOutage | None = None) -> None:
        """Save and record a vehicle's bookout, if need be once an outage of the folder is over.

        Raise OSError if the disk does not take it.
        """
        vehicle = item.vehicle
        assert vehicle is not None
        try:
            save = partial(self.job.save, item)
            await (outage.through(save) if outage else save())
        except OSError:
            self.finish(vehicle)
            raise
        self._ended[vehicle.key] = SAVED
        self.finish(vehicle, saved=True)

    def fail(
        self,
        vehicle: Vehicle,
        reason: FailureReason,
        attempts: int = 0,
        seconds: float = 0.0,
        said: str = "",
    ) -> None:
        """Record a vehicle that failed for good; `said` are the words of the page that tell why.

        Raise OSError if the disk does not take it.
        """
        try:
            if self.job.fail(vehicle, reason, attempts, round(seconds, 3), said):
                self._ended[vehicle.key] = FAILED
        finally:
            self.finish(vehicle)

    def settle(self, vehicle: Vehicle) -> None:
        """Record a failed vehicle as not available. Raise OSError if the disk does not take it."""
        reason = FailureReason.NO_BOOKOUT_LINK
        self.job.journal.record(JournalEntry.of(vehicle, NOT_AVAILABLE, reason=reason))
        self.job.settled_keys.add(vehicle.key)
        self._ended[vehicle.key] = NOT_AVAILABLE

    def lose(self, keys: set[str]) -> None:
        """Take these vehicles, whose saved bookout has disappeared, as failed in this run.

        Not in the journal: the next run looks again, as the files may be put back meanwhile.
        """
        self._lost |= keys
        self.job.saved_keys -= keys
        for vehicle in self.job.vehicles:
            if vehicle.key in keys and self.selection.holds(vehicle):
                self._ended[vehicle.key] = FAILED

    def finish(self, vehicle: Vehicle, *, saved: bool = False) -> None:
        """Give back the vehicle's place in the limit, if any; unless saved, another gets it."""
        if self._admitted[vehicle.key]:
            self._admitted[vehicle.key] -= 1
            if saved:
                self.limit.commit()
            else:
                self.limit.release()

    def counts(self) -> Counter[str]:
        """Return how many vehicles were saved, were already there, and failed in this run."""
        ended = Counter({SAVED: 0, FAILED: 0})
        ended.update(self._ended.values())
        ended[ALREADY_THERE] = len(self.job.saved_keys) - ended[SAVED]
        return ended

    def outcomes(self, unreached: NotAttempted) -> Iterator[tuple[Vehicle, Outcome]]:
        """Yield each vehicle of the inventory with its one outcome in this run.

        `unreached` is the reason for those that the run did not reach. Those that `selection`
        leaves out are NOT_ASKED_FOR.
        """
        for vehicle in self.job.vehicles:
            entry = self.job.journal.entries.get(vehicle.key)
            if vehicle.key in self._lost and entry is not None:
                gone = FailureReason.FILE_GONE
                entry = replace(entry, outcome=FAILED, reason=gone, file="", size=0)
            if vehicle.key in self._ended and entry is not None:
                yield vehicle, Outcome(entry.outcome, entry.reason, entry)
            elif self.job.is_saved(vehicle):
                yield vehicle, Outcome(ALREADY_THERE, "", entry)
            elif vehicle.key in self.job.settled_keys and entry is not None:
                yield vehicle, Outcome(NOT_AVAILABLE, entry.reason, entry)
            else:
                reason = unreached if self.selection.holds(vehicle) else NotAttempted.NOT_ASKED_FOR
                yield vehicle, Outcome(NOT_ATTEMPTED, reason, entry)


def lost_keys(job: Job) -> set[str]:
    """Return the vehicles whose saved bookout is no longer in its folder. Safe in a thread.

    Raise FileNotFoundError if the job's whole folder cannot be seen, which says nothing of files.
    """
    entries, folder = job.journal.entries, job.paths.pdfs
    lost = {key for key in job.saved_keys if not has_file(entries[key], folder)}
    if lost and not is_there(job.paths.run_data):
        raise FileNotFoundError
    return lost
