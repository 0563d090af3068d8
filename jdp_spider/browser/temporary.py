"""A temporary folder for browser and driver; a later run removes those of killed runs."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from jdp_spider.utils.files import is_file, is_utf8

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "jdp_spider-"
_LOCK = "run.lock"
_NAMES = ("TMPDIR", "TEMP", "TMP")
_YOUNG_S = 60.0
"""A folder this young may belong to a run that is just about to lock it."""


class TemporaryFolder:
    """A folder in the system's temporary folder, locked while its process lives."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_parent()))
        self._lock = FileLock(self.path / _LOCK, thread_local=False)
        self._lock.acquire(timeout=0)

    def remove(self) -> None:
        """Remove the folder and its contents."""
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)

    def in_environment(self) -> contextlib.AbstractContextManager[None]:
        """Let processes started inside the block, and their children, use the folder."""
        return environment(dict.fromkeys(_NAMES, str(self.path)))


@contextlib.contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Set these environment variables inside the block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _parent() -> Path:
    """Return the system's temporary folder, or /tmp where the driver could not name it."""
    parent = tempfile.gettempdir()
    return Path(parent if is_utf8(parent) else "/tmp")


def remove_leftovers() -> int:
    """Remove the folders of killed runs. Return their number.

    The lock tells that a folder is a run's: one that somebody has named so is none.
    """
    removed = 0
    for folder in _parent().glob(f"{_PREFIX}*"):
        # It may be another user's.
        if folder.is_symlink() or not is_file(folder / _LOCK):
            continue
        with contextlib.suppress(OSError, Timeout):
            if time.time() - folder.stat().st_mtime < _YOUNG_S:
                continue
            with FileLock(folder / _LOCK, thread_local=False).acquire(timeout=0):
                pass
            shutil.rmtree(folder)
            removed += 1
    return removed
