"""The folders of a job: JOBDIR, which names it, and its run folder, which holds its files."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.inventory import read_inventory
from jdp_spider.job.locks import RunLock
from jdp_spider.job.packed import packed_path
from jdp_spider.reasons import CloseReason
from jdp_spider.utils.files import PART, make_folder, write_json
from jdp_spider.utils.loading import LARGEST_BOOK, Damaged, LoadError, Record, read_bytes, read_json
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from jdp_spider.inventory import Inventory

logger = logging.getLogger(__name__)

RUN_FILE = "run.json"
"""In the folder of a group's run: below it are the folders of its accounts."""
_JOB_FILE = "job.json"
_LONG_NAME = 60
"""Characters of a file name."""


class JobError(Exception):
    """Raised if the job's folders cannot be used; its text says what to do."""


class JobPaths:
    """The paths of a job's files, below its run folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pdfs = folder / "pdfs"
        self.run_data = folder / "run_data"
        self.journal = self.run_data / "journal.jsonl"
        self.inventory = self.run_data / "inventory.csv"
        self.links = self.run_data / "links.jsonl"
        self.events = self.run_data / "events.jsonl"
        self.tracking = self.run_data / "tracking.json"
        self.checkpoint = self.run_data / "checkpoint.json"
        self.metrics = self.run_data / "metrics.json"
        self.snapshots = self.run_data / "snapshots"
        self.log = self.run_data / "run.log"
        self.progress = self.run_data / "progress.json"

    def load_inventory(self) -> Inventory | None:
        """Return the inventory as the job keeps it, or None if there is no file.

        Raise LoadError if it cannot be read, InventoryError if it is no inventory.
        """
        exported = read_bytes(self.inventory, LARGEST_BOOK)
        return None if exported is None else read_inventory(exported)


class JobFolder:
    """Finds a job's run folder by its JOBDIR, or creates one; allows one run at a time."""

    def __init__(self, parent: Path, jobdir: str | None, account: str) -> None:
        self._parent = parent
        self._account = account
        self._lock: RunLock | None = None
        self.jobdir = Path(jobdir) if jobdir else None
        self.resumed = False
        self._paths = JobPaths(Path())

    def open_or_create(self) -> JobPaths:
        """Lock the job, and find or create its run folder.

        Raise AlreadyRunning if another run has the job, JobError or OSError on a bad folder.
        """
        self._lock_jobdir()
        self._paths = JobPaths(self._find_folder())
        self._paths.pdfs.mkdir(parents=True, exist_ok=True)
        self._paths.run_data.mkdir(exist_ok=True)
        self._remove_parts()
        self._check_path_length()
        return self._paths

    def _lock_jobdir(self) -> None:
        if self.jobdir is not None:
            self._lock = RunLock(self.jobdir / "job.lock", "job", CloseReason.JOB_IN_USE)
            self._lock.acquire()

    def close(self) -> None:
        """Release the job for another run."""
        if self._lock is not None:
            self._lock.release()

    def discard(self) -> bool:
        """Remove the folders of a new job unless they hold something. Return True if removed.

        Events, log and progress alone do not count.
        """
        paths = self._paths
        with contextlib.suppress(OSError):
            notes = set(paths.run_data.iterdir())
            known = {paths.events, paths.log, paths.progress}
            for path in notes if notes <= known else ():
                path.unlink()
            for folder in (paths.pdfs, paths.run_data, paths.folder):
                folder.rmdir()
            if self.jobdir is not None:
                (self.jobdir / _JOB_FILE).unlink()
        return not paths.folder.exists()

    def exported_on(self) -> date | None:
        """Return the day of the inventory if a run before this one exported it."""
        with contextlib.suppress(OSError):
            if self.resumed:
                seconds = self._paths.inventory.stat().st_mtime
                return datetime.fromtimestamp(seconds).astimezone().date()
        return None

    def _find_folder(self) -> Path:
        if self.jobdir is None:
            return new_run_folder(self._parent)
        job = read_job(self.jobdir)
        if job is None:
            folder = new_run_folder(self._parent)
            write_json(self.jobdir / _JOB_FILE, {
                "folder": str(folder.resolve()),
                "nearby": _relative_path(folder.resolve(), self.jobdir.resolve()),
                "account": self._account,
                "started": now(),
            })  # fmt: skip
            return folder
        if job.account != self._account:
            raise JobError(
                f"JOBDIR {self.jobdir} belongs to a job of another account or site: name "
                "another JOBDIR, or set JD_USER and JD_BASE_URL back to what they were"
            )
        self.resumed = True
        folder = job.find(self.jobdir)
        if not JobPaths(folder).run_data.is_dir():
            if (packed := packed_path(folder)).is_file():
                raise JobError(
                    f"The folder of this job was packed into {to_ascii(str(packed))}: name another "
                    "JOBDIR for a new job, or unpack it there to continue this one"
                )
            logger.warning(
                "The job's folder is gone (%s): starting it again", to_ascii(str(folder))
            )
        return folder

    def _check_path_length(self) -> None:
        """Check that a new job's PDFs fit: Windows limits most paths to 259 characters.

        Stock numbers are short; in a job already begun the names did fit.
        """
        if self.resumed:
            return
        pdfs = self._paths.pdfs
        name = pdfs / f"{'x' * _LONG_NAME}{PART}"
        try:
            name.touch()
            name.unlink()
        except OSError as error:
            too_long = {errno.ENAMETOOLONG, errno.ENOENT, errno.EINVAL}
            if error.errno not in too_long or not pdfs.is_dir():
                raise
            self.discard()
            raise JobError(
                f"The names of files would be too long in {to_ascii(str(pdfs.absolute()))}: "
                "choose a DOWNLOAD_FOLDER with a shorter path, such as C:/bookouts"
            ) from None

    def _remove_parts(self) -> None:
        """Remove files that a killed run was still writing. No other process writes here."""
        for folder in (self._paths.folder, self._paths.pdfs, self._paths.run_data):
            for path in folder.glob(f"*{PART}"):
                with contextlib.suppress(OSError):
                    path.unlink()


class JobFile(NamedTuple):
    """The contents of job.json."""

    folder: str
    nearby: str
    """The same, relative to JOBDIR."""
    account: str

    def find(self, jobdir: Path) -> Path:
        """Return the run folder, which may be gone. Raise JobError if it cannot be one."""
        try:
            # Relative to JOBDIR first: both may have been moved together.
            nearby = Path(os.path.normpath(jobdir.resolve() / self.nearby))
            if JobPaths(nearby).run_data.is_dir() or packed_path(nearby).is_file():
                return nearby
            folder = Path(self.folder)
            if not folder.is_absolute():
                raise ValueError("it is not a full path")
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                folder.stat()
        except (OSError, ValueError) as error:
            found = error.strerror if isinstance(error, OSError) else error
            raise JobError(
                f"{to_ascii(str(jobdir / _JOB_FILE))} names a folder that cannot be used here "
                f"({found}): name another JOBDIR, or remove that file to start a new job there"
            ) from None
        return folder


def read_job(jobdir: Path) -> JobFile | None:
    """Return a JOBDIR's job.json; None if there is none yet. Raise JobError if unreadable."""
    path = jobdir / _JOB_FILE
    try:
        value = read_json(path, names_files=True)
        if value is None:
            return None
        job = Record(value)
        folder = job.text("folder")
        return JobFile(folder, job.text("nearby", folder), job.text("account"))
    except ValueError as error:
        is_other = not isinstance(error, LoadError) or isinstance(error, Damaged)
        problem = f"{path} is no job of this program" if is_other else f"{error}"
        raise JobError(
            f"{problem}: name another JOBDIR, or remove that file to start a new job there"
        ) from None


def job_folder(jobdir: Path) -> Path | None:
    """Return the run folder that a JOBDIR names; None as long as none is found."""
    try:
        job = read_job(jobdir)
        folder = job.find(jobdir) if job else None
        return folder if folder and JobPaths(folder).run_data.is_dir() else None
    except (OSError, JobError):
        return None


def new_run_folder(parent: Path) -> Path:
    """Make and return the next free `MM-DD-YYYY`, `MM-DD-YYYY (2)`, ... below `parent`."""
    make_folder(parent)
    day = datetime.now().strftime("%m-%d-%Y")  # noqa: DTZ005 - the user's own day
    number = 1
    while True:
        folder = parent / (day if number == 1 else f"{day} ({number})")
        try:
            if packed_path(folder).exists():
                raise FileExistsError
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def _relative_path(folder: Path, start: Path) -> str:
    try:
        # With "/", which Windows understands, too: the job may move to another system.
        return Path(os.path.relpath(folder, start)).as_posix()
    except ValueError:
        # Windows: on another drive.
        return str(folder.resolve())


def now() -> str:
    """Return the time in UTC, for the records."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def storage_error(error: OSError) -> JobError:
    """Return a JobError that says what a disk error means for the job, and what to do."""
    found = to_ascii(f"{error.filename or 'The download folder'}: {error.strerror or error}")
    if isinstance(error, PermissionError):
        return JobError(f"{found}: choose a DOWNLOAD_FOLDER and JOBDIR that you may write to")
    return JobError(
        f"{found}: check the disk, DOWNLOAD_FOLDER and JOBDIR, then run the same command again"
    )
