"""Vehicles that the site has no bookout for: complete runs, hours apart, have seen no link twice.

Each night's run is a job of its own, so what runs have seen is kept with the account's state. A
run counts if it came to its end, was asked for the whole inventory and has read the whole grid.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from jdp_spider.job.outcomes import FAILED, NOT_ATTEMPTED, SAVED
from jdp_spider.reasons import CloseReason, FailureReason, NotAttempted
from jdp_spider.utils.files import write_json
from jdp_spider.utils.loading import Record, read_json
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from jdp_spider.inventory import Vehicle
    from jdp_spider.job.batch import Batch, GridReading, Outcome

logger = logging.getLogger(__name__)

APART = timedelta(hours=6)
"""How long before this run another one must have read the grid."""


def settle(batch: Batch, path: Path, finish_reason: str, *, strict: bool) -> None:
    """Make failed vehicles NOT_AVAILABLE that an earlier complete run has seen without a link, too.

    Keep what this run has seen at `path`, in the account's folder. With `strict` they stay failed.
    What cannot be read or written is logged; then vehicles are settled a night later.
    """
    try:
        known = _load(path)
    except ValueError as error:
        logger.warning("What earlier runs have seen without a bookout link is lost: %s", error)
        known = {}
    seen = _Seen(batch, known, finish_reason)
    try:
        if seen.since != known:
            times = {name: at.isoformat() for name, at in sorted(seen.since.items())}
            write_json(path, {"without_link_since": times})
        for vehicle, since in () if strict else seen.settled:
            batch.settle(vehicle)
            day = f"{since.astimezone():%Y-%m-%d %H:%M}"
            logger.info("Not available: %s, without a bookout link since %s", vehicle.label, day)
    except OSError as error:
        logger.warning(
            "What this run has seen without a bookout link is not kept: %s", to_ascii(str(error))
        )


def _load(path: Path) -> dict[str, datetime]:
    """Return since when vehicles have no link. Raise ValueError if the file is damaged."""
    value = read_json(path)
    if value is None:
        return {}
    times = Record(Record(value).values.get("without_link_since"))
    return {name: times.time(name) for name in times.values}


class _Seen:
    """What is known of the vehicles without a link after this run."""

    def __init__(self, batch: Batch, known: dict[str, datetime], finish_reason: str) -> None:
        self._batch = batch
        self.since = dict(known)
        """Since when vehicles have no link, by name."""
        self.settled: list[tuple[Vehicle, datetime]] = []
        """Those that two complete runs have seen without one."""
        outcomes = list(batch.outcomes(NotAttempted.RUN_ENDED))
        reading = self._reading_of_complete_run(outcomes, finish_reason)
        if reading is not None:
            # What has left the inventory is forgotten.
            names = {_name(vehicle) for vehicle, _ in outcomes}
            self.since = {name: at for name, at in known.items() if name in names}
        for vehicle, outcome in outcomes:
            if _has_link(outcome):
                # It begins anew.
                self.since.pop(_name(vehicle), None)
            elif reading is not None and outcome.outcome == FAILED:
                self._add(vehicle, reading)

    def _reading_of_complete_run(
        self, outcomes: list[tuple[Vehicle, Outcome]], finish_reason: str
    ) -> GridReading | None:
        """Return what the run has read; None if it was not complete."""
        is_complete = (
            finish_reason == CloseReason.FINISHED
            and self._batch.selection.is_all
            and all(outcome.outcome != NOT_ATTEMPTED for _, outcome in outcomes)
        )
        return self._batch.reading if is_complete else None

    def _add(self, vehicle: Vehicle, reading: GridReading) -> None:
        """Note a vehicle that failed for its missing link, if the grid certainly shows none."""
        is_alone = bool(vehicle.vin) or not self._batch.job.shares_reference(vehicle)
        if vehicle.key not in reading.without_link or not is_alone:
            return
        # A clock that was set back must not make it older than it is.
        since = min(self.since.get(_name(vehicle), reading.at), reading.at)
        self.since[_name(vehicle)] = since
        if reading.at - since >= APART:
            self.settled.append((vehicle, since))


def _name(vehicle: Vehicle) -> str:
    return f"{vehicle.key} {vehicle.vin}".strip()


def _has_link(outcome: Outcome) -> bool:
    """Return True if this run has found a link."""
    if outcome.outcome == FAILED:
        return outcome.reason != FailureReason.NO_BOOKOUT_LINK
    return outcome.outcome == SAVED
