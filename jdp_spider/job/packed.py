"""The folder of a run as one zip beside it: written, checked, and read again."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from jdp_spider.utils.files import part_of, replace
from jdp_spider.utils.loading import Damaged, LoadError

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDING = ".zip"

_CHUNK = 1 << 20
_LARGEST_RUN = 20_000_000_000
"""Bytes of all files of a run: a hundred times what 2,000 vehicles take."""
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError)
"""What zipfile raises for a file that is no zip, or no longer."""


class NotPacked(Exception):
    """Raised if a folder could not be packed, and is as it was; says why, in ASCII."""


def packed_path(folder: Path) -> Path:
    """Return where a folder's zip is, if it was packed."""
    return folder.with_name(f"{folder.name}{ENDING}")


def pack(folder: Path) -> Path:
    """Write the folder's zip, which is complete and on the disk or not there. Return its path.

    The folder itself stays. Raise OSError, or NotPacked if it contains what no zip can keep.
    """
    target, part = packed_path(folder), part_of(packed_path(folder))
    try:
        with part.open("wb") as file:
            _write(folder, file)
            file.flush()
            os.fsync(file.fileno())
        if not is_copy(part, folder):
            raise NotPacked("what was written differs from the folder")
        replace(part, target)
        _flush_folder(target.parent)
    except (*_BROKEN, ValueError) as error:
        # Such as a name that is not UTF-8.
        raise NotPacked(f"it cannot be packed ({error})") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return target


def _write(folder: Path, file: object) -> None:
    # PDFs are compressed already, but the pages' HTML and the journal are not.
    with zipfile.ZipFile(
        file,  # type: ignore[call-overload]
        "w",
        zipfile.ZIP_DEFLATED,
        strict_timestamps=False,
    ) as packed:
        for path in _everything(folder):
            packed.write(path, _name(path, folder))


def _everything(folder: Path) -> Iterator[Path]:
    """Yield the folder and all that is in it. Raise NotPacked for what is no file or folder."""
    yield folder
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise NotPacked("it contains a link, or something else that is no file")
        yield path


def _name(path: Path, folder: Path) -> str:
    # With the folder's own name: so it comes back where it was when it is unpacked beside the zip.
    return path.relative_to(folder.parent).as_posix()


def is_copy(packed: Path, folder: Path) -> bool:
    """Return True if the zip can be read and contains each of the folder's files, byte for byte."""
    try:
        with zipfile.ZipFile(packed) as found:
            names = set(found.namelist())
            for path in _everything(folder):
                name = _name(path, folder)
                if path.is_dir():
                    if f"{name}/" not in names:
                        return False
                elif name not in names or not _is_same(found, name, path):
                    return False
    except _BROKEN:
        return False
    return True


def _is_same(found: zipfile.ZipFile, name: str, path: Path) -> bool:
    with found.open(name) as packed, path.open("rb") as file:
        while True:
            ours, theirs = file.read(_CHUNK), packed.read(_CHUNK)
            if ours != theirs:
                return False
            if not ours:
                return True


def _flush_folder(folder: Path) -> None:
    """Have the disk keep the new name in the folder, on systems that can be asked to."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_member(packed: Path, name: str, largest: int, *, start: bool = False) -> bytes:
    """Return a file in a zip, or with `start` its first `largest` bytes; nothing if missing.

    Raise LoadError if the zip cannot be read, and Damaged if the file is larger than `largest`.
    """
    _check(packed)
    try:
        with zipfile.ZipFile(packed) as found, found.open(name) as file:
            data = file.read(largest)
            if not start and file.read(1):
                raise Damaged(packed, f"contains a {name} that is too large to be right")
            return data
    except KeyError:
        return b""
    except OSError as error:
        raise LoadError(packed, f"cannot be read ({error.strerror or error})") from error
    except _BROKEN as error:
        raise Damaged(packed, f"is damaged ({error})") from None


@contextlib.contextmanager
def unpacked(packed: Path) -> Iterator[Path]:
    """Unpack a run's zip into a temporary folder, and yield the run's folder in it.

    Raise LoadError if the zip cannot be read or is none of a run's.
    """
    temporary = Path(tempfile.mkdtemp(prefix="jdp_spider-"))
    try:
        yield _extract(packed, temporary)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _extract(packed: Path, into: Path) -> Path:
    _check(packed)
    folder = into / packed.name.removesuffix(ENDING)
    try:
        with zipfile.ZipFile(packed) as found:
            members = [each for each in found.infolist() if _is_inside(each.filename, folder.name)]
            if sum(each.file_size for each in members) > _LARGEST_RUN:
                raise Damaged(packed, "is too large to be right")
            found.extractall(into, members)
    except OSError as error:
        raise LoadError(packed, f"cannot be unpacked ({error.strerror or error})") from error
    except _BROKEN as error:
        raise Damaged(packed, f"is damaged ({error})") from None
    if not (folder / "run_data").is_dir():
        raise Damaged(packed, "contains no run: no run_data")
    return folder


def _check(packed: Path) -> None:
    """Raise LoadError for what is no regular file: to open a pipe may take for ever."""
    if not packed.is_file():
        raise LoadError(packed, "cannot be read (it is no regular file)")


def _is_inside(name: str, folder: str) -> bool:
    return name.startswith(f"{folder}/") and ".." not in name.split("/") and "\\" not in name
