"""Finds out what is the case: for one account, from the files that its commands write."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from jdp_spider.config.dotenv import PROJECT_FOLDER, dotenv_path
from jdp_spider.dashboard.check import Check, check_of
from jdp_spider.dashboard.jobs import JobFacts, JobReader, newest_job
from jdp_spider.dashboard.model import Facts
from jdp_spider.dashboard.processes import CHECK, REPAIR, RUN
from jdp_spider.job.ending import LAST_RUN, read_ending
from jdp_spider.job.events import read_events
from jdp_spider.job.locks import is_held, lock_beside
from jdp_spider.utils.loading import read_end
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

    from jdp_spider.dashboard.home import Home
    from jdp_spider.dashboard.processes import Processes, Started
    from jdp_spider.dashboard.values import Values
    from jdp_spider.job.ending import Ending

_QUIET = (0, 3, 130)
"""Exit statuses after which a run has nothing to say that its job does not."""
_PRINTED_BYTES = 20_000
_CLOCK = timedelta(seconds=2)
"""Records have whole seconds."""


class Watcher:
    """Reads the files again and again; what has not changed is not read."""

    def __init__(self, home: Home, processes: Processes) -> None:
        self._home = home
        self._processes = processes
        self._reader: JobReader | None = None
        self._check: tuple[tuple[int, int, bool], Check] | None = None

    def facts(self, values: Values) -> Facts:
        """Return what is the case at this moment."""
        self._processes.reap()
        lock = values.account_folder / "account.lock"
        job = self._job(values.downloads, lock)
        check = self._read_check()
        last = read_ending(values.account_folder / LAST_RUN)
        said = self._said(job, last) or _said_by_check(check)
        return Facts(
            now=datetime.now(timezone.utc),
            has_account=values.has_account,
            problem=values.problem,
            account_changed=self.account_changed(),
            check=check,
            job=job,
            last=last,
            is_starting=self._is_starting(job),
            said=said,
            is_account_busy=is_held(lock),
        )

    def _job(self, downloads: Path, lock: Path) -> JobFacts | None:
        folder = newest_job(PROJECT_FOLDER / downloads)
        if folder is None:
            self._reader = None
            return None
        if self._reader is None or self._reader.folder != folder:
            self._reader = JobReader(folder)
        return self._reader.read(lock, PROJECT_FOLDER)

    def _read_check(self) -> Check | None:
        path = self._home.check_events
        try:
            found = path.stat()
            alive = self._is_checking()
            seen = found.st_size, found.st_mtime_ns, alive
            if self._check is None or self._check[0] != seen:
                printed = read_end(self._home.check_log, _PRINTED_BYTES).decode("utf-8", "replace")
                at = datetime.fromtimestamp(found.st_mtime, timezone.utc)
                is_repair = self._home.load_check()
                check = check_of(
                    read_events(path), printed, at, is_alive=alive, is_repair=is_repair
                )
                self._check = seen, check
        except (OSError, ValueError):
            return None
        return self._check[1]

    def _is_checking(self) -> bool:
        own = [self._processes.last(kind) for kind in (CHECK, REPAIR)]
        if any(own):
            return self._processes.is_running(CHECK, REPAIR)
        return is_held(lock_beside(self._home.check_events))

    def _is_starting(self, job: JobFacts | None) -> bool:
        """Return True if a run was started here whose job cannot be seen yet.

        A process that has finished its run still takes a moment to end.
        """
        started = self._processes.last(RUN)
        if started is None or started.status is not None:
            return False
        return job is None or job.started is None or job.started < started.at - _CLOCK

    def _said(self, job: JobFacts | None, last: Ending | None) -> str:
        """Return the words of a run that was started here and left no other record."""
        started = self._processes.last(RUN)
        if started is None or started.status in (None, *_QUIET):
            return ""
        begun = started.at - _CLOCK
        if last is not None and last.at >= begun:
            return ""
        if job is not None and job.started is not None and job.started >= begun and job.reason:
            return ""
        return _words(started)

    def account_changed(self) -> datetime | None:
        """Return when user name or password were given anew, by the page or in `.env`."""
        changed, left_at = self._home.load_account_change()
        times = [changed] if changed else []
        with contextlib.suppress(OSError):
            mtime = dotenv_path().stat().st_mtime_ns
            if mtime != left_at:
                times.append(datetime.fromtimestamp(mtime / 1e9, timezone.utc))
        return max(times, default=None)

    def note_account_change(self, at: datetime | None) -> None:
        """Keep when user name or password were given anew. Raise OSError.

        Call it after the page itself has written `.env`: what was refused stays refused unless `at`
        says otherwise.
        """
        mtime = 0
        with contextlib.suppress(OSError):
            mtime = dotenv_path().stat().st_mtime_ns
        self._home.save_account_change(at, mtime)


def _said_by_check(check: Check | None) -> str:
    is_over = check is not None and not check.is_running and check.status is None
    return to_ascii_lines(check.rest) if check is not None and is_over else ""


def _words(started: Started) -> str:
    return started.said or f"It ended with status {started.status}."


def to_ascii_lines(text: str) -> str:
    """Return the text with everything but printable ASCII escaped, line by line."""
    return "\n".join(map(to_ascii, text.splitlines()))
