"""The folders of runs beside each other, and those that were packed: their days and figures."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.job.folder import JobPaths
from jdp_spider.job.packed import ENDING, read_member
from jdp_spider.utils.loading import LARGEST_BOOK, Record, parse_json, read_bytes, read_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_NAME = re.compile(r"(\d\d)-(\d\d)-(\d{4})(?: \((\d{1,9})\))?")
"""The name that a run's folder has: its day, and a number from the second of a day on."""
_FIGURES_BYTES = 4000
_VEHICLES = b'"vehicles": ['


@dataclass(frozen=True)
class Figures:
    """What a job has come to, as its metrics.json says."""

    total: int = 0
    saved: int = 0
    failed: int = 0
    not_available: int = 0
    reason: str = ""
    """The close reason of its last run; empty where there are no figures."""

    @property
    def missing(self) -> int:
        """Return the number of vehicles that lack the report which the site has of them."""
        return max(self.total - self.saved - self.not_available, 0)

    @property
    def left(self) -> int:
        """Return the number of vehicles that were not attempted."""
        return max(self.missing - self.failed, 0)

    @property
    def is_complete(self) -> bool:
        """Return True if every vehicle has its report, or is not available."""
        return bool(self.reason and self.total and not self.missing)


class RunFolder(NamedTuple):
    """The folder of a run, or the zip into which it was packed."""

    path: Path
    order: tuple[date, int]
    """Its day, and its number on that day."""

    @property
    def is_packed(self) -> bool:
        """Return True for a zip."""
        return self.path.name.endswith(ENDING)

    @property
    def name(self) -> str:
        """Return the name of the folder, packed or not."""
        return self.path.name.removesuffix(ENDING)

    @property
    def figures(self) -> Figures:
        """Return what its job has come to; without figures if they cannot be read."""
        return _figures_or_none(self._start, self.metrics)

    def metrics(self) -> bytes:
        """Return metrics.json; nothing if there is none. Raise LoadError if it is unreadable."""
        if self.is_packed:
            return read_member(self.path, self._metrics, LARGEST_BOOK)
        return read_bytes(JobPaths(self.path).metrics, LARGEST_BOOK) or b""

    def _start(self) -> bytes:
        if self.is_packed:
            return read_member(self.path, self._metrics, _FIGURES_BYTES, start=True)
        return read_start(JobPaths(self.path).metrics, _FIGURES_BYTES)

    @property
    def _metrics(self) -> str:
        return f"{self.name}/run_data/metrics.json"


def read_figures(folder: Path) -> Figures:
    """Return what the job of a run's folder has come to, whatever the folder is called."""
    path = JobPaths(folder).metrics
    return _figures_or_none(
        lambda: read_start(path, _FIGURES_BYTES), lambda: read_bytes(path, LARGEST_BOOK) or b""
    )


def run_day(name: str) -> tuple[date, int] | None:
    """Return the day in the name of a run's folder and the number of the run; None: no such."""
    found = _NAME.fullmatch(name)
    if not found:
        return None
    month, day, year, number = found.groups(default="1")
    try:
        return date(int(year), int(month), int(day)), int(number)
    except ValueError:
        return None


def find_runs(parent: Path) -> list[RunFolder]:
    """Return the runs below `parent`, newest first. Raise OSError.

    Where there is a folder and a zip of the same name, the folder counts: it was unpacked.
    """
    found = {run.name: run for run in sorted(_runs(parent), key=lambda run: not run.is_packed)}
    return sorted(found.values(), key=lambda run: run.order, reverse=True)


def _runs(parent: Path) -> Iterator[RunFolder]:
    for path in parent.iterdir():
        order = run_day(path.name.removesuffix(ENDING))
        is_packed = path.name.endswith(ENDING) and path.is_file()
        if order and (is_packed or JobPaths(path).run_data.is_dir()):
            yield RunFolder(path, order)


def _figures_or_none(start: Callable[[], bytes], whole: Callable[[], bytes]) -> Figures:
    # A damaged run must not cost the page of all others.
    with contextlib.suppress(ValueError):
        return _figures(start(), whole)
    return Figures()


def _figures(start: bytes, whole: Callable[[], bytes]) -> Figures:
    """Return the figures of a metrics.json, which stand before its vehicles.

    Reading the vehicles of a year's nights takes many seconds. Raise ValueError.
    """
    head, found, _ = start.partition(_VEHICLES)
    value = None
    if found:
        with contextlib.suppress(ValueError):
            value = Record(parse_json(head.rstrip().rstrip(b",") + b"}"))
    value = value or Record(parse_json(whole()))
    return Figures(
        total=value.whole("total_inventory"),
        saved=value.whole("succeeded"),
        failed=value.whole("failed"),
        not_available=value.whole("not_available", 0),
        reason=value.text("finish_reason"),
    )
