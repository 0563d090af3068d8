"""The vehicles of a job that failed, grouped by what becomes of them."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider import reasons
from jdp_spider.job.folder import JobPaths
from jdp_spider.job.outcomes import FAILED
from jdp_spider.reasons import Remedy
from jdp_spider.report.history import read_book
from jdp_spider.utils.loading import LoadError

if TYPE_CHECKING:
    from pathlib import Path

MOST_SHOWN = 100
"""Vehicles of a group; the report has all."""
_TITLES = {
    Remedy.AGAIN: "Try again",
    Remedy.PERSON: "Needs you",
    Remedy.SOLD: "Nothing to do: probably sold",
}
_PICTURE = ".png"


class FailedVehicle(NamedTuple):
    """A vehicle that failed."""

    reference: str
    name: str
    words: str
    advice: str
    pictures: tuple[str, ...]
    """The names of its snapshots."""


class FailureGroup(NamedTuple):
    """Vehicles that need the same."""

    title: str
    total: int
    vehicles: tuple[FailedVehicle, ...]


class Failures:
    """Reads the failures of a job; again only when its journal has grown."""

    def __init__(self) -> None:
        self._seen: tuple[Path | None, int] = (None, -1)
        self._groups: tuple[FailureGroup, ...] = ()

    def of(self, folder: Path) -> tuple[FailureGroup, ...]:
        """Return the groups, those for another try first; none if they cannot be read."""
        size = -1
        with contextlib.suppress(OSError):
            size = JobPaths(folder).journal.stat().st_size
        if (folder, size) != self._seen:
            self._seen, self._groups = (folder, size), _read(folder)
        return self._groups


def _read(folder: Path) -> tuple[FailureGroup, ...]:
    try:
        rows = read_book(folder).rows
    except (OSError, LoadError):
        return ()
    found: dict[Remedy, list[FailedVehicle]] = defaultdict(list)
    for row in rows:
        if row.outcome == FAILED and row.entry is not None:
            reason = row.entry.reason
            found[reasons.remedy(reason)].append(
                FailedVehicle(
                    row.vehicle.reference or "(no reference)",
                    row.name,
                    reasons.why(reason),
                    reasons.advice(reason),
                    tuple(name for name in row.snapshots if name.endswith(_PICTURE)),
                )
            )
    return tuple(
        FailureGroup(title, len(found[each]), tuple(found[each][:MOST_SHOWN]))
        for each, title in _TITLES.items()
        if found[each]
    )
