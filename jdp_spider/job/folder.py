"""The folders of a job: JOBDIR, which names it, and the run's folder, which holds its files."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.job.locks import RunLock
from jdp_spider.reasons import CloseReason
from jdp_spider.utils.files import PART, make_folder, write_json
from jdp_spider.utils.loading import Damaged, LoadError, Record, read_json
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from jdp_spider.config.options import Config

logger = logging.getLogger(__name__)

_JOB_FILE = "job.json"
_LONG_NAME = 60
"""Characters of a file name."""

EVENTS = "events.jsonl"
LOG = "run.log"


class JobError(Exception):
    """Raised when the job's folders cannot be used; its text says what to do."""


class JobFolder:
    """Finds the job's folder again by its JOBDIR, or makes a new one; one run at a time."""

    def __init__(self, config: Config, jobdir: str | None, account: str) -> None:
        self._config = config
        self._account = account
        self._lock: RunLock | None = None
        self.jobdir = Path(jobdir) if jobdir else None
        self.folder = Path()
        self.resumed = False

    @property
    def pdfs(self) -> Path:
        """The folder of the reports."""
        return self.folder / "pdfs"

    @property
    def run_data(self) -> Path:
        """The folder of everything else a run leaves behind."""
        return self.folder / "run_data"

    def open_or_create(self) -> None:
        """Lock the job and find or make its folder. Raises JobError, AlreadyRunning or OSError."""
        self._lock_jobdir()
        self._find_folder()
        self.pdfs.mkdir(parents=True, exist_ok=True)
        self.run_data.mkdir(exist_ok=True)
        self._remove_parts()
        self._check_path_length()

    def _lock_jobdir(self) -> None:
        if self.jobdir is not None:
            self._lock = RunLock(self.jobdir / "job.lock", "job", CloseReason.JOB_IN_USE)
            self._lock.acquire()

    def close(self) -> None:
        """Let another run have the job."""
        if self._lock is not None:
            self._lock.release()

    def discard(self) -> bool:
        """Remove the folders of a new job again, as long as nothing is in them; whether it did.

        What was noted and logged by the way is nothing by itself.
        """
        with contextlib.suppress(OSError):
            notes = list(self.run_data.iterdir())
            for path in notes if {path.name for path in notes} <= {EVENTS, LOG} else ():
                path.unlink()
            for folder in (self.pdfs, self.run_data, self.folder):
                folder.rmdir()
            if self.jobdir is not None:
                (self.jobdir / _JOB_FILE).unlink()
        return not self.folder.exists()

    def _find_folder(self) -> None:
        if self.jobdir is None:
            self.folder = new_run_folder(self._config.download_folder)
            return
        job = read_job(self.jobdir)
        if job is None:
            self.folder = new_run_folder(self._config.download_folder)
            write_json(self.jobdir / _JOB_FILE, {
                "folder": str(self.folder.resolve()),
                "nearby": _relative_path(self.folder.resolve(), self.jobdir.resolve()),
                "account": self._account,
                "started": now(),
            })  # fmt: skip
            return
        if job.account != self._account:
            raise JobError(
                f"JOBDIR {self.jobdir} belongs to a job of another account or site: name "
                "another JOBDIR, or set JD_USER and JD_BASE_URL back to what they were"
            )
        self.resumed = True
        self.folder = job.find(self.jobdir)
        if not self.run_data.is_dir():
            logger.warning(
                "The job's folder is gone (%s): starting it anew", to_ascii(str(self.folder))
            )

    def _check_path_length(self) -> None:
        """See that the PDFs of a new job have a place: Windows ends most paths at 259 characters.

        Stock numbers are short; a job that was begun has names that fitted.
        """
        if self.resumed:
            return
        name = self.pdfs / f"{'x' * _LONG_NAME}{PART}"
        try:
            name.touch()
            name.unlink()
        except OSError as error:
            too_long = {errno.ENAMETOOLONG, errno.ENOENT, errno.EINVAL}
            if error.errno not in too_long or not self.pdfs.is_dir():
                raise
            self.discard()
            raise JobError(
                f"The names of files would be too long in {to_ascii(str(self.pdfs.absolute()))}: "
                "choose a DOWNLOAD_FOLDER with a shorter path, such as C:/bookouts"
            ) from None

    def _remove_parts(self) -> None:
        """Remove files that a killed run was still writing. Nobody else writes here."""
        for folder in (self.folder, self.pdfs, self.run_data):
            for path in folder.glob(f"*{PART}"):
                with contextlib.suppress(OSError):
                    path.unlink()


class JobFile(NamedTuple):
    """What job.json says."""

    folder: str
    nearby: str
    """The same as seen from JOBDIR."""
    account: str

    def find(self, jobdir: Path) -> Path:
        """The run's folder, which may be gone. Raises JobError for one that cannot be any."""
        try:
            # Relative to JOBDIR first: both may have been moved together.
            nearby = Path(os.path.normpath(jobdir.resolve() / self.nearby))
            if (nearby / "run_data").is_dir():
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
    """What the job.json of a JOBDIR says; None when there is none yet. Raises JobError."""
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
    """The run's folder that a JOBDIR names; None as long as there is none to be found."""
    try:
        job = read_job(jobdir)
        folder = job.find(jobdir) if job else None
        return folder if folder and (folder / "run_data").is_dir() else None
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
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def _relative_path(folder: Path, start: Path) -> str:
    try:
        return os.path.relpath(folder, start)
    except ValueError:
        # Windows: on another drive.
        return str(folder.resolve())


def now() -> str:
    """The time in UTC, for the books."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def storage_error(error: OSError) -> JobError:
    """What an error of the disk means for the job, and what to do."""
    found = to_ascii(f"{error.filename or 'The download folder'}: {error.strerror or error}")
    if isinstance(error, PermissionError):
        return JobError(f"{found}: choose a DOWNLOAD_FOLDER and JOBDIR that you may write to")
    return JobError(
        f"{found}: check the disk, DOWNLOAD_FOLDER and JOBDIR, then run the same command again"
    )
