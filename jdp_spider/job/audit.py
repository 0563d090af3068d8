"""Checks the PDFs of a job against its journal and their own contents."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.inventory_table import InventoryError
from jdp_spider.job.folder import JobPaths
from jdp_spider.job.journal import Journal, JournalEntry
from jdp_spider.job.outcomes import FAILED, SAVED
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.pdf.reader import reader
from jdp_spider.reasons import FailureReason
from jdp_spider.utils.loading import LoadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from jdp_spider.inventory import Vehicle

logger = logging.getLogger(__name__)

_KEPT = ("pages", "names_vin", "sha256", "size", "verified")
"""What the journal keeps of a checked PDF."""


class Finding(NamedTuple):
    """The result for one file; `problem` is empty if it is right."""

    name: str
    problem: str
    entry: JournalEntry | None

    @property
    def is_missing(self) -> bool:
        """True if there is no file to read."""
        return self.problem == _MISSING


_MISSING = "is missing"


def verify(folder: Path) -> Iterator[Finding]:
    """Yield a finding for each PDF in the journal, and for each file that is not in it.

    Raise OSError if the folder cannot be read, or LoadError if the journal cannot.
    """
    paths = JobPaths(folder)
    pdfs = paths.pdfs
    reader.compare_with(_vehicles(paths))
    known = set()
    for entry in _journal(folder).saved():
        known.add(entry.file)
        yield Finding(entry.file, _problem(pdfs / entry.file, entry), entry)
    for path in sorted(pdfs.glob("*.pdf")):
        if path.name not in known:
            yield Finding(path.name, "is not in the books of this run", None)


def _vehicles(paths: JobPaths) -> list[Vehicle]:
    """Return the inventory that the PDFs were compared with when they were saved, if it is left."""
    with contextlib.suppress(OSError, LoadError, InventoryError):
        if inventory := paths.load_inventory():
            return inventory.vehicles
    return []


def _journal(folder: Path) -> Journal:
    journal = Journal(JobPaths(folder).journal)
    journal.load()
    return journal


def _problem(path: Path, entry: JournalEntry) -> str:
    try:
        if entry.verified:
            report = reader.check_file(path, entry.reference, entry.vin)
        else:
            report = reader.check_unverified_file(path)
    except FileNotFoundError:
        return _MISSING
    except LoadError as error:
        return error.problem
    except BookoutRejected as refused:
        return f"is not the report of this vehicle ({refused})"
    if report.sha256 != entry.sha256:
        return "was changed since it was saved"
    return ""


def mark_for_download(folder: Path, findings: Iterable[Finding]) -> int:
    """Note in the journal that these are to be downloaded again. Return their number.

    Raise OSError if the journal cannot be written, or LoadError if it cannot be read.
    """
    journal = _journal(folder)
    entries = [finding.entry for finding in findings if finding.entry is not None]
    for entry in entries:
        journal.record(
            dataclasses.replace(entry, outcome=FAILED, reason=FailureReason.MARKED_BY_VERIFY)
        )
    return len(entries)


def recover_unrecorded_pdfs(
    journal: Journal,
    places: Iterable[tuple[Vehicle, Path]],
    needs_vin: Callable[[Vehicle], bool],
) -> None:
    """Record PDFs that are on disk but not in the journal, as after a kill between the two.

    Only those that a check of the PDF itself proves to be the vehicle's own bookout. `places` has
    the path at which each vehicle's PDF would be. Raise OSError if the journal cannot be written.
    """
    recovered = 0
    for vehicle, path in places:
        if vehicle.key in journal.entries or not path.is_file():
            continue
        try:
            checked = reader.check_file(path, vehicle.reference, vehicle.vin)
        except (LoadError, BookoutRejected):
            continue
        if needs_vin(vehicle) and not checked.names_vin:
            continue
        found = {name: getattr(checked, name) for name in _KEPT}
        journal.record(JournalEntry.of(vehicle, SAVED, file=path.name, **found))
        recovered += 1
    if recovered:
        logger.info("Found %d reports that the books did not know, and checked them", recovered)
