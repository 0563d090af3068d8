"""Makes index.html over the accounts of a run: one file that takes nothing from elsewhere."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from jdp_spider.group.status import StatusText, words
from jdp_spider.reasons import ExitStatus
from jdp_spider.report.process import INDEX, REPORT
from jdp_spider.utils.files import in_utf8, write_atomic
from jdp_spider.utils.html import WebPage, source_hash
from jdp_spider.utils.text import duration

if TYPE_CHECKING:
    from pathlib import Path

    from jdp_spider.group.folders import AccountFolder, AccountOutcome, AccountProgress, GroupRun


_KINDS = ("failed", "open", "complete")
"""In the order of the page: what somebody has to look at comes first."""
_POLICY = "default-src 'none'; img-src data:; base-uri 'none'"

_WEB_PAGE = WebPage("jdp_spider.group")
_WEB_PAGE.environment.filters["duration"] = duration


class Row(NamedTuple):
    """An account on the page."""

    name: str
    outcome: AccountOutcome
    standing: AccountProgress
    words: StatusText
    links: dict[str, str]

    @property
    def kind(self) -> str:
        """Return its style: complete, open (it may be at work) or failed."""
        if self.outcome.status is None:
            return "open"
        if self.outcome.status == ExitStatus.COMPLETE:
            return "open" if self.standing.left else "complete"
        return "failed"


def write_index(run: GroupRun) -> Path:
    """Write index.html into the run's folder. Return its path. Raise OSError if it fails."""
    path = run.folder / INDEX
    write_atomic(path, in_utf8(render(run, datetime.now().astimezone())))
    return path


def render(run: GroupRun, now: datetime) -> str:
    """Return the complete page."""
    rows = [_row(name, place, run.folder) for name, place in run.accounts.items()]
    rows.sort(key=lambda row: _KINDS.index(row.kind))
    css = _WEB_PAGE.style("index.css")
    return _WEB_PAGE.template("index.html").render(
        run=run.name,
        rows=rows,
        now=now,
        shown=f"{now.day} {now:%b %Y, %H:%M}",
        complete=sum(row.kind == "complete" for row in rows),
        saved=sum(row.standing.saved for row in rows),
        failed=sum(row.standing.failed for row in rows),
        total=sum(row.standing.total for row in rows),
        css=css,
        policy=f"{_POLICY}; style-src '{source_hash(css)}'",
    )


def _row(name: str, place: AccountFolder, folder: Path) -> Row:
    outcome, standing = place.outcome(), place.standing()
    return Row(name, outcome, standing, words(outcome, standing), _links(place, folder))


def _links(place: AccountFolder, folder: Path) -> dict[str, str]:
    """Return the relative addresses of the files that exist, by their labels."""
    run_folder = place.run_folder
    found = {"Log": place.log}
    if run_folder is not None:
        found = {"Report": run_folder / REPORT, "PDFs": run_folder / "pdfs", **found}
    return {name: _address(path, folder) for name, path in found.items() if path.exists()}


def _address(path: Path, folder: Path) -> str:
    try:
        parts = path.resolve().relative_to(folder.resolve()).parts
    except ValueError:
        return path.resolve().as_uri()
    address = "/".join(quote(os.fsencode(part), safe="") for part in parts)
    return f"{address}/" if path.is_dir() else address
