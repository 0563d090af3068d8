"""Removes or packs the folders of old runs, so that a kill at any moment loses nothing.

A folder first gets another name, at once and as a whole, and is then removed: what is left of it
after a kill has that name, and a later `tidy` removes it.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.job.events import read_events
from jdp_spider.job.folder import JobPaths, job_folder
from jdp_spider.job.locks import AlreadyRunning, RunLock
from jdp_spider.job.packed import ENDING, NotPacked, is_copy, pack, packed_path
from jdp_spider.job.run_folders import Figures, RunFolder, find_runs, run_day
from jdp_spider.reasons import CloseReason
from jdp_spider.utils.files import PART, replace
from jdp_spider.utils.loading import LoadError
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

_LEAVING = ".removed"
"""Ending of a folder that is being removed: it has been packed, or is to go."""
_LOCK = "prune.lock"


class Candidate(NamedTuple):
    """A run, what it takes, and why it stays; `stays` is empty if it may go."""

    run: RunFolder
    figures: Figures
    files: int
    size: int
    stays: str


def candidates(parent: Path, before: date, *, packing: bool) -> list[Candidate]:
    """Return the runs below `parent` that began before a day, oldest first.

    With `packing`, without those that are packed already. A run stays if its job is not over, or if
    it is the newest one that is complete or over. Raise OSError.
    """
    runs = [(run, run.figures) for run in find_runs(parent)]
    newest = {
        next((run.name for run, figures in runs if is_good(figures)), "")
        for is_good in (lambda figures: figures.is_complete, _is_over)
    }
    old = [(run, figures) for run, figures in runs if run.order[0] < before]
    return [
        _candidate(run, figures, run.name in newest)
        for run, figures in reversed(old)
        if not (packing and run.is_packed)
    ]


def _is_over(figures: Figures) -> bool:
    """Return True if the job is complete, or its last run reached every vehicle and its end.

    Those that failed were tried as often as they may be. To wait for them would be to keep every
    night of an inventory in which one vehicle always fails.
    """
    came_to_its_end = figures.reason == CloseReason.FINISHED and figures.total > 0
    return figures.is_complete or (came_to_its_end and not figures.left)


def _candidate(run: RunFolder, figures: Figures, is_newest: bool) -> Candidate:
    files = [run.path] if run.is_packed else run.path.rglob("*")
    sizes = [path.lstat().st_size for path in files if not path.is_dir()]
    stays = ""
    if run.path.is_symlink():
        stays = "its folder is a link"
    elif not _is_over(figures):
        stays = "its job is not over"
    elif is_newest:
        stays = "the newest good run"
    return Candidate(run, figures, len(sizes), sum(sizes), stays)


class Retention:
    """Removes or packs runs of one download folder. Only one process at a time does that."""

    def __init__(self, parent: Path, jobs: Iterable[Path]) -> None:
        """`jobs` are folders below which JOBDIRs may be, besides those that the runs name."""
        self._parent = parent
        self._jobs = list(jobs)
        self._lock = RunLock(parent / _LOCK, "removal of old runs", CloseReason.JOB_IN_USE)

    def __enter__(self) -> Retention:
        """Take the lock, and end what a kill interrupted. Raise AlreadyRunning or OSError."""
        self._lock.acquire()
        self._tidy()
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def remove(self, run: RunFolder, *, packing: bool) -> str:
        """Remove the run's folder, with `packing` once its zip is there. Return why not, or ""."""
        try:
            with contextlib.ExitStack() as held:
                for jobdir in self._jobdirs(run.path):
                    lock = RunLock(jobdir / "job.lock", "job", CloseReason.JOB_IN_USE)
                    lock.acquire()
                    held.callback(lock.release)
                # Under the lock: a run may have gone on with the job meanwhile.
                if not _is_over(run.figures):
                    return "its job is not over"
                if run.is_packed:
                    run.path.unlink()
                    return ""
                if packing:
                    _pack(run.path)
                leaving = run.path.with_name(f"{run.path.name}{_LEAVING}")
                replace(run.path, leaving)
                shutil.rmtree(leaving)
        except AlreadyRunning:
            return "its job is in use"
        except NotPacked as error:
            return to_ascii(str(error))
        except OSError as error:
            return to_ascii(f"{error.strerror or error}: {error.filename or run.name}")
        return ""

    def _jobdirs(self, folder: Path) -> list[Path]:
        """Return the JOBDIRs whose job has this folder."""
        named = set(_named_jobdirs(folder))
        below = (path.parent for jobs in self._jobs for path in jobs.glob("*/job.json"))
        found = {path.resolve(): path for path in (*named, *below)}
        own = folder.resolve()
        return [
            path
            for path in found.values()
            if (is_of := job_folder(path)) and is_of.resolve() == own
        ]

    def _tidy(self) -> None:
        """Remove what a killed removal left, and zips that were not complete."""
        for path in list(self._parent.iterdir()):
            name = path.name
            if name.endswith(PART) and run_day(name.partition(ENDING)[0]) and ENDING in name:
                with contextlib.suppress(OSError):
                    path.unlink()
            elif name.endswith(_LEAVING) and run_day(name.removesuffix(_LEAVING)):
                shutil.rmtree(path, ignore_errors=True)


def _pack(folder: Path) -> None:
    """Make sure that a zip of the folder is there. Raise OSError or NotPacked."""
    there = packed_path(folder)
    if not there.exists():
        pack(folder)
    elif not is_copy(there, folder):
        # It was unpacked and gone on with: which of the two is wanted, only its owner knows.
        raise NotPacked(f"{there.name} is there already, and differs: remove one of the two")


def _named_jobdirs(folder: Path) -> Iterator[Path]:
    """Yield the JOBDIRs that the run's own events name."""
    with contextlib.suppress(LoadError):
        for event in read_events(JobPaths(folder).events):
            settings = event.more.get("settings")
            if isinstance(settings, dict) and settings.get("JOBDIR"):
                yield Path(str(settings["JOBDIR"]))
