"""Makes report.html: one file that opens without a network and takes nothing from elsewhere."""

from __future__ import annotations

import os
import statistics
from collections import defaultdict
from datetime import datetime
from itertools import count, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from jdp_spider import reasons
from jdp_spider.job.events import CONTEXTS_CHANGED, RUN_ENDED, RUN_RESUMED, RUN_STARTED
from jdp_spider.job.folder import JobPaths
from jdp_spider.job.outcomes import FAILED, GONE, NOT_ATTEMPTED, NOT_AVAILABLE, SAVED
from jdp_spider.report.all_runs import is_run_folder, write_all_runs
from jdp_spider.report.history import (
    JobHistory,
    Row,
    Run,
    read_book,
)
from jdp_spider.report.outcome_table import OUTCOME_TABLE, reason, write_outcome_table
from jdp_spider.report.process import INDEX, REPORT
from jdp_spider.utils.cli import resume_command
from jdp_spider.utils.files import in_utf8, is_held, write_atomic
from jdp_spider.utils.html import WebPage, source_hash
from jdp_spider.utils.loading import LoadError
from jdp_spider.utils.text import duration, have_no_report, not_available, to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jdp_spider.job.events import Event

ROUTINE_EVENTS = {
    RUN_STARTED,
    RUN_RESUMED,
    RUN_ENDED,
    "login",
    "session_resumed",
    "logout",
    "outage_over",
    "folder_outage_over",
}
"""Kinds of events that are no trouble: the picture does not mark them."""

_ORDER = {FAILED: 0, GONE: 1, NOT_ATTEMPTED: 2, NOT_AVAILABLE: 3, SAVED: 4}
"""Of the outcomes in the list: what somebody has to look at comes first."""

_FEWEST_FOR_CHARTS = 10
"""Vehicles; of fewer the list says more."""

_WEB_PAGE = WebPage("jdp_spider.report")


class EventGroup(NamedTuple):
    """Events of one kind that followed each other."""

    first: Event
    last: Event
    times: int
    mark: str
    """The number of its triangle in the chart; "" for what is no trouble."""


class NextStep(NamedTuple):
    """What the reader does next, and the command for it with the folder to type it in."""

    words: str
    command: str = ""
    folder: str = ""


class Group(NamedTuple):
    """Vehicles that failed for the same reason."""

    words: str
    advice: str
    rows: list[Row]


class NotWritten(OSError):
    """Raised if not all of the report could be written; says which files and why, in ASCII."""


def make_report(folder: Path) -> Path:
    """Write report.html, outcome.csv and the page of all runs. Return the report's path.

    Each is written whatever happens to the others, as a program may have one of them open. Raise
    LoadError if the run's files cannot be read, and NotWritten; what was not written stays as it
    was.
    """
    path = folder / REPORT
    book = read_book(folder)
    page = in_utf8(render(book, datetime.now().astimezone(), has_index=is_run_folder(folder)))
    files: dict[str, Callable[[], object]] = {
        REPORT: lambda: write_atomic(path, page),
        OUTCOME_TABLE: lambda: write_outcome_table(folder, book),
    }
    if is_run_folder(folder):
        files[INDEX] = lambda: write_all_runs(folder.resolve().parent)
    failures = [f"{name} {why}" for name, write in files.items() if (why := _why_not(write))]
    if failures:
        raise NotWritten("; ".join(failures))
    return path


def _why_not(write: Callable[[], object]) -> str:
    """Write a file. Return why it could not be written, or ""."""
    try:
        write()
    except LoadError as error:
        return error.problem
    except OSError as error:
        if is_held(error):
            return "is open in another program"
        return to_ascii(f"could not be written ({error.strerror or error})")
    return ""


def render(book: JobHistory, now: datetime, *, has_index: bool = False) -> str:
    """Return the complete page; `has_index`: beside its folder is the page of all runs."""
    timelines = _timelines(book.runs)
    assets = {"css": _WEB_PAGE.style("report.css"), "js": _WEB_PAGE.source("report.js")}
    return _WEB_PAGE.template("report.html").render(
        book=book,
        counts={name: book.count(name) for name in _ORDER},
        failures=_failures(book.rows),
        finds_contexts=any(run.contexts for run in book.runs),
        has_marks=any(line.mark for each in timelines for line in each),
        index=f"../{INDEX}" if has_index and not book.group else "",
        median=_median(book.rows),
        next_step=_next_step(book),
        now=now,
        other_snapshots=[*book.snapshots, *_snapshots_of_others(book.rows)],
        pictures=_pictures(book, timelines),
        policy=_policy(assets),
        rows=sorted(book.rows, key=lambda row: _ORDER.get(row.outcome, len(_ORDER))),
        timelines=timelines,
        **assets,
    )


def _policy(assets: dict[str, Markup]) -> str:
    """Return what the page may load: its own style sheet and script, by their hashes."""
    hashes = {name: source_hash(text) for name, text in assets.items()}
    return (
        f"default-src 'none'; style-src '{hashes['css']}'; script-src '{hashes['js']}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _failures(rows: Iterable[Row]) -> list[Group]:
    """Return the failed vehicles by reason, the most frequent first."""
    by_reason: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.outcome == FAILED and row.entry is not None:
            by_reason[row.entry.reason].append(row)
    groups = [Group(reasons.why(r), reasons.advice(r), found) for r, found in by_reason.items()]
    return sorted(groups, key=lambda group: (-len(group.rows), group.words))


def _snapshots_of_others(rows: Iterable[Row]) -> list[str]:
    """Return the snapshots of vehicles that did not fail in the end."""
    return [name for row in rows if row.outcome != FAILED for name in row.snapshots]


def _timelines(runs: list[Run]) -> list[list[EventGroup]]:
    """Return what happened in each run. What was trouble has the number of its mark."""
    numbers = count(1)
    return [_timeline(run.events, numbers) for run in runs]


def _timeline(events: list[Event], numbers: Iterator[int]) -> list[EventGroup]:
    found = []
    # What the picture shows, there are too many of for words.
    told = [event for event in events if event.kind != CONTEXTS_CHANGED]
    for (kind, _), each in groupby(told, key=lambda event: (event.kind, event.text)):
        same = list(each)
        mark = "" if kind in ROUTINE_EVENTS else str(next(numbers))
        found.append(EventGroup(same[0], same[-1], len(same), mark))
    return found


def _tried(rows: Iterable[Row]) -> list[float]:
    """Return the seconds of the vehicles that were saved."""
    return [r.entry.seconds for r in rows if r.outcome == SAVED and r.entry and r.entry.attempts]


def _median(rows: Iterable[Row]) -> float:
    return statistics.median(_tried(rows) or [0.0])


def _pictures(book: JobHistory, timelines: list[list[EventGroup]]) -> dict[str, dict[str, Markup]]:
    """Return the charts by name and width, without those that have nothing to show."""
    attempted = sum(len(run.saved) + len(run.failed) for run in book.runs)
    if attempted < _FEWEST_FOR_CHARTS:
        return {}
    # Here, as it loads matplotlib: half of the time that a report takes.
    from jdp_spider.report import charts

    marks = [(each.first.at, each.mark) for line in timelines for each in line if each.mark]
    found = {"throughput": charts.throughput(book.runs, marks)}
    if seconds := _tried(book.rows):
        found["histogram"] = charts.histogram(seconds)
    # matplotlib escapes the texts in it, and they are all ours.
    return {name: {w: Markup(svg) for w, svg in each.items()} for name, each in found.items()}


def _next_step(book: JobHistory) -> NextStep:
    settled = book.count(NOT_AVAILABLE)
    left = len(book.rows) - book.count(SAVED) - settled
    if not book.rows:
        return NextStep("The run ended before the inventory was read.")
    if not left:
        but = f", but {not_available(settled)}" if settled else ""
        return NextStep(f"Every vehicle of the inventory has its report{but}.")
    jobdir = book.runs[-1].settings.get("JOBDIR") if book.runs else None
    what = have_no_report(left)
    if book.group:
        return NextStep(f"{what}. The group's own command tries just these.")
    if jobdir == "":
        return NextStep(f"{what}. The run had no JOBDIR: a new run begins from the beginning.")
    if jobdir is None or not Path(jobdir).is_dir():
        # It is not known where that job is, seen from here.
        return NextStep(f"{what}. The same command with the same JOBDIR tries just these.")
    return NextStep(f"{what}. To try just these:", resume_command(jobdir), str(Path.cwd()))


# Words of the template


def _when(at: datetime, *, seconds: bool = True) -> str:
    """Return date and time in the computer's own zone."""
    local = at.astimezone()
    return (
        f"{local.day} {local:%b %Y, %H:%M:%S}" if seconds else f"{local.day} {local:%b %Y, %H:%M}"
    )


def _clock(at: datetime) -> str:
    return f"{at.astimezone():%H:%M:%S}"


def _zone(at: datetime) -> str:
    return f"{at:%z}"[:3] + ":" + f"{at:%z}"[3:5]


_RESULTS = {
    SAVED: "Saved",
    GONE: "Saved, but the PDF is gone",
    NOT_ATTEMPTED: "Not attempted",
    NOT_AVAILABLE: "Not available",
}


def _result(row: Row) -> str:
    parts = (_RESULTS.get(row.outcome, ""), reason(row))
    return ": ".join(filter(None, parts)) or row.outcome


def _pdf(row: Row) -> str:
    """Return the relative address of the PDF, or "" if there is none."""
    if row.outcome != SAVED or row.entry is None:
        return ""
    return f"pdfs/{quote(row.entry.file, safe='')}"


_SNAPSHOTS = JobPaths(Path()).snapshots.as_posix()


def _snapshot(name: str) -> str:
    return f"{_SNAPSHOTS}/{quote(os.fsencode(name), safe='')}"


def _snapshot_kind(name: str) -> str:
    return "page" if name.endswith(".html") else "picture"


_WORDS: dict[str, Any] = {
    "clock": _clock,
    "duration": duration,
    "pdf": _pdf,
    "result": _result,
    "snapshot": _snapshot,
    "snapshot_kind": _snapshot_kind,
    "when": _when,
    "zone": _zone,
}
_WEB_PAGE.environment.filters.update(_WORDS)
