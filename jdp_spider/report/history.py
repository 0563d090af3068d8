"""The job in a run's folder: its vehicles, its runs, and what happened to them."""

from __future__ import annotations

import logging
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jdp_spider.inventory import Inventory, PassedOver, Vehicle
from jdp_spider.inventory_table import InventoryError
from jdp_spider.job.events import (
    CONTEXTS_CHANGED,
    RUN_ENDED,
    RUN_RESUMED,
    RUN_STARTED,
    Event,
    read_events,
)
from jdp_spider.job.filenames import allocate, snapshot_number
from jdp_spider.job.folder import RUN_FILE, JobPaths
from jdp_spider.job.journal import JournalEntry, decided, read_entries
from jdp_spider.job.links import LinkStore
from jdp_spider.job.outcomes import FAILED, GONE, NOT_ATTEMPTED, PASSED_OVER, SAVED
from jdp_spider.reasons import CloseReason, NotAttempted, ending
from jdp_spider.report.process import INDEX
from jdp_spider.utils.loading import LARGEST_BOOK, Damaged, parse_json, parse_time, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

logger = logging.getLogger(__name__)

_SHORTEST_S = 1.0
_LONGEST_S = 10_000_000.0
"""More is an error in the file."""


@dataclass(frozen=True)
class Row:
    """A vehicle and what became of it, over all runs."""

    vehicle: Vehicle
    outcome: str
    entry: JournalEntry | None = None
    snapshots: tuple[str, ...] = ()
    why_left: str = ""
    """Why it was not attempted, in words."""

    @property
    def name(self) -> str:
        """Return year, make and model."""
        vehicle = self.vehicle
        return " ".join(filter(None, (vehicle.year, vehicle.make, vehicle.model)))

    @property
    def said(self) -> str:
        """Return the words of the page that tell why it failed, if there are any."""
        return self.entry.said if self.entry and self.outcome == FAILED else ""

    @property
    def at(self) -> datetime | None:
        """Return when it was saved or failed."""
        return _time(self.entry) if self.entry else None


@dataclass
class Run:
    """One run of the job."""

    started: datetime
    ended: datetime
    """Where its end is not known: the last that is known of it."""
    reason: str = ""
    """The close reason; empty while it is at work, and for one that was killed."""
    settings: dict[str, str] = field(default_factory=dict)
    saved: list[datetime] = field(default_factory=list)
    failed: list[datetime] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    took: float = 0.0
    """Seconds that it took, as it has recorded them; 0 for one that was killed."""
    at_work: float = 0.0
    """Seconds for which any vehicle was in flight; 0 where that is not known."""

    @property
    def contexts(self) -> list[tuple[datetime, int]]:
        """Return how many vehicles at a time there were since when, where the run found that."""
        changes = [event for event in self.events if event.kind == CONTEXTS_CHANGED]
        return [(event.at, number) for event in changes if (number := _contexts(event))]

    @property
    def seconds(self) -> float:
        """Return how long it took; where it has not recorded that, at least a second."""
        return self.took or max((self.ended - self.started).total_seconds(), _SHORTEST_S)

    @property
    def idle_seconds(self) -> float:
        """Return for how long no vehicle was in flight: login, export, waits; 0 if not known."""
        return max(self.seconds - self.at_work, 0.0) if self.at_work else 0.0

    @property
    def end(self) -> str:
        """Return how it ended, to follow "The run"."""
        return ending(self.reason) if self.reason else "was killed, or is still at work"


@dataclass(frozen=True)
class JobHistory:
    """Everything that the report shows of a job."""

    folder: str
    rows: list[Row]
    runs: list[Run]
    snapshots: tuple[str, ...]
    """Those of no vehicle, such as the login page's."""
    passed_over: tuple[PassedOver, ...] = ()
    """Rows of the inventory that are no vehicles."""
    group: str = ""
    """The relative address of the page of all accounts, for a job of a group."""
    account: str = ""
    """Its name in that group."""

    def count(self, outcome: str) -> int:
        """Return the number of vehicles with this outcome."""
        return sum(row.outcome == outcome for row in self.rows)

    @property
    def seconds(self) -> float:
        """Return how long all runs took together."""
        return sum(run.seconds for run in self.runs)

    @property
    def idle_seconds(self) -> float:
        """Return for how long no vehicle was in flight, as far as that is known."""
        return sum(run.idle_seconds for run in self.runs)

    @property
    def per_hour(self) -> float:
        """Return the vehicles saved an hour while vehicles were in flight."""
        saved = sum(len(run.saved) for run in self.runs)
        return saved / (self.seconds - self.idle_seconds) * 3600 if saved else 0.0


def read_book(folder: Path) -> JobHistory:
    """Read the run's folder. Raise OSError or LoadError if something in it cannot be read."""
    paths = JobPaths(folder)
    entries = read_entries(paths.journal)
    last = {entry.key: entry for entry in entries}
    inventory = _inventory(paths)
    exported = inventory.vehicles or [
        _vehicle(entry) for entry in last.values() if entry.outcome != PASSED_OVER
    ]
    files = allocate(vehicle.reference for vehicle in exported)
    names = {vehicle.key: name for vehicle, name in zip(exported, files, strict=True)}
    vehicles, passed_over = decided(Inventory(exported, inventory.passed_over), last)
    snapshots = _snapshots(paths.snapshots)
    owned = _by_stem(snapshots, {name.removesuffix(".pdf") for name in files})
    rows = [
        _row(each, last.get(each.key), paths.pdfs, tuple(owned.pop(names[each.key][:-4], ())))
        for each in vehicles
    ]
    runs = _runs(read_events(paths.events), entries)
    return JobHistory(
        folder.resolve().name,
        _respelled(_with_reasons(rows, paths.metrics, runs), paths.links),
        runs,
        tuple(owned.pop("", ())),
        tuple(passed_over),
        *_group(folder.resolve()),
    )


def _respelled(rows: list[Row], links: Path) -> list[Row]:
    """Return the rows with the references of the site, where the export has other forms of them."""
    known = LinkStore.spellings_in(links)
    return [
        replace(row, vehicle=replace(row.vehicle, reference=known[row.vehicle.key]))
        if row.vehicle.key in known
        else row
        for row in rows
    ]


def _group(folder: Path) -> tuple[str, str]:
    """Return the address of the group's page and the account's name, each "" without a group."""
    account = folder.parent
    if not (account.parent / RUN_FILE).is_file():
        return "", ""
    return f"../../{INDEX}", account.name


def _with_reasons(rows: list[Row], metrics: Path, runs: list[Run]) -> list[Row]:
    """Return the rows with why vehicles were not attempted: as the last run has recorded it.

    Where nothing else is recorded, and for a run that was killed: how the run ended.
    """
    if not any(row.outcome == NOT_ATTEMPTED for row in rows):
        return rows
    reason = runs[-1].reason if runs else CloseReason.FINISHED
    last = NotAttempted.RUN_ENDED.text
    if reason != CloseReason.FINISHED:
        last = f"The run {runs[-1].end}"
    recorded = _recorded_reasons(metrics) if reason else []
    by_place = recorded if len(recorded) == len(rows) else [("", "")] * len(rows)
    return [
        _with_reason(row, recorded, last) if row.outcome == NOT_ATTEMPTED else row
        for row, recorded in zip(rows, by_place, strict=True)
    ]


def _with_reason(row: Row, recorded: tuple[str, str], last: str) -> Row:
    """Return the row with the reason recorded for its reference, else with `last`."""
    reference, word = recorded
    known = NotAttempted.known(word) if reference == row.vehicle.reference else None
    is_told = known in (NotAttempted.LIMIT, NotAttempted.NOT_ASKED_FOR)
    return replace(row, why_left=known.text if known and is_told else last)


def _recorded_reasons(metrics: Path) -> list[tuple[str, str]]:
    """Return reference and reason of each vehicle of the last run; none if they are not known."""
    try:
        value = parse_json(read_bytes(metrics, LARGEST_BOOK) or b"")
        return [(str(row["reference"]), str(row["reason"])) for row in value["vehicles"]]
    except (ValueError, KeyError, TypeError):
        return []


def _inventory(paths: JobPaths) -> Inventory:
    """Return the inventory, or an empty one if it is missing or damaged."""
    try:
        return paths.load_inventory() or Inventory([], [])
    except (Damaged, InventoryError) as error:
        name = paths.inventory.name
        logger.warning("%s is damaged, the journal's vehicles are shown: %s", name, error)
        return Inventory([], [])


def _vehicle(entry: JournalEntry) -> Vehicle:
    copy = int(entry.key.rpartition("#")[2])
    return Vehicle(entry.reference, entry.vin, copy, year="", make="", model="")


def _row(
    vehicle: Vehicle, entry: JournalEntry | None, pdfs: Path, snapshots: tuple[str, ...]
) -> Row:
    if entry is None or (entry.outcome == SAVED and entry.vin != vehicle.vin):
        return Row(vehicle, NOT_ATTEMPTED, None, snapshots)
    if entry.outcome == SAVED and not (pdfs / entry.file).is_file():
        return Row(vehicle, GONE, entry, snapshots)
    return Row(vehicle, entry.outcome, entry, snapshots)


# Snapshots


def _snapshots(folder: Path) -> list[str]:
    """Return their names, the oldest first."""
    if not folder.is_dir():
        return []
    names = [path.name for path in folder.iterdir() if path.is_file()]
    return sorted(names, key=lambda name: (snapshot_number(name), name))


def _by_stem(names: Iterable[str], stems: set[str]) -> dict[str, list[str]]:
    """Return the snapshots by the stem that their names begin with; "" has those of no vehicle.

    The longest stem that fits counts: 165548~2.png is not 165548's. No letter or digit follows it.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        heads = (name[:end] for end in range(len(name) - 1, 0, -1) if not name[end].isalnum())
        owner = next((head for head in heads if head in stems), "")
        found.setdefault(owner, []).append(name)
    return found


# Runs


def _runs(events: list[Event], entries: list[JournalEntry]) -> list[Run]:
    """Return the runs in order, and one in front if vehicles were in flight before the first."""
    runs: list[Run] = []
    for event in events:
        if event.kind in (RUN_STARTED, RUN_RESUMED) or not runs:
            runs.append(Run(event.at, event.at, settings=_settings(event)))
        _add_event(runs[-1], event)
    runs.sort(key=lambda run: run.started)
    timed = [(at, entry) for entry in entries if (at := _time(entry)) is not None]
    begun = min((at - timedelta(seconds=entry.seconds) for at, entry in timed), default=None)
    if begun and (not runs or min(at for at, _ in timed) < runs[0].started):
        runs.insert(0, Run(begun, begun))
    starts = [run.started for run in runs]
    for at, entry in timed:
        _add_entry(runs[max(bisect_right(starts, at) - 1, 0)], at, entry)
    return runs


def _contexts(event: Event) -> int:
    number = event.more.get("contexts")
    return number if type(number) is int else 0


def _add_event(run: Run, event: Event) -> None:
    run.events.append(event)
    run.ended = max(run.ended, event.at)
    if event.kind == RUN_ENDED:
        run.reason = str(event.more.get("reason", ""))
        run.took, run.at_work = _seconds(event, "seconds"), _seconds(event, "at_work_seconds")


def _add_entry(run: Run, at: datetime, entry: JournalEntry) -> None:
    run.ended = max(run.ended, at)
    # One found on the disk had no attempt: it says nothing about how fast the run was.
    if entry.attempts:
        (run.failed if entry.outcome == FAILED else run.saved).append(at)


def _seconds(event: Event, name: str) -> float:
    value = event.more.get(name)
    if not isinstance(value, (int, float)) or not 0 < value < _LONGEST_S:
        return 0.0
    return float(value)


def _settings(event: Event) -> dict[str, str]:
    settings = event.more.get("settings")
    if not isinstance(settings, dict):
        return {}
    return {str(name): str(value) for name, value in settings.items()}


def _time(entry: JournalEntry) -> datetime | None:
    try:
        return parse_time(entry.at)
    except ValueError:
        return None
