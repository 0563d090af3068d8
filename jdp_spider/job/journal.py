"""The outcome of each vehicle: an append-only journal, and tracking.json made from it.

The journal (`journal.jsonl`) gets one line per vehicle at once, so recording costs the same
however many there are. `tracking.json` has the shape that users' scripts already read, and is
rewritten from time to time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from jdp_spider.inventory import Inventory, PassedOver
from jdp_spider.items import BookoutItem
from jdp_spider.job.filenames import is_file_name
from jdp_spider.job.folder import now
from jdp_spider.job.outcomes import FAILED, NOT_AVAILABLE, PASSED_OVER, SAVED
from jdp_spider.utils.files import append_line
from jdp_spider.utils.loading import LARGEST_PDF, LoadError, read_bytes, read_lines
from jdp_spider.utils.redaction import OwnText
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from jdp_spider.inventory import Vehicle

logger = logging.getLogger(__name__)

_COPY = re.compile(r"[1-9][0-9]{0,8}")
_LONGEST_S = 10_000_000
"""Most seconds that one vehicle can have taken; more is an error in the file."""


@dataclass(slots=True)
class JournalEntry:
    """One line of the journal: how one vehicle ended in one run."""

    key: str
    reference: str
    vin: str
    outcome: str
    reason: str = ""
    said: str = ""
    """The first words of the page that the failure quotes, if any."""
    file: str = ""
    sha256: str = ""
    size: int = 0
    pages: int = 0
    names_vin: bool = False
    verified: bool = True
    attempts: int = 0
    seconds: float = 0.0
    context: str = ""
    at: str = ""

    @classmethod
    def of(cls, vehicle: Vehicle, outcome: str, **known: Any) -> JournalEntry:
        """Return the entry of a vehicle that has just finished."""
        return cls(vehicle.key, vehicle.reference, vehicle.vin, outcome, at=now(), **known)

    @classmethod
    def from_item(cls, item: BookoutItem) -> JournalEntry:
        """Return the entry of a bookout that has just been saved."""
        assert item.vehicle is not None
        known = {name: getattr(item, name) for name in _OF_ITEM}
        return cls.of(item.vehicle, SAVED, size=item.bytes, **known)

    @classmethod
    def from_value(cls, value: Any) -> JournalEntry:
        """Return the entry that a line of the journal holds. Raise ValueError if none."""
        try:
            # Names that this version does not know are another version's, and are ignored.
            known = (
                value if value.keys() <= _FIELDS else {n: value[n] for n in value.keys() & _FIELDS}
            )
            entry = cls(**known)
        except (AttributeError, TypeError) as error:
            raise ValueError(str(error)) from None
        entry._check()
        return entry

    def _check(self) -> None:
        texts = (self.key, self.reference, self.vin, self.outcome, self.reason, self.file)
        others = (self.said, self.sha256, self.context, self.at)
        if set(map(type, texts + others)) != {str}:
            raise ValueError("a text is missing")
        wholes = (self.size, self.pages, self.attempts)
        if set(map(type, wholes)) != {int} or type(self.seconds) not in (int, float):
            raise ValueError("a number is missing")
        if min(*wholes, self.seconds) < 0 or self.seconds > _LONGEST_S:
            raise ValueError("a number is out of range")
        if type(self.verified) is not bool or type(self.names_vin) is not bool:
            raise ValueError("verified or names_vin is neither true nor false")
        self._check_words()

    def _check_words(self) -> None:
        copy = self.key.removeprefix(f"{self.reference}#")
        if not _COPY.fullmatch(copy):
            raise ValueError("the key is not that of the reference")
        # A failed one has a name where `scrapy verify` marked it.
        has_file = is_file_name(self.file)
        if self.outcome not in _OUTCOMES or not (has_file or self.file == ""):
            raise ValueError("no outcome, or no name of a PDF")
        if self.outcome == SAVED and not has_file:
            raise ValueError("saved without a name")


_OUTCOMES = (SAVED, FAILED, NOT_AVAILABLE, PASSED_OVER)
_FIELDS = frozenset(JournalEntry.__dataclass_fields__)
_OF_ITEM = frozenset(BookoutItem.__dataclass_fields__) & _FIELDS - {"reference", "vin"}


def read_entries(path: Path) -> list[JournalEntry]:
    """Return all entries of a journal, in order; lines that hold none are skipped, with a warning.

    Raise LoadError if the file exists but cannot be read.
    """
    found = read_lines(path, JournalEntry.from_value)
    if found.damaged:
        logger.warning(
            "%s: lines that cannot be read: %d, the first is line %d; their vehicles' PDFs are "
            "checked and taken in by the next run, or downloaded again",
            OwnText(path.name),
            found.damaged,
            found.first,
        )
    return found.values


class Journal:
    """The journal file of a job, and the last entry of each vehicle in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.entries: dict[str, JournalEntry] = {}

    def load(self) -> None:
        """Read the journal. A line cut by a crash is skipped, with a warning.

        Raise LoadError if the file exists but cannot be read.
        """
        self.entries = {entry.key: entry for entry in read_entries(self._path)}

    def record(self, entry: JournalEntry) -> None:
        """Append `entry` and flush it to disk. Raise OSError if that fails: nothing is recorded."""
        append_line(
            self._path, json.dumps(asdict(entry), ensure_ascii=False, separators=(",", ":"))
        )
        self.entries[entry.key] = entry

    def saved(self) -> Iterator[JournalEntry]:
        """Yield the entries of vehicles whose last outcome is a saved bookout."""
        return (entry for entry in self.entries.values() if entry.outcome == SAVED)


def no_vehicle(vehicle: Vehicle) -> PassedOver:
    """Return the row of what turned out to be no vehicle."""
    why = "only a reference, which the grid does not show"
    return PassedOver(vehicle.line, why, to_ascii(vehicle.reference)[:60])


def decided(inventory: Inventory, entries: Mapping[str, JournalEntry]) -> Inventory:
    """Return the inventory without what earlier runs found to be no vehicles."""
    vehicles, passed_over = [], list(inventory.passed_over)
    for vehicle in inventory.vehicles:
        entry = entries.get(vehicle.key)
        if entry is None or entry.outcome != PASSED_OVER or vehicle.certain:
            vehicles.append(vehicle)
        else:
            passed_over.append(no_vehicle(vehicle))
    return Inventory(vehicles, sorted(passed_over))


def is_intact(entry: JournalEntry, folder: Path) -> bool:
    """Return True if the saved bookout of `entry` is still in `folder`, byte for byte."""
    if not is_file_name(entry.file):
        return False
    try:
        data = read_bytes(folder / entry.file, LARGEST_PDF)
    except LoadError:
        return False
    if data is None or len(data) != entry.size:
        return False
    return hashlib.sha256(data).hexdigest() == entry.sha256


def has_file(entry: JournalEntry, folder: Path) -> bool:
    """Return True if `folder` has the file of `entry`, in its size; `is_intact` reads it, too."""
    try:
        return (folder / entry.file).stat().st_size == entry.size
    except OSError:
        return False


def tracking_table(
    vehicles: Iterable[Vehicle], files: Mapping[str, str]
) -> dict[str, str | list[str | None] | None]:
    """Return tracking.json: each reference's file name, null while pending.

    `files` maps the vehicles' keys to file names. Vehicles that share a reference get a list.
    """
    table: dict[str, list[str | None]] = {}
    for vehicle in vehicles:
        table.setdefault(vehicle.reference, []).append(files.get(vehicle.key))
    return {ref: names[0] if len(names) == 1 else names for ref, names in table.items()}
