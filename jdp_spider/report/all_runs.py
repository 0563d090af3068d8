"""Makes index.html beside the runs' folders: all runs, newest first, and what each came to."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from jdp_spider import reasons
from jdp_spider.job.folder import JobPaths
from jdp_spider.job.outcomes import FAILED
from jdp_spider.report.process import INDEX, REPORT
from jdp_spider.utils.files import in_utf8, write_atomic
from jdp_spider.utils.html import WebPage, source_hash
from jdp_spider.utils.loading import LARGEST_BOOK, Record, parse_json, read_bytes, read_start
from jdp_spider.utils.text import not_available

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER = re.compile(r"(\d\d)-(\d\d)-(\d{4})(?: \((\d+)\))?")
"""The name that a run's folder has: its day, and a number from the second of a day on."""
_POLICY = "default-src 'none'; img-src data:; base-uri 'none'"
_FIGURES_BYTES = 4000
_VEHICLES = b'"vehicles": ['
_OWN = b"<title>Bookout reports of all runs</title>"

_WEB_PAGE = WebPage("jdp_spider.report")
_WEB_PAGE.environment.filters["not_available"] = not_available


class Trouble(NamedTuple):
    """Vehicles of the newest run that failed for one reason."""

    words: str
    advice: str
    vehicles: int


class Night(NamedTuple):
    """A run's folder, and the figures that its job has come to."""

    name: str
    order: tuple[date, int]
    report: str
    """The relative address of its report, or "" if there is none."""
    total: int = 0
    saved: int = 0
    failed: int = 0
    not_available: int = 0
    reason: str = ""
    """The close reason of its last run; empty without figures."""
    troubles: tuple[Trouble, ...] = ()

    @property
    def shown(self) -> str:
        """Return the day as people write it, with the number of the run on that day."""
        day, number = self.order
        return f"{day.day} {day:%b %Y}" + (f" ({number})" if number > 1 else "")

    @property
    def left(self) -> int:
        """Return the number of vehicles that were not attempted."""
        return max(self.missing - self.failed, 0)

    @property
    def missing(self) -> int:
        """Return the number of vehicles that lack the report which the site has of them."""
        return max(self.total - self.saved - self.not_available, 0)

    @property
    def kind(self) -> str:
        """Return its style: complete, open (no figures yet) or failed."""
        if not self.reason:
            return "open"
        return "complete" if self.total and not self.missing else "failed"

    @property
    def end(self) -> str:
        """Return how it ended, to follow "The run"."""
        if self.reason:
            return reasons.ending(self.reason)
        return "has no figures: it was killed, or is still at work"

    @property
    def advice(self) -> str:
        """Return what to do about the way it ended, or ""."""
        known = reasons.CloseReason.known(self.reason)
        return known.advice if known else ""


def is_run_folder(folder: Path) -> bool:
    """Return True if the folder has the name that a run gives its folder."""
    return _order(folder.resolve().name) is not None


def write_all_runs(parent: Path) -> Path | None:
    """Write index.html over the runs in `parent`, and return its path.

    Return None if there is an index.html of somebody else. Raise OSError or LoadError if it fails.
    """
    path = parent / INDEX
    there = read_bytes(path)
    if there is not None and _OWN not in there:
        return None
    write_atomic(path, in_utf8(render(read_nights(parent), datetime.now().astimezone())))
    return path


def read_nights(parent: Path) -> list[Night]:
    """Return the runs below `parent`, newest first."""
    found = []
    for folder in parent.iterdir():
        order = _order(folder.name)
        if order and JobPaths(folder).run_data.is_dir():
            found.append(_night(folder, order))
    found.sort(key=lambda night: night.order, reverse=True)
    if found:
        found[0] = found[0]._replace(troubles=_troubles(parent / found[0].name))
    return found


def render(nights: list[Night], now: datetime) -> str:
    """Return the complete page."""
    trend = [night for night in reversed(nights) if night.total]
    css = _WEB_PAGE.style("all_runs.css")
    return _WEB_PAGE.template("all_runs.html").render(
        nights=nights,
        trend=trend,
        worst=max((night.missing for night in trend), default=0) or 1,
        now=now,
        shown=f"{now.day} {now:%b %Y, %H:%M}",
        css=css,
        policy=f"{_POLICY}; style-src '{source_hash(css)}'",
    )


def _order(name: str) -> tuple[date, int] | None:
    found = _FOLDER.fullmatch(name)
    if not found:
        return None
    month, day, year, number = found.groups(default="1")
    try:
        return date(int(year), int(month), int(day)), int(number)
    except ValueError:
        return None


def _night(folder: Path, order: tuple[date, int]) -> Night:
    report = f"{quote(folder.name)}/{REPORT}" if (folder / REPORT).is_file() else ""
    bare = Night(folder.name, order, report)
    try:
        value = _figures(JobPaths(folder).metrics)
        return bare._replace(
            total=value.whole("total_inventory"),
            saved=value.whole("succeeded"),
            failed=value.whole("failed"),
            not_available=value.whole("not_available", 0),
            reason=value.text("finish_reason"),
        )
    except ValueError:
        # A damaged night must not cost the page of all others.
        return bare


def _figures(path: Path) -> Record:
    """Return the figures of a metrics.json, which stand before its vehicles.

    Reading the vehicles of a year's nights takes many seconds. Raise ValueError.
    """
    head, found, _ = read_start(path, _FIGURES_BYTES).partition(_VEHICLES)
    if found:
        with contextlib.suppress(ValueError):
            return Record(parse_json(head.rstrip().rstrip(b",") + b"}"))
    return Record(parse_json(read_bytes(path, LARGEST_BOOK) or b""))


def _troubles(folder: Path) -> tuple[Trouble, ...]:
    """Return why vehicles of a run failed, the most frequent reason first."""
    try:
        value = parse_json(read_bytes(JobPaths(folder).metrics, LARGEST_BOOK) or b"")
        failed = Counter(
            str(row["reason"]) for row in value["vehicles"] if row["outcome"] == FAILED
        )
    except (KeyError, TypeError, ValueError):
        return ()
    return tuple(Trouble(reasons.why(r), reasons.advice(r), n) for r, n in failed.most_common())
