"""The runs in the download folder: their list, a search for a vehicle, and what may be opened.

What comes from the page is a name out of a list that was made here: it leads nowhere else.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider import reasons
from jdp_spider.job.filenames import is_file_name
from jdp_spider.job.folder import JobPaths
from jdp_spider.job.journal import JournalEntry
from jdp_spider.job.outcomes import FAILED, NOT_AVAILABLE, SAVED
from jdp_spider.job.packed import ENDING, packed_path, read_member
from jdp_spider.job.run_folders import run_day
from jdp_spider.report.all_runs import Night, read_nights
from jdp_spider.report.process import REPORT
from jdp_spider.utils.loading import LARGEST_BOOK, LoadError, parse_line, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_HITS = 100
SHORTEST_QUERY = 3
_WORDS = {SAVED: "saved", NOT_AVAILABLE: "not available"}
_PICTURE = ".png"


class Hit(NamedTuple):
    """A vehicle that was found in a run."""

    reference: str
    vin: str
    run: str
    shown: str
    words: str
    file: str
    """The name of its PDF; empty if there is none."""


def list_runs(downloads: Path) -> list[Night]:
    """Return the runs, newest first; none if the folder cannot be read."""
    try:
        return read_nights(downloads)
    except OSError:
        return []


def run_folder(downloads: Path, name: str) -> Path | None:
    """Return the folder of the run of this name; None for any other name."""
    with contextlib.suppress(OSError):
        for folder in downloads.iterdir():
            # Compared, not joined: no ".." and no path is any entry's name.
            if folder.name == name and not folder.is_symlink() and _is_run(folder):
                return folder
    return None


def _is_run(folder: Path) -> bool:
    return JobPaths(folder).run_data.is_dir()


def packed_run(downloads: Path, name: str) -> Path | None:
    """Return the zip into which the run of this name was packed; None for any other name."""
    with contextlib.suppress(OSError):
        for path in downloads.iterdir():
            if path.name == f"{name}{ENDING}" and path.is_file() and not path.is_symlink():
                return path if run_day(name) is not None else None
    return None


def openable(folder: Path, what: str, file: str = "") -> Path | None:
    """Return what the page asks to be opened of a run; None for anything else."""
    paths = JobPaths(folder)
    if what == "pdfs" and paths.pdfs.is_dir():
        return paths.pdfs
    if what == "report" and (folder / REPORT).is_file():
        return folder / REPORT
    if what == "pdf" and is_file_name(file):
        path = paths.pdfs / file
        return path if path.is_file() and not path.is_symlink() else None
    return None


def picture(folder: Path, name: str) -> Path | None:
    """Return the path of a snapshot of the run; None for any other name."""
    with contextlib.suppress(OSError):
        for path in JobPaths(folder).snapshots.iterdir():
            if path.name == name and name.endswith(_PICTURE) and not path.is_symlink():
                return path
    return None


def search(downloads: Path, query: str) -> tuple[list[Hit], bool]:
    """Return the vehicles whose reference or VIN has the query in it, of the newest runs first.

    Return with them whether there are more.
    """
    wanted = query.strip().casefold()
    hits: list[Hit] = []
    if len(wanted) < SHORTEST_QUERY:
        return hits, False
    for night in list_runs(downloads):
        for hit in _in_run(downloads, night, wanted):
            if len(hits) == MOST_HITS:
                return hits, True
            hits.append(hit)
    return hits, False


def _in_run(downloads: Path, night: Night, wanted: str) -> Iterator[Hit]:
    folder = downloads / night.name
    try:
        data = _journal(folder, is_packed=bool(night.packed))
    except LoadError:
        return
    found: dict[str, JournalEntry] = {}
    # In the journal only quotes, backslashes and control characters are written otherwise.
    needle = wanted.encode("utf-8", "replace")
    plain = needle if wanted.isascii() and not set(wanted) & set('"\\') else b""
    for line in data.splitlines():
        if plain and plain not in line.lower():
            continue
        with contextlib.suppress(ValueError):
            entry = JournalEntry.from_value(parse_line(line))
            if wanted in entry.reference.casefold() or wanted in entry.vin.casefold():
                found[entry.key] = entry
    for entry in found.values():
        words = _WORDS.get(entry.outcome, "")
        if entry.outcome == FAILED:
            words = reasons.why(entry.reason)
        if words:
            is_there = entry.outcome == SAVED and openable(folder, "pdf", entry.file)
            file = entry.file if is_there else ""
            yield Hit(entry.reference, entry.vin, night.name, night.shown, words, file)


def _journal(folder: Path, *, is_packed: bool) -> bytes:
    """Return the journal of a run, also of a packed one. Raise LoadError."""
    if is_packed:
        name = f"{folder.name}/run_data/{JobPaths(folder).journal.name}"
        return read_member(packed_path(folder), name, LARGEST_BOOK)
    return read_bytes(JobPaths(folder).journal, LARGEST_BOOK) or b""
