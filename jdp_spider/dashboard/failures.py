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
    from collections.abc import Sequence
    from pathlib import Path

    from jdp_spider.report.history import JobHistory

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
    said: str
    """The words of the page that tell why; empty if there are none."""
    picture: str
    """The name of the snapshot of its page; empty if there is none."""
    no_picture: str
    """Why there is none."""


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


def _picture(snapshots: Sequence[str], reason: str) -> str:
    """Return the newest picture; one of this failure, if there is any."""
    pictures = [name for name in snapshots if name.endswith(_PICTURE)]
    of_reason = [name for name in pictures if f"~{reason}~" in name]
    return next(iter((of_reason or pictures)[-1:]), "")


def _why_no_picture(book: JobHistory) -> str:
    """Say why a failed vehicle of the job's last run has no picture."""
    most = book.runs[-1].settings.get("JDP_SNAPSHOTS", "") if book.runs else ""
    pictures = [each for row in book.rows for each in row.snapshots if each.endswith(_PICTURE)]
    if most == "0":
        return "No pictures of pages are kept: JDP_SNAPSHOTS is 0."
    if most.isdecimal() and len(pictures) >= int(most):
        # Of one run, where these are the pictures of all runs of the job.
        return f"Without a picture: no page was open, or {most} were kept already (JDP_SNAPSHOTS)."
    return "Without a picture: no page was open when it failed."


def _read(folder: Path) -> tuple[FailureGroup, ...]:
    try:
        book = read_book(folder)
    except (OSError, LoadError):
        return ()
    no_picture = _why_no_picture(book)
    found: dict[Remedy, list[FailedVehicle]] = defaultdict(list)
    for row in book.rows:
        if row.outcome == FAILED and row.entry is not None:
            reason = row.entry.reason
            found[reasons.remedy(reason)].append(
                FailedVehicle(
                    row.vehicle.reference or "(no reference)",
                    row.name,
                    reasons.why(reason),
                    reasons.advice(reason),
                    row.said,
                    _picture(row.snapshots, reason),
                    no_picture,
                )
            )
    return tuple(
        FailureGroup(title, len(found[each]), tuple(found[each][:MOST_SHOWN]))
        for each, title in _TITLES.items()
        if found[each]
    )
