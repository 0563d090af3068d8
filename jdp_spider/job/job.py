"""A job: one inventory, its folder, and the outcome of each vehicle over all its runs."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jdp_spider.inventory import normalise, read_inventory
from jdp_spider.inventory_table import InventoryError
from jdp_spider.job.audit import recover_unrecorded_pdfs
from jdp_spider.job.checkpoint import Checkpoint
from jdp_spider.job.filenames import allocate, respell, unverified
from jdp_spider.job.folder import JobError, JobFolder, JobPaths, storage_error
from jdp_spider.job.journal import (
    Journal,
    JournalEntry,
    decided,
    is_intact,
    no_vehicle,
    tracking_table,
)
from jdp_spider.job.links import LinkStore
from jdp_spider.job.outcomes import FAILED, NOT_AVAILABLE, PASSED_OVER, SAVED
from jdp_spider.pdf.reader import reader
from jdp_spider.reasons import FailureReason
from jdp_spider.utils.files import write_atomic, write_each
from jdp_spider.utils.loading import Damaged, LoadError
from jdp_spider.utils.redaction import OwnText
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from jdp_spider.config.options import Config
    from jdp_spider.inventory import Inventory, Vehicle
    from jdp_spider.items import BookoutItem

logger = logging.getLogger(__name__)

_NO_VEHICLE = "No vehicle of the exported inventory: %s"
_NONE = (
    "The exported inventory holds no vehicle. If the site shows some in a browser, look whether "
    "the account is at the right dealership, and run the same command again"
)

_MAX_CHECKPOINTS = 50
"""Checkpoints written per inventory at most, so that the cost per vehicle is constant."""


class Job:
    """Knows the vehicles, and records which are saved, failed or pending.

    With a JOBDIR the job resumes where it stopped, in its own folder. Without one, each run is a
    job of its own.
    """

    def __init__(self, config: Config, jobdir: str | None, account: str) -> None:
        self.folder = JobFolder(config.download_folder, jobdir, account)
        self.paths = JobPaths(Path())
        self.journal = Journal(Path())
        self.links = LinkStore(Path())
        self.checkpoint = Checkpoint(self.paths)
        self.is_open = False
        self.vehicles: list[Vehicle] = []
        self.saved_keys: set[str] = set()
        """The vehicles whose bookout is saved, and was still on disk when the run began."""
        self.settled_keys: set[str] = set()
        """The vehicles that are NOT_AVAILABLE; empty with JDP_STRICT."""
        self._strict = config.strict
        self._checkpoint_every = config.checkpoint_every
        self.files: dict[str, str] = {}
        """The name of each vehicle's PDF, by its key: no other vehicle has it."""
        self._references: Counter[str] = Counter()
        self._short = 0
        """The number of vehicles of an export that lacked some; 0 if there is none."""

    def open(self) -> None:
        """Find or create the job's folder and read the records of earlier runs.

        Raise AlreadyRunning if another run has the job, JobError if a folder or record is unusable.
        """
        try:
            self.paths = self.folder.open_or_create()
            self._load()
            self.is_open = True
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

    def _load(self) -> None:
        self.checkpoint = Checkpoint(self.paths)
        self.checkpoint.load()
        self.journal = Journal(self.paths.journal)
        self.journal.load()
        self.links = LinkStore(self.paths.links)
        self.links.load()
        try:
            inventory = self.paths.load_inventory()
            if inventory and self.links.unlisted:
                logger.info(
                    "The inventory is exported again: the grid shows %d or more vehicles that it "
                    "does not have",
                    self.links.unlisted,
                )
                self._short = len(inventory.vehicles)
            elif inventory:
                self._set_vehicles(inventory)
        except (Damaged, InventoryError) as error:
            name = OwnText(self.paths.inventory.name)
            logger.warning("%s is damaged and is exported again: %s", name, error)

    def close(self) -> None:
        """Release the job for another run."""
        self.folder.close()

    def discard_if_unused(self) -> bool:
        """Remove the folders of a new job that never got an inventory. Return True if removed."""
        return not self.folder.resumed and not self.vehicles and self.folder.discard()

    # Inventory

    def set_inventory(self, exported: bytes) -> None:
        """Keep the exported CSV in the job's folder and read its vehicles.

        Raise InventoryError if it is none, or an empty one, and OSError if it cannot be kept.
        """
        inventory = read_inventory(exported)
        if not inventory.vehicles:
            raise InventoryError(_NONE)
        write_atomic(self.paths.inventory, exported)
        unlisted = self.links.unlisted if len(inventory.vehicles) <= self._short else 0
        self.links.clear()
        if unlisted:
            # The export leaves them out, or is cut each time.
            self.links.note_unlisted(unlisted)
        self._set_vehicles(inventory)
        self.write_checkpoint()

    def _set_vehicles(self, inventory: Inventory) -> None:
        rows, inventory = inventory.vehicles, decided(inventory, self.journal.entries)
        self.vehicles = inventory.vehicles
        for row in inventory.passed_over:
            logger.info(_NO_VEHICLE, row)
        if inventory.warning:
            logger.warning("%s: see the lines above, or report.html", inventory.warning)
        reader.compare_with(self.vehicles)
        # The same names in each run, whatever turned out to be no vehicle meanwhile.
        names = allocate(vehicle.reference for vehicle in rows)
        self._references = Counter(normalise(vehicle.reference) for vehicle in self.vehicles)
        self.files = {v.key: name for v, name in zip(rows, names, strict=True)}
        for key, spelling in self.links.spellings.items():
            respell(self.files, key, spelling)
        recover_unrecorded_pdfs(
            self.journal,
            ((vehicle, self.paths.pdfs / self.files[vehicle.key]) for vehicle in self.vehicles),
            needs_vin=self.shares_reference,
        )
        for vehicle in self.vehicles:
            entry = self.journal.entries.get(vehicle.key)
            if entry is None or entry.vin != vehicle.vin:
                continue
            if entry.outcome == NOT_AVAILABLE and not self._strict:
                self.settled_keys.add(vehicle.key)
            if entry.outcome != SAVED:
                continue
            if is_intact(entry, self.paths.pdfs):
                self.saved_keys.add(vehicle.key)
            else:
                logger.warning(
                    "%s is gone or was changed since it was saved: downloading it again",
                    to_ascii(entry.file),
                )

    def shares_reference(self, vehicle: Vehicle) -> bool:
        """Return True if another vehicle has the same reference, ignoring white space."""
        return self._references[normalise(vehicle.reference)] > 1

    def pending(self) -> list[Vehicle]:
        """Return the vehicles without a saved bookout, in the order of the CSV."""
        return [vehicle for vehicle in self.vehicles if vehicle.key not in self.saved_keys]

    def is_saved(self, vehicle: Vehicle) -> bool:
        """Return True if the vehicle's bookout is saved."""
        return vehicle.key in self.saved_keys

    # Outcomes

    def has_failed(self, vehicle: Vehicle) -> bool:
        """Return True if the vehicle's last outcome, in whatever run, is that it failed."""
        entry = self.journal.entries.get(vehicle.key)
        return entry is not None and entry.outcome == FAILED

    async def save(self, item: BookoutItem) -> None:
        """Write the bookout to its file, then record it. Raise OSError if either fails."""
        assert item.vehicle is not None and item.pdf is not None
        item.file = self.files[item.vehicle.key]
        if not item.verified:
            item.file = unverified(item.file)
        # In a thread: a slow disk must not hold up the other vehicles.
        await asyncio.to_thread(write_atomic, self.paths.pdfs / item.file, item.pdf)
        self._record(JournalEntry.from_item(item))

    def fail(
        self, vehicle: Vehicle, reason: FailureReason, attempts: int, seconds: float, said: str = ""
    ) -> bool:
        """Record a vehicle that failed for good. Raise OSError if the disk does not take it.

        What only a reference says to be a vehicle is none if the grid does not show it: then return
        False, and record that.
        """
        if not vehicle.certain and reason == FailureReason.NO_BOOKOUT_LINK:
            self.journal.record(JournalEntry.of(vehicle, PASSED_OVER))
            self.vehicles.remove(vehicle)
            logger.info(_NO_VEHICLE, no_vehicle(vehicle))
            return False
        known = {"reason": reason, "attempts": attempts, "seconds": seconds, "said": said}
        self._record(JournalEntry.of(vehicle, FAILED, **known))
        return True

    def _record(self, entry: JournalEntry) -> None:
        self.journal.record(entry)
        self.checkpoint.add(entry)
        self.settled_keys.discard(entry.key)
        if entry.outcome == SAVED:
            self.saved_keys.add(entry.key)
        interval = max(self._checkpoint_every, len(self.vehicles) // _MAX_CHECKPOINTS)
        if self.checkpoint.since_write < interval:
            return
        try:
            self.write_checkpoint()
        except OSError as error:
            # Another program may hold one of the files. The journal has all that counts.
            logger.warning(
                "Could not write the checkpoint, trying again later: %s", to_ascii(str(error))
            )

    def write_checkpoint(self) -> None:
        """Rewrite tracking.json and checkpoint.json. Raise the first OSError after trying both."""
        for error in write_each(checkpoint_files(self)).values():
            raise error


def checkpoint_files(job: Job) -> dict[Path, Any]:
    """Return the contents of the job's tracking.json and checkpoint.json by their paths."""
    entries = job.journal.entries
    names = {key: entries[key].file for key in job.saved_keys}
    known = {vehicle.key for vehicle in job.vehicles}
    failed = sum(e.outcome == FAILED and key in known for key, e in entries.items())
    table = tracking_table(job.vehicles, names)
    return job.checkpoint.files(table, len(job.saved_keys), failed)
