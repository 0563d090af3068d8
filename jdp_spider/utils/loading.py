"""Reads back the files that this program or its user has written, whatever they contain.

The one way to read such a file. What comes back has the shape that was asked for; everything else
raises LoadError, and nothing hangs: only regular files are opened, of a bounded size. Without
Scrapy.
"""

from __future__ import annotations

import errno
import json
import math
import os
import re
import stat
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from jdp_spider.utils.decoding import NotText, decode, typed_by_word
from jdp_spider.utils.text import to_ascii

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_T = TypeVar("_T")

LARGEST_BOOK = 256_000_000
"""Bytes of a journal and the like: a thousand times what 1,000 vehicles take."""
LARGEST_PDF = 256_000_000
LARGEST_FILE = 4_000_000
"""Bytes of what is written by hand, or holds a few values."""
_LONGEST_LINE = 8_000_000
"""Bytes of a line: the longest cell of a CSV fits twice, each character as an escape."""
_LONGEST_TOML_LINE = 10_000
"""Characters. The parser's time grows with the square of a dotted name's length."""
_DEEPEST = 32
"""Our own files have three levels."""
_LONGEST_NUMBER = 40
_LARGEST_NUMBER = 2**63

# In double quotes, "C:\temp" holds a tab, and "C:\Users" is an error.
_WINDOWS_PATH = re.compile(r'[^#"\']*=\s*"[A-Za-z]:\\(?!\\)')

_CHUNK = 1 << 20
_EARLIEST = datetime(1970, 1, 2, tzinfo=timezone.utc)
_LATEST = datetime(2200, 1, 1, tzinfo=timezone.utc)
"""Beyond these, the system's functions for local times fail somewhere."""


class LoadError(ValueError):
    """Raised when a file cannot be used; names the file and says what is wrong, in ASCII.

    The file itself is at fault where it is raised as such: a folder, a device, no permission.
    """

    def __init__(self, path: Path, problem: str) -> None:
        self.problem = to_ascii(problem)
        super().__init__(f"{to_ascii(str(path))} {self.problem}")


class Damaged(LoadError):
    """Raised when a file can be read, and does not hold what it should."""


# Bytes and text


def read_bytes(path: Path, largest: int = LARGEST_FILE, start: int = 0) -> bytes | None:
    """Return the bytes of a regular file from `start` on, or None if there is no such file.

    Raise LoadError for anything else, and Damaged if there are more than `largest`.
    """
    try:
        _check_kind(path.stat())
        with path.open("rb") as file:
            file.seek(start)
            data = _read_at_most(file.read, largest)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise LoadError(path, f"cannot be read ({error.strerror or error})") from error
    except ValueError:
        # NUL, or what the system's encoding does not have.
        raise LoadError(path, "cannot be the name of a file") from None
    if data is None:
        raise Damaged(path, f"is too large to be right: more than {largest:,} bytes")
    return data


def _check_kind(found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    # Opening or reading a pipe or a device may take for ever.
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a regular file")


def _read_at_most(read: Callable[[int], bytes], largest: int) -> bytes | None:
    parts, size = [], 0
    while part := read(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > largest:
            return None
    return b"".join(parts)


def read_start(path: Path, size: int) -> bytes:
    """Return the first `size` bytes of a file, or none if it cannot be read."""
    try:
        _check_kind(path.stat())
        with path.open("rb") as file:
            return file.read(size)
    except (OSError, ValueError):
        return b""


def read_end(path: Path, size: int) -> bytes:
    """Return the last `size` bytes of a file, or none if it cannot be read."""
    try:
        start = max(path.stat().st_size - size, 0)
        # Twice as many: it may be written to at this moment.
        return read_bytes(path, 2 * size + _CHUNK, start) or b""
    except (OSError, ValueError):
        return b""


def read_any_text(path: Path) -> str | None:
    """Return the text of a file that an editor has saved, or None if there is no such file.

    Raise LoadError, and Damaged with what the file is if it is no text.
    """
    data = read_bytes(path)
    try:
        text = "" if data is None else decode(data)
    except NotText as error:
        raise Damaged(path, f"is {error}: save it as plain text in UTF-8") from None
    if "\0" in text:
        raise Damaged(path, "is no text (it holds NUL): save it as plain text in UTF-8")
    return None if data is None else text


# TOML


def read_toml(path: Path) -> dict[str, Any] | None:
    """Return the values of a TOML file, or None if there is no such file.

    Raise LoadError, and Damaged with the place of the error, never with its text.
    """
    text = read_any_text(path)
    if text is None:
        return None
    try:
        # A line break of an old Mac is none in TOML.
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        lines = text.splitlines()
        if any(len(line) > _LONGEST_TOML_LINE for line in lines):
            raise ValueError(f"a line is longer than {_LONGEST_TOML_LINE:,} characters")
        for number, line in enumerate(lines, start=1):
            if _WINDOWS_PATH.match(line):
                raise ValueError(f"write the path in line {number} between single quotes")
        values: dict[str, Any] = tomllib.loads(text)
        if _tidy(values) != values:
            raise ValueError("a text holds the character NUL")
    except (RecursionError, MemoryError):
        raise Damaged(path, "is not TOML: it is nested too deep") from None
    except ValueError as error:
        raise Damaged(path, f"is not TOML: {error}{typed_by_word(text)}") from None
    return values


# JSON


def read_json(path: Path, *, names_files: bool = False) -> Any:
    """Return the JSON value at `path`, or None if there is no such file.

    `names_files`: texts may contain escapes of a file name's bytes that are not UTF-8. Raise
    LoadError, and Damaged if there is no such value.
    """
    data = read_bytes(path)
    try:
        return None if data is None else parse_json(data, names_files=names_files)
    except ValueError as error:
        raise Damaged(path, f"is damaged ({error})") from None


def parse_json(data: bytes, *, names_files: bool = False) -> Any:
    """Return the JSON value in UTF-8 that `data` contains. Raise ValueError.

    Numbers are finite and have 64 bits, and no name occurs twice in an object. In texts, NUL and
    what cannot be written as UTF-8 are replaced.
    """
    try:
        value = _JSON.decode(data.decode("utf-8-sig"))
        if data.count(b"[") + data.count(b"{") > _DEEPEST or _ESCAPES.search(data):
            tidy = _tidy(value)
            return value if names_files else tidy
    except (RecursionError, MemoryError):
        raise ValueError("it is nested too deep") from None
    return value


def _whole_number(text: str) -> int:
    if len(text) > _LONGEST_NUMBER or abs(number := int(text)) >= _LARGEST_NUMBER:
        raise ValueError("a number is too large")
    return number


def _decimal(text: str) -> float:
    if len(text) > _LONGEST_NUMBER or not math.isfinite(number := float(text)):
        raise ValueError("a number is too large")
    return number


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in it")
    return found


_JSON = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_whole_number,
    parse_float=_decimal,
    parse_constant=_no_number,
)
_ESCAPES = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")


def _tidy(value: Any, depth: int = 0) -> Any:
    """Return the same without characters that cannot be written. Raise ValueError if too deep."""
    if isinstance(value, str):
        return _UNWRITABLE.sub("\ufffd", value)
    if not isinstance(value, (list, dict)):
        return value
    if depth >= _DEEPEST:
        raise ValueError("it is nested too deep")
    if isinstance(value, list):
        return [_tidy(each, depth + 1) for each in value]
    return {_tidy(name): _tidy(each, depth + 1) for name, each in value.items()}


@dataclass(frozen=True)
class Lines(Generic[_T]):
    """What the lines of a file hold."""

    values: list[_T]
    damaged: int
    """How many lines were passed over."""
    first: int
    """The number of the first one of these; 0 when there is none."""
    end: int
    """Bytes up to the end of the last line that was read."""


def read_lines(path: Path, make: Callable[[Any], _T], start: int | None = None) -> Lines[_T]:
    """Return what `make` makes of each line's JSON value, or nothing if there is no such file.

    Skip a line if it is damaged or `make` raises ValueError. With `start`, only the
    complete lines from that byte on: the last one may still be being written. Raise LoadError.
    """
    values: list[_T] = []
    damaged = first = 0
    data = read_bytes(path, LARGEST_BOOK, start or 0) or b""
    if start is not None:
        data = data[: data.rfind(b"\n") + 1]
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            values.append(make(parse_line(line)))
        except ValueError:
            damaged += 1
            first = first or number
    return Lines(values, damaged, first, (start or 0) + len(data))


def parse_line(line: bytes) -> Any:
    """Return the JSON value of a line. Raise ValueError."""
    if len(line) > _LONGEST_LINE:
        raise ValueError("the line is too long")
    return parse_json(line)


class Record:
    """A JSON object whose values are asked for by name and type. All methods raise ValueError."""

    def __init__(self, value: Any) -> None:
        if not isinstance(value, dict):
            raise ValueError("it is no object")
        self.values: dict[str, Any] = value

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text, or `default`, if there is one, when the name is missing."""
        value = self.values.get(name, default)
        if not isinstance(value, str):
            raise ValueError(f"{name} is no text")
        return value

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a whole number, 0 or more."""
        value = self.values.get(name, default)
        if type(value) is not int or value < 0:
            raise ValueError(f"{name} is no whole number")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """Return a number, 0 or more."""
        value: Any = self.values.get(name, default)
        if type(value) not in (int, float) or value < 0:
            raise ValueError(f"{name} is no number")
        return float(value)

    def time(self, name: str) -> datetime:
        """Return a moment."""
        return parse_time(self.text(name))


def parse_time(text: str) -> datetime:
    """Return a moment with its time zone, fit for local times. Raise ValueError."""
    at = datetime.fromisoformat(text)
    # One without a time zone cannot be put in order with the others.
    if at.tzinfo is None or not _EARLIEST <= at < _LATEST:
        raise ValueError("no time of a run")
    return at
