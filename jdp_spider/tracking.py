"""What became of each vehicle: a journal that is appended to, and tracking.json made from it.

The journal (`journal.jsonl`) gets one line a vehicle at once, so recording costs the same
however many there are. `tracking.json` has the shape that users' scripts already read and is
written anew from time to time.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from jdp_spider.files import append_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from jdp_spider.vehicles import Vehicle

logger = logging.getLogger(__name__)

SAVED = "saved"
FAILED = "failed"


@dataclass(slots=True)
class Entry:
    """One line of the journal: how one vehicle ended in one run."""

    key: str
    reference: str
    vin: str
    outcome: str
    reason: str = ""
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
    def from_line(cls, line: bytes) -> Entry:
        """The entry in a line of the journal. Raises ValueError when it holds none."""
        try:
            value = json.loads(line)
            # Names that this version does not know are of another one, and are passed over.
            known = (
                value if value.keys() <= _FIELDS else {n: value[n] for n in value.keys() & _FIELDS}
            )
            entry = cls(**known)
        except (AttributeError, TypeError, RecursionError) as error:
            raise ValueError(str(error)) from None
        entry._check()
        return entry

    def _check(self) -> None:
        texts = (self.key, self.reference, self.vin, self.outcome, self.reason, self.file)
        others = (self.sha256, self.context, self.at)
        if set(map(type, texts + others)) != {str} or "\0" in self.file:
            raise ValueError("a text is missing")
        numbers = (self.size, self.pages, self.attempts, self.seconds)
        if not set(map(type, numbers)) <= {int, float}:
            raise ValueError("a number is missing")
        if not isinstance(self.verified, bool):
            raise ValueError("verified is neither true nor false")


_FIELDS = frozenset(Entry.__dataclass_fields__)


def read_entries(path: Path) -> Iterator[Entry]:
    """Every entry of a journal, in order; lines that hold none are passed over, with a warning.

    Raises OSError when there is such a file and it cannot be read.
    """
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return
    for number, line in enumerate(lines, start=1):
        try:
            yield Entry.from_line(line)
        except ValueError:
            logger.warning("%s: line %d is no entry, passed over", path.name, number)


class Journal:
    """The journal file of a job and the last entry of each vehicle in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.entries: dict[str, Entry] = {}

    def load(self) -> None:
        """Read the journal. A line that was cut by a crash is passed over, with a warning."""
        self.entries = {entry.key: entry for entry in read_entries(self._path)}

    def record(self, entry: Entry) -> None:
        """Append `entry` and flush it to the disk. Raises OSError, and then nothing is recorded."""
        append_line(
            self._path, json.dumps(asdict(entry), ensure_ascii=False, separators=(",", ":"))
        )
        self.entries[entry.key] = entry

    def saved(self) -> Iterator[Entry]:
        """The entries of vehicles whose last outcome is a saved report."""
        return (entry for entry in self.entries.values() if entry.outcome == SAVED)


def is_whole(entry: Entry, folder: Path) -> bool:
    """Whether the saved report of `entry` is still in `folder`, byte for byte."""
    try:
        data = (folder / entry.file).read_bytes()
    except OSError:
        return False
    return len(data) == entry.size and hashlib.sha256(data).hexdigest() == entry.sha256


def tracking_table(
    vehicles: Iterable[Vehicle], files: Mapping[str, str]
) -> dict[str, str | list[str | None] | None]:
    """tracking.json: each reference to its file name, null while pending.

    `files` holds the file names by the vehicles' keys. Where vehicles share a reference, a list.
    """
    table: dict[str, list[str | None]] = {}
    for vehicle in vehicles:
        table.setdefault(vehicle.reference, []).append(files.get(vehicle.key))
    return {ref: names[0] if len(names) == 1 else names for ref, names in table.items()}
