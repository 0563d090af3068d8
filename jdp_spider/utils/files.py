"""Files that are either complete or absent, whatever happens while they are written."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_T = TypeVar("_T")

PACKAGE_PARENT = Path(__file__).resolve().parents[2]
"""Where Python finds the package: a checkout, or site-packages."""

PART = ".part"
"""Ending of a file that is still being written."""

_WRITER = secrets.token_hex(4)
"""Tells processes apart that have the same number: in containers that share a folder."""

_AWAY = frozenset(
    getattr(errno, name)
    for name in (
        "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "ENETRESET", "ECONNABORTED",
        "ECONNRESET", "ENOTCONN", "ETIMEDOUT", "ESTALE", "EIO", "ENODEV", "ENXIO", "EREMOTEIO",
        "ENOMEDIUM",
    )
    if hasattr(errno, name)
)  # fmt: skip
"""Errors of a drive that is not connected; not every system has each."""
_AWAY_IN_WINDOWS = frozenset({21, 51, 53, 54, 55, 59, 64, 67, 121, 362, 1117, 1167, 1231, 1232})
"""The same as Windows has them, such as "The network path was not found" (53)."""

_HELD_TRIES = 10
_HELD_PAUSE_S = 0.1


def write_atomic(path: Path, data: bytes, *, is_private: bool = False) -> None:
    """Put `data` at `path`: written beside it, flushed to the disk, then renamed over it.

    `is_private` lets nobody but its owner read it. Raise OSError, and then leave `path` as it was.
    """
    part = part_of(path)
    try:
        with open(part, "wb", opener=_owners if is_private else None) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        replace(part, path)
    except BaseException:  # Ctrl-C, too
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def _owners(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def make_folder(folder: Path) -> None:
    """Make the folder and its missing parents, or nothing at all. Raise OSError if it fails."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        for path in missing:
            with contextlib.suppress(OSError):
                path.rmdir()
        raise


def is_there(path: Path) -> bool:
    """Return True if something is at the path; False also where the system refuses to say.

    Path.exists raises then, such as for a locked drive or a share whose login has lapsed.
    """
    try:
        return path.exists()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """Return True if a file is at the path; False also where the system refuses to say."""
    try:
        return path.is_file()
    except OSError:
        return False


def take_file(path: Path) -> bool:
    """Remove a file. Return True if it was there."""
    try:
        path.unlink()
    except OSError:
        return False
    return True


def part_of(path: Path) -> Path:
    """Return where this process writes a file before it is renamed into place."""
    return path.with_name(f"{path.name}.{os.getpid()}-{_WRITER}{PART}")


def replace(source: Path, target: Path) -> None:
    """Call `os.replace`, again for a second while a virus scanner or viewer has the file."""
    _patiently(partial(os.replace, source, target))


def _patiently(work: Callable[[], _T]) -> _T:
    """Return what `work` does, done again for a second while another program has the file."""
    for _ in range(_HELD_TRIES - 1):
        with contextlib.suppress(PermissionError):
            return work()
        time.sleep(_HELD_PAUSE_S)
    return work()


def append_line(path: Path, text: str, *, durable: bool = True) -> None:
    """Append `text` as a line of its own, even after a line that a crash cut short.

    `durable` flushes it to the disk. Raise OSError if it fails.
    """
    # Only to open it is tried again: no line is written twice.
    with _patiently(lambda: path.open("ab+")) as file:
        torn = False
        if file.tell():
            file.seek(-1, os.SEEK_END)
            torn = file.read(1) != b"\n"
        file.write(b"\n" * torn + in_utf8(text) + b"\n")
        if durable:
            file.flush()
            os.fsync(file.fileno())


def in_utf8(text: str) -> bytes:
    r"""Return the text in UTF-8; a byte of a file's name that is not UTF-8 becomes `\udce9`.

    Python has such a byte as a lone surrogate, and in JSON that is its escape: the text names the
    same file when it is read back.
    """
    return text.encode("utf-8", "backslashreplace")


def is_utf8(text: str) -> bool:
    """Return True if a text from the environment or a file's name can be written in UTF-8."""
    return text == text.encode("utf-8", "ignore").decode("utf-8")


def write_json(path: Path, value: Any) -> None:
    """Put `value` at `path` as indented JSON in UTF-8."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    write_atomic(path, in_utf8(text + "\n"))


def write_each(files: Mapping[Path, Any]) -> dict[Path, OSError]:
    """Write each value as JSON, whatever happens to the others. Return what was not written."""
    failures = {}
    for path, value in files.items():
        try:
            write_json(path, value)
        except OSError as error:
            failures[path] = error
    return failures


def size_of(path: Path) -> int:
    """Return the size of a file in bytes; 0 if there is none that can be seen."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def is_held(error: OSError) -> bool:
    """Return True if the folder takes files, but another program has just this one open."""
    # Only a rename has two names.
    return isinstance(error, PermissionError) and bool(error.filename2)


def is_away(error: OSError) -> bool:
    """Return True if a drive or network share seems not to be connected for now.

    A missing path is no sign of it alone: see FolderOutage.
    """
    # Windows' "The device is not ready" is a PermissionError otherwise.
    return getattr(error, "winerror", None) in _AWAY_IN_WINDOWS or error.errno in _AWAY
