"""What a run says when it has ended: its table, the vehicles that failed, and the next step."""

from __future__ import annotations

import shutil
from bisect import bisect_right
from itertools import accumulate, chain
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

from jdp_spider.job.metrics import table
from jdp_spider.job.outcomes import FAILED
from jdp_spider.reasons import CloseReason, FailureReason, Remedy, ending, remedy, why
from jdp_spider.session.inventory_size import hidden_by_grid
from jdp_spider.utils.cli import nearby, resume_command
from jdp_spider.utils.text import have_no_report, not_available, to_ascii

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from jdp_spider.run import Run

_LEAST_LINES = 5
_OTHER_LINES = 17
"""What else has to be on the screen: the table, the next step, the prompt."""
_LINES_IN_A_LOG = 24
_LINES_OF_PAGE = 2
"""Of what a page says of a vehicle."""
_WIDTH = 80
_LONGEST_REFERENCE = 20


class Duration(NamedTuple):
    """How long a run took, as the table shows it and the event of its end records it."""

    seconds: float
    at_work_seconds: float
    """For how long any vehicle was in flight."""

    @classmethod
    def of(cls, run: Run) -> Duration:
        """Return the duration up to now."""
        seconds = (run.job.checkpoint.run_seconds, run.recovery.in_flight.seconds)
        return cls(*(round(each, 3) for each in seconds))


def places(run: Run, report: Path) -> dict[str, Path]:
    """Return the files that the text names, by their names in it: PDFs, report, log."""
    paths = run.job.paths
    return {to_ascii(nearby(path)): path for path in (paths.pdfs, report, paths.log)}


def closing_text(
    run: Run,
    reason: str,
    found: str,
    metrics: dict[str, Any],
    took: Duration,
    shown: Collection[str],
) -> str:
    """Return the text for a run that has ended; `shown` are the names of its `places`.

    `found` is a sentence with what was found, such as the words of a page; or empty.
    """
    what_next = advice(run, reason, found)
    if not run.job.vehicles:
        return " ".join(filter(None, [f"{before_the_inventory(reason)}.", what_next]))
    shown_places = dict(zip(("PDFs", "Report", "Log"), shown, strict=True))
    figures = table(metrics, took.seconds, took.at_work_seconds, shown_places, "")
    failed = failed_lines(metrics["vehicles"], shown_places["Report"])
    return "\n\n".join(filter(None, [figures, "\n".join(failed), what_next]))


def before_the_inventory(reason: str) -> str:
    """Return what happened to a run that ended before the inventory was read."""
    return f"The run {ending(reason)}, before the inventory was read"


def failed_lines(vehicles: list[dict[str, Any]], more_in: str) -> list[str]:
    """Return a line for each vehicle that failed in this run, up to a screenful."""
    failed = [row for row in vehicles if row["outcome"] == FAILED]
    if not failed:
        return []
    most = max(shutil.get_terminal_size((80, _LINES_IN_A_LOG)).lines - _OTHER_LINES, _LEAST_LINES)
    names = [to_ascii(row["reference"] or row["vin"]) or "(no reference)" for row in failed]
    width = min(max(map(len, names[:most])), _LONGEST_REFERENCE)
    each = [_lines_of(name, width, row) for name, row in zip(names[:most], failed, strict=False)]
    ends = list(accumulate(map(len, each)))
    shown = bisect_right(ends, most)
    if shown < len(failed):
        shown = bisect_right(ends, most - 1)
        each[shown:] = [[f"  and {len(failed) - shown} more, see {more_in}"]]
    return ["Failed:", *chain(*each)]


def _lines_of(name: str, width: int, row: dict[str, Any]) -> list[str]:
    """Return why a vehicle failed, and below that the words of the page, no wider than the rest."""
    lines = [f"  {name:<{width}}  {why(row['reason'])}"]
    if said := to_ascii(row["said"]):
        indent = " " * (width + 4)
        lines += wrap(
            f"The page says: {said}", _WIDTH, initial_indent=indent, subsequent_indent=indent,
            max_lines=_LINES_OF_PAGE, placeholder=" ...",
        )  # fmt: skip
    return lines


def advice(run: Run, reason: str, found: str = "") -> str:
    """Return what was found, and what the user should do next, in a few sentences."""
    job, batch, jobdir = run.job, run.batch, run.job.folder.jobdir
    left = len(batch.pending())
    unknown = batch.unknown_references()
    if job.vehicles and not left and unknown:
        known_too = any(batch.selection.holds(vehicle) for vehicle in job.vehicles)
        others = " All others that were asked for have their report." if known_too else ""
        return (
            f"Not in the inventory of this job: {to_ascii(', '.join(unknown))}.{others} "
            "A new JOBDIR reads the inventory anew."
        )
    if job.vehicles and not left:
        others = f", but {not_available(len(job.settled_keys))}" if job.settled_keys else ""
        if batch.unlisted:
            more = _unlisted(batch.unlisted)
            return f"Every vehicle of the exported inventory has its report{others}. {more}"
        if batch.selection.is_all:
            return f"Every vehicle of the inventory has its report{others}."
        return "Every vehicle that was asked for has its report."
    first = _first(run, reason, found)
    if not job.vehicles:
        return first
    first = " ".join(filter(None, [_hidden(run), first]))
    if first:
        first += " "
    if jobdir is None and reason == "finished" and not batch.limit.reached:
        return (
            f"{have_no_report(left)}, for the reasons above. To be able to try just those "
            f"again, name a JOBDIR: {resume_command('crawls/run1')}"
        )
    if jobdir is None:
        return (
            f"{first}This run had no JOBDIR, so it cannot be resumed: a new run starts from "
            "the beginning. To be able to stop and resume, name one: "
            f"{resume_command('crawls/run1')}"
        )
    if reason == "finished" and not batch.limit.reached and not _for_the_program(run):
        whose = "the one that is" if left == 1 else f"the {left} that are"
        return f"{first}For {whose} missing something has to be done by hand: see the report."
    command = resume_command(jobdir)
    missing = "one that is" if left == 1 else f"{left} that are"
    # What the console cannot show cannot be typed from it, either.
    again = f"run it again: {command}" if command.isascii() else "run the same command again."
    return to_ascii(f"{first}To go on with the {missing} missing, {again}")


def _first(run: Run, reason: str, found: str) -> str:
    """Return what was found, and what to do about it unless that is said with it."""
    refused, known = run.session.refused, CloseReason.known(reason)
    to_do = known.advice if known else ""
    if refused:
        to_do = "Then run it again." if found else f"{refused.advice}. Then run it again."
    elif to_do.rstrip(".").lower() in found.lower():
        to_do = ""
    return " ".join(filter(None, [found, to_do]))


def _for_the_program(run: Run) -> bool:
    """Return whether another run may help any vehicle that is missing."""
    entries = run.job.journal.entries
    failed = [entries.get(each.key) for each in run.batch.pending()]
    # One that was saved has no reason: its file has disappeared.
    reasons = [entry.reason if entry else "" for entry in failed]
    return any(not each or remedy(each) is not Remedy.PERSON for each in reasons)


def _hidden(run: Run) -> str:
    """Return the sentence about vehicles without a link that the grid hides, if there are any."""
    entries = run.job.journal.entries
    failed = [entries.get(vehicle.key) for vehicle in run.batch.pending()]
    if not any(entry and entry.reason == FailureReason.NO_BOOKOUT_LINK for entry in failed):
        return ""
    said = hidden_by_grid(run.job)
    return f"{said}." if said else ""


def _unlisted(number: int) -> str:
    """Return the sentences about vehicles that only the grid has."""
    return (
        f"But the site's list shows {number} or more vehicles that it does not have, and that have "
        "no report here. The same command exports the inventory again. If this stays, look at "
        "the site whether its export leaves them out."
    )
