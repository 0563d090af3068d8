"""One run at a time: for a job, and for an account at a site."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from datetime import datetime
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from jdp_spider.supervision import lease_token
from jdp_spider.utils.files import make_folder
from jdp_spider.utils.loading import Record, read_json
from jdp_spider.utils.process import is_alive
from jdp_spider.utils.redaction import OwnText
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

    from jdp_spider.reasons import CloseReason

logger = logging.getLogger(__name__)

_LONGEST_SINCE = 20


class AlreadyRunning(Exception):
    """Raised if another live process holds a lock; names it (pid, since when)."""

    def __init__(self, what: str, close_reason: CloseReason, holder: str) -> None:
        super().__init__(f"Another run holds this {what}{holder}: wait for it, or stop it first")
        self.close_reason = close_reason


class RunLock:
    """A lock that the operating system releases when its process dies.

    Its holder is named in a file beside it: on Windows a locked file cannot be read.

    In a group the lease decides, and this is the second line of defence: a holder with an older
    lease has lost the account and does nothing more. It may be frozen, and its lock with it.
    """

    def __init__(self, path: Path, what: str, close_reason: CloseReason) -> None:
        self._path = path
        self._lock = FileLock(path, thread_local=False)
        self._holder = path.with_suffix(".holder.json")
        self._what = what
        self._close_reason = close_reason
        self._is_held = False
        self.was_held = False
        """True once this process has had it."""

    def acquire(self) -> None:
        """Take the lock at once.

        Raise AlreadyRunning if another process holds it, OSError if its folder is not writable.
        """
        make_folder(self._path.parent)
        # To filelock a file that cannot be made is one that is locked, as in /proc.
        self._path.open("ab").close()
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            if not self._has_lapsed():
                raise AlreadyRunning(self._what, self._close_reason, self._who()) from None
            logger.warning(
                "An earlier holder of this %s is frozen: its lease is over", OwnText(self._what)
            )
        since = datetime.now().strftime("%Y-%m-%d %H:%M")  # noqa: DTZ005 - the user's own clock
        holder = {"pid": os.getpid(), "since": since, "lease": lease_token()}
        # A new file: the path may be a pipe, from which no process would read.
        with contextlib.suppress(OSError):
            self._holder.unlink()
        self._holder.write_text(json.dumps(holder), encoding="utf-8")
        self._is_held = self.was_held = True

    def release(self) -> None:
        """Release the lock, if it is held."""
        if self._is_held:
            self._is_held = False
            with contextlib.suppress(OSError):
                self._holder.unlink()
            self._lock.release()

    def _who(self) -> str:
        try:
            holder = self._read_holder()
            since = to_ascii(holder.text("since")[:_LONGEST_SINCE])
            return f" (process {holder.whole('pid')}, since {since})"
        except ValueError:
            return ""

    def _has_lapsed(self) -> bool:
        """Return True if the holder's lease for the account is older than this process's."""
        own = lease_token()
        try:
            return own is not None and self._read_holder().whole("lease") < own
        except ValueError:
            return False

    def _read_holder(self) -> Record:
        """Return the holder's record of itself. Raise ValueError if it is none."""
        return Record(read_json(self._holder))


def lock_beside(path: Path) -> Path:
    """Return the lock that a check of the doctor holds while it writes its events to `path`."""
    return path.with_name(f"{path.name}.lock")


def is_held(path: Path) -> bool:
    """Return True if a living process holds the lock at `path`. Ask it as often as you like.

    The lock itself is only tried where a process of the holder's number lives: a run that starts at
    that moment would find it taken.
    """
    try:
        value = read_json(path.with_suffix(".holder.json"))
        if value is None or not is_alive(Record(value).whole("pid")):
            return False
    except ValueError:
        return False
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return True
    lock.release()
    return False
