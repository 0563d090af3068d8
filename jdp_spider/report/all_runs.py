"""Makes index.html beside the runs' folders: all runs, newest first, and what each came to."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from jdp_spider import reasons
from jdp_spider.job.outcomes import FAILED
from jdp_spider.job.run_folders import Figures, RunFolder, find_runs, run_day
from jdp_spider.report.process import INDEX, REPORT
from jdp_spider.utils.files import in_utf8, write_atomic
from jdp_spider.utils.html import WebPage, source_hash
from jdp_spider.utils.loading import parse_json, read_bytes
from jdp_spider.utils.text import not_available

if TYPE_CHECKING:
    from pathlib import Path

_POLICY = "default-src 'none'; img-src data:; base-uri 'none'"
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
    packed: str = ""
    """The relative address of its zip, or "" if it was not packed."""
    figures: Figures = Figures()
    troubles: tuple[Trouble, ...] = ()

    @property
    def shown(self) -> str:
        """Return the day as people write it, with the number of the run on that day."""
        day, number = self.order
        return f"{day.day} {day:%b %Y}" + (f" ({number})" if number > 1 else "")

    @property
    def kind(self) -> str:
        """Return its style: complete, open (no figures yet) or failed."""
        if not self.figures.reason:
            return "open"
        return "complete" if self.figures.is_complete else "failed"

    @property
    def end(self) -> str:
        """Return how it ended, to follow "The run"."""
        if self.figures.reason:
            return reasons.ending(self.figures.reason)
        return "has no figures: it was killed, or is still at work"

    @property
    def advice(self) -> str:
        """Return what to do about the way it ended, or ""."""
        known = reasons.CloseReason.known(self.figures.reason)
        return known.advice if known else ""


def is_run_folder(folder: Path) -> bool:
    """Return True if the folder has the name that a run gives its folder."""
    return run_day(folder.resolve().name) is not None


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
    """Return the runs below `parent`, packed or not, newest first."""
    runs = find_runs(parent)
    found = [_night(run) for run in runs]
    if found:
        found[0] = found[0]._replace(troubles=_troubles(runs[0]))
    return found


def render(nights: list[Night], now: datetime) -> str:
    """Return the complete page."""
    trend = [night for night in reversed(nights) if night.figures.total]
    css = _WEB_PAGE.style("all_runs.css")
    return _WEB_PAGE.template("all_runs.html").render(
        nights=nights,
        trend=trend,
        worst=max((night.figures.missing for night in trend), default=0) or 1,
        now=now,
        shown=f"{now.day} {now:%b %Y, %H:%M}",
        css=css,
        policy=f"{_POLICY}; style-src '{source_hash(css)}'",
    )


def _night(run: RunFolder) -> Night:
    address = quote(run.path.name)
    has_report = not run.is_packed and (run.path / REPORT).is_file()
    report = f"{address}/{REPORT}" if has_report else ""
    return Night(run.name, run.order, report, address if run.is_packed else "", run.figures)


def _troubles(run: RunFolder) -> tuple[Trouble, ...]:
    """Return why vehicles of a run failed, the most frequent reason first."""
    try:
        value = parse_json(run.metrics())
        failed = Counter(
            str(row["reason"]) for row in value["vehicles"] if row["outcome"] == FAILED
        )
    except (KeyError, TypeError, ValueError):
        return ()
    return tuple(Trouble(reasons.why(r), reasons.advice(r), n) for r, n in failed.most_common())
