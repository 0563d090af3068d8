"""One run at a time: for a job, and for an account at a site."""

from __future__ import annotations

import contextlib
import json
import os
from datetime import datetime
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from pathlib import Path


class InUse(Exception):
    """Raised when another live process holds a lock; names it (pid, since when)."""

    def __init__(self, what: str, close_reason: str, holder: str) -> None:
        super().__init__(f"Another run holds this {what}{holder}: wait for it, or stop it first")
        self.close_reason = close_reason


class RunLock:
    """A lock that the operating system gives back when its process dies.

    Who holds it stands in a file beside it: on Windows a locked file cannot be read.
    """

    def __init__(self, path: Path, what: str, close_reason: str) -> None:
        self._lock = FileLock(path, thread_local=False)
        self._holder = path.with_suffix(".holder.json")
        self._what = what
        self._close_reason = close_reason

    def acquire(self) -> None:
        """Take the lock at once. Raises InUse, or OSError when its folder cannot be written."""
        self._holder.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise InUse(self._what, self._close_reason, self._who()) from None
        since = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
        self._holder.write_text(json.dumps({"pid": os.getpid(), "since": since}), encoding="utf-8")

    def release(self) -> None:
        """Give the lock back; nothing happens when it is not held."""
        if self._lock.is_locked:
            with contextlib.suppress(OSError):
                self._holder.unlink()
            self._lock.release()

    def _who(self) -> str:
        try:
            holder = json.loads(self._holder.read_text(encoding="utf-8"))
            return f" (process {int(holder['pid'])}, since {ascii(holder['since'])[1:-1]})"
        except (OSError, ValueError, KeyError, TypeError):
            return ""
