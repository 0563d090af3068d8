"""A job: one inventory, its folder, and what became of each vehicle over all its runs."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jdp_spider.inventory import InventoryError, normalise, read_inventory
from jdp_spider.job.events import RUN_RESUMED, RUN_STARTED, EventLog
from jdp_spider.job.filenames import allocate, unverified
from jdp_spider.job.folder import JobError, JobFolder, now, storage_error
from jdp_spider.job.journal import FAILED, SAVED, Journal, JournalEntry, is_intact, tracking_table
from jdp_spider.job.limit import DownloadLimit
from jdp_spider.job.links import LinkStore
from jdp_spider.job.selection import Selection
from jdp_spider.pdf.reader import reader
from jdp_spider.pdf.verification import BookoutRejected
from jdp_spider.reasons import FailureReason, NotAttempted
from jdp_spider.utils.files import write_atomic, write_json
from jdp_spider.utils.loading import (
    LARGEST_BOOK,
    Damaged,
    LoadError,
    Record,
    read_bytes,
    read_json,
)
from jdp_spider.utils.redaction import OwnText
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jdp_spider.config.options import Config
    from jdp_spider.inventory import Vehicle
    from jdp_spider.items import BookoutItem

logger = logging.getLogger(__name__)

ALREADY_THERE = "already_there"
NOT_ATTEMPTED = "not_attempted"

_MAX_CHECKPOINTS = 50
"""How often the books are written in a whole inventory at most: so each vehicle costs the same."""


@dataclass(frozen=True)
class Outcome:
    """How a vehicle ended in this run: the word, why, and what the journal has on it."""

    outcome: str
    reason: str
    entry: JournalEntry | None


class Job(JobFolder):
    """Knows the vehicles, what is saved, failed or still to do, and writes it all down.

    With a JOBDIR the job goes on where it stopped, in its own folder; without one each run is a
    job of its own.
    """

    def __init__(
        self, config: Config, jobdir: str | None, account: str, selection: Selection | None = None
    ) -> None:
        super().__init__(config, jobdir, account)
        self.selection = selection or Selection(None)
        self.limit = DownloadLimit(config.max_downloads)
        self.vehicles: list[Vehicle] = []
        self.is_open = False
        self._journal = Journal(Path())
        self.links = LinkStore(Path())
        self._events: EventLog | None = None
        self._files: dict[str, str] = {}
        self._references: Counter[str] = Counter()
        self._saved_keys: set[str] = set()
        self._this_run: set[str] = set()
        self._saved_now = 0
        self.to_do = 0
        """How many vehicles had no saved report when this run began, of those asked for."""
        self._earlier: dict[str, Any] = {}
        self._checkpoint_saves = 0
        self._since_checkpoint = 0
        self._consecutive_failures = 0
        self._last_reference = ""
        self._last_saved = ""
        self._started = ""
        self._clock = 0.0
        self.browser_restarts = 0

    def open(self) -> None:
        """Find or make the job's folder and read what earlier runs of it left.

        Raises JobError or AlreadyRunning.
        """
        self._clock = time.monotonic()
        self._started = now()
        try:
            self.open_or_create()
            self._journal = Journal(self.run_data / "journal.jsonl")
            self._journal.load()
            self.links = LinkStore(self.run_data / "links.jsonl")
            self.links.load()
            self._read_checkpoint()
            self._read_kept_inventory(self.run_data / "inventory.csv")
            self.is_open = True
            self._begin()
        except LoadError as error:
            raise JobError(
                f"{error}: move it away, then run the same command again; PDFs that are there are "
                "checked and kept"
            ) from None
        except OSError as error:
            raise storage_error(error) from error
        except UnicodeEncodeError as error:
            # Its names were written in an environment with another LANG.
            raise JobError(
                f"A folder of this job cannot be named in this system's encoding "
                f"({error.encoding}): set LANG=C.UTF-8, then run the same command again"
            ) from None

    def _begin(self) -> None:
        self._events = EventLog(self.run_data)
        kind = RUN_RESUMED if self.resumed else RUN_STARTED
        text = "The run went on with the job" if self.resumed else "The run started"
        self.note(kind, text, settings={**self._config.shown(), "JOBDIR": str(self.jobdir or "")})

    def note(self, kind: str, text: str, **more: Any) -> None:
        """Put something that happened on the job's time line; before the job is open, nothing."""
        if self._events is not None:
            self._events.note(kind, text, **more)

    def discard_if_unused(self) -> bool:
        """Remove the folders of a new job that never got an inventory; whether they are gone."""
        return not self.resumed and not self.vehicles and self.discard()

    def _read_kept_inventory(self, path: Path) -> None:
        try:
            exported = read_bytes(path, LARGEST_BOOK)
            if exported is not None:
                self._set_vehicles(exported)
        except (Damaged, InventoryError) as error:
            logger.warning("%s is damaged and exported anew: %s", OwnText(path.name), error)

    # Inventory

    def set_inventory(self, exported: bytes) -> None:
        """Keep the exported CSV in the run's folder and read its vehicles.

        Raises InventoryError when it is none, and OSError when it cannot be kept.
        """
        read_inventory(exported)
        write_atomic(self.run_data / "inventory.csv", exported)
        self.links.clear()
        self._set_vehicles(exported)
        self.write_checkpoint()

    def _set_vehicles(self, exported: bytes) -> None:
        self.vehicles = read_inventory(exported)
        names = allocate(vehicle.reference for vehicle in self.vehicles)
        self._references = Counter(normalise(vehicle.reference) for vehicle in self.vehicles)
        self._files = {v.key: name for v, name in zip(self.vehicles, names, strict=True)}
        self._recover_unrecorded_pdfs()
        for vehicle in self.vehicles:
            entry = self._journal.entries.get(vehicle.key)
            if entry is None or entry.outcome != SAVED or entry.vin != vehicle.vin:
                continue
            if is_intact(entry, self.pdfs):
                self._saved_keys.add(vehicle.key)
            else:
                logger.warning(
                    "%s is gone or was changed since it was saved: downloading it again",
                    to_ascii(entry.file),
                )
        self.to_do = len(self.pending())

    def _recover_unrecorded_pdfs(self) -> None:
        """Take PDFs into the journal that it does not know: it was lost, or a kill came between.

        Only what a check of the PDF itself finds to be the vehicle's own report.
        """
        adopted = 0
        for vehicle in self.vehicles:
            path = self.pdfs / self._files[vehicle.key]
            if vehicle.key in self._journal.entries or not path.is_file():
                continue
            try:
                checked = reader.check_file(path, vehicle.reference, vehicle.vin)
            except (LoadError, BookoutRejected):
                continue
            if self.shares_reference(vehicle) and not checked.names_vin:
                continue
            found = dataclasses.asdict(checked)
            self._journal.record(_entry(vehicle, SAVED, file=path.name, **found))
            adopted += 1
        if adopted:
            logger.info("Found %d reports that the books did not know, and checked them", adopted)

    def shares_reference(self, vehicle: Vehicle) -> bool:
        """Whether another vehicle has the same reference, give or take white space."""
        return self._references[normalise(vehicle.reference)] > 1

    def pending(self) -> list[Vehicle]:
        """The vehicles that are asked for and have no saved report, in the order of the CSV."""
        return [
            vehicle
            for vehicle in self.vehicles
            if vehicle.key not in self._saved_keys and self.selection.holds(vehicle)
        ]

    def is_saved(self, vehicle: Vehicle) -> bool:
        """Whether the vehicle's report is saved and was still on the disk when the run began."""
        return vehicle.key in self._saved_keys

    # Outcomes

    async def save(self, report: BookoutItem) -> None:
        """Write the report into its file and then into the books. Raises OSError."""
        vehicle, pdf = report.vehicle, report.pdf
        assert vehicle is not None and pdf is not None
        report.file = self._files[vehicle.key]
        if not report.verified:
            report.file = unverified(report.file)
        # In a thread: a slow disk must not hold up the other vehicles.
        await asyncio.to_thread(write_atomic, self.pdfs / report.file, pdf)
        self._record(
            _entry(
                vehicle,
                SAVED,
                file=report.file,
                sha256=report.sha256,
                size=report.bytes,
                pages=report.pages,
                names_vin=report.names_vin,
                verified=report.verified,
                attempts=report.attempts,
                seconds=report.seconds,
                context=report.context,
            )
        )

    def fail(self, vehicle: Vehicle, reason: FailureReason, attempts: int, seconds: float) -> None:
        """Write a vehicle that finally failed into the books. Raises OSError."""
        known = {"reason": reason, "attempts": attempts, "seconds": seconds}
        self._record(_entry(vehicle, FAILED, **known))

    def _record(self, entry: JournalEntry) -> None:
        self._journal.record(entry)
        self._this_run.add(entry.key)
        if entry.outcome == SAVED:
            self.limit.commit()
            self._saved_now += entry.key not in self._saved_keys
            self._saved_keys.add(entry.key)
            self._consecutive_failures = 0
            self._last_reference, self._last_saved = entry.reference, entry.at
        else:
            self._consecutive_failures += 1
        self._since_checkpoint += 1
        if self._since_checkpoint >= self._checkpoint_interval:
            try:
                self.write_checkpoint()
            except OSError as error:
                # Somebody looks at it, perhaps. The journal has all that counts.
                logger.warning("Could not write the books, later again: %s", to_ascii(str(error)))

    @property
    def _checkpoint_interval(self) -> int:
        return max(self._config.checkpoint_every, len(self.vehicles) // _MAX_CHECKPOINTS)

    def outcomes(self, ended: NotAttempted) -> Iterator[tuple[Vehicle, Outcome]]:
        """Each vehicle of the inventory with its one outcome in this run.

        `ended` is why what was not reached was not. What `selection` leaves out is NOT_ASKED_FOR.
        """
        for vehicle in self.vehicles:
            entry = self._journal.entries.get(vehicle.key)
            if vehicle.key in self._this_run and entry is not None:
                yield vehicle, Outcome(entry.outcome, entry.reason, entry)
            elif vehicle.key in self._saved_keys:
                yield vehicle, Outcome(ALREADY_THERE, "", entry)
            else:
                reason = ended if self.selection.holds(vehicle) else NotAttempted.NOT_ASKED_FOR
                yield vehicle, Outcome(NOT_ATTEMPTED, reason, entry)

    def counts(self) -> Counter[str]:
        """How many vehicles were saved, were already there, and failed in this run, so far."""
        failed = len(self._this_run) - self._saved_now
        there = len(self._saved_keys) - self._saved_now
        return Counter({SAVED: self._saved_now, ALREADY_THERE: there, FAILED: failed})

    # Books

    @property
    def running_seconds(self) -> float:
        """Seconds all runs of this job have taken so far."""
        return float(self._earlier.get("running_seconds", 0)) + self.run_seconds

    @property
    def run_seconds(self) -> float:
        """Seconds since this run opened the job."""
        return time.monotonic() - self._clock

    @property
    def total_browser_restarts(self) -> int:
        """Browser restarts in all runs of this job."""
        return int(self._earlier.get("browser_restarts", 0)) + self.browser_restarts

    @property
    def checkpoint_saves(self) -> int:
        """How often the checkpoint was written in all runs of this job."""
        return int(self._earlier.get("checkpoint_saves", 0)) + self._checkpoint_saves

    def write_checkpoint(self) -> None:
        """Write tracking.json and checkpoint.json anew. Raises OSError."""
        self._since_checkpoint = 0
        self._checkpoint_saves += 1
        names = {key: self._journal.entries[key].file for key in self._saved_keys}
        table = tracking_table(self.vehicles, names)
        write_json(self.run_data / "tracking.json", table)
        write_json(self.run_data / "checkpoint.json", self._checkpoint())

    def _checkpoint(self) -> dict[str, Any]:
        succeeded = len(self._saved_keys)
        failed = sum(
            entry.outcome == FAILED and key in self._files
            for key, entry in self._journal.entries.items()
        )
        return {
            "processed": succeeded + failed,
            "succeeded": succeeded,
            "failed": failed,
            "consecutive_failures": self._consecutive_failures,
            "last_successful_reference": self._last_reference or None,
            "browser_restarts": self.total_browser_restarts,
            "started": self._earlier.get("started") or self._started,
            "last_saved": self._last_saved or None,
            "running_seconds": round(self.running_seconds, 3),
            "checkpoint_saves": self.checkpoint_saves,
        }

    def _read_checkpoint(self) -> None:
        try:
            value = read_json(self.run_data / "checkpoint.json")
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
            # Null is what has not come to pass yet.
            with contextlib.suppress(ValueError):
                self._earlier[name] = read(name)
        self._last_reference = self._earlier.get("last_successful_reference", "")
        self._last_saved = self._earlier.get("last_saved", "")


def _entry(vehicle: Vehicle, outcome: str, **known: Any) -> JournalEntry:
    return JournalEntry(
        key=vehicle.key,
        reference=vehicle.reference,
        vin=vehicle.vin,
        outcome=outcome,
        at=now(),
        **known,
    )
