"""What `scrapy prune` and a night do about old runs, and the table that says so first."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.job.retention import Retention
from jdp_spider.utils.loading import LoadError
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jdp_spider.job.retention import Candidate

JOBS = PROJECT_FOLDER / "crawls"
"""Where JOBDIRs are, as all documents have it; a night's is named after its day."""


def first_day_kept(keep_days: int) -> date:
    """Return the first day whose runs stay: the one `keep_days` days ago."""
    return datetime.now().astimezone().date() - timedelta(days=keep_days)


def table(found: list[Candidate]) -> list[str]:
    """Return a line for each run, in ASCII, with what it takes and why it stays."""
    if not found:
        return ["No run is that old."]
    lines = [f"{'Run':<18}{'Began':<12}{'Files':>6}{'MB':>9}  "]
    for each in found:
        day = each.run.order[0].isoformat()
        what = f"stays: {each.stays}" if each.stays else ""
        name = f"{each.run.name} (zip)" if each.run.is_packed else each.run.name
        lines.append(f"{name:<18}{day:<12}{each.files:>6}{megabytes(each.size):>9}  {what}")
    return [line.rstrip() for line in lines]


def what_goes(going: list[Candidate], *, packing: bool) -> str:
    """Return in words what will be done."""
    if not going:
        return "Nothing to do."
    runs = "1 run" if len(going) == 1 else f"{len(going)} runs"
    size = megabytes(sum(each.size for each in going))
    what = "packed, each into a zip beside its folder" if packing else "removed"
    return f"{runs}, {size} MB in all, to be {what}."


def megabytes(size: int) -> str:
    """Return a size in MB."""
    return f"{size / 1_000_000:,.1f}"


def prune(parent: Path, going: Iterable[Candidate], *, packing: bool) -> list[str]:
    """Remove or pack these runs. Return a line for each that stays, and for other trouble.

    Raise AlreadyRunning if another process does that, OSError if the folder takes no lock.
    """
    # All commands are imported for each: a crawl does without what makes pages.
    from jdp_spider.report.all_runs import write_all_runs

    with Retention(parent, [JOBS]) as retention:
        done = {each.run.name: retention.remove(each.run, packing=packing) for each in going}
        lines = [f"{name} stays: {why}" for name, why in done.items() if why]
        try:
            if done:
                write_all_runs(parent)
        except (OSError, LoadError) as error:
            lines.append(f"The page of all runs could not be written: {to_ascii(str(error))}")
    return lines
