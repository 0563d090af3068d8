"""Writes corrections into `selectors.toml`: line by line, with the user's own lines kept."""

from __future__ import annotations

import contextlib
import re
import sys
from datetime import datetime
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from jdp_spider.config.problems import ConfigError
from jdp_spider.config.selector_overrides import FILE_NAME, check_has_place, read_selectors
from jdp_spider.utils.files import write_atomic
from jdp_spider.utils.loading import read_any_text
from jdp_spider.utils.text import to_ascii

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from pathlib import Path

_LOCK_S = 10.0
_MOST_LINES = 20
"""Lines that the value of one name may have."""
_KEPT = "# (before the repair) "


class SelectorEdit:
    """Writes names into one `selectors.toml`, each as soon as it is known.

    The file as it was before the first is kept beside it. Other processes may write, too: each
    write takes the lock and reads the file again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.backup: Path | None = None
        """Where the old file is kept; None while nothing was written, or if there was none."""
        self._is_kept = False

    def write(self, name: str, value: str, before: str, shown: str) -> None:
        """Put a name's value into the file, with what it was and what was found.

        Raise OSError if it cannot be written, ConfigError if the file cannot be read as TOML.
        """
        check_has_place()
        try:
            with FileLock(self.path.with_name(f"{FILE_NAME}.lock"), timeout=_LOCK_S):
                self._write(name, value, before, shown)
        except Timeout:
            raise OSError(f"{FILE_NAME} is locked by another process") from None

    def _write(self, name: str, value: str, before: str, shown: str) -> None:
        known = read_selectors(self.path)
        if known.get(name) == value:
            return
        text = read_any_text(self.path) or ""
        now = datetime.now().astimezone()
        comment = f"# {now:%Y-%m-%d %H:%M}, by the repair: it was {_in_comment(before)}"
        if shown:
            comment += f"; it is {_in_comment(shown)}"
        changed = edited(text, name, value, comment)
        self._keep(text, f"{now:%Y%m%d-%H%M%S}")
        write_atomic(self.path, changed.encode())

    def _keep(self, text: str, stamp: str) -> None:
        if self._is_kept or not text:
            self._is_kept = True
            return
        number, backup = 1, self.path.with_name(f"selectors-{stamp}.toml")
        while backup.exists():
            number += 1
            backup = self.path.with_name(f"selectors-{stamp}-{number}.toml")
        write_atomic(backup, text.encode())
        self.backup, self._is_kept = backup, True


def _in_comment(text: str) -> str:
    return to_ascii(" ".join(text.split()))[:120]


def edited(text: str, name: str, value: str, comment: str) -> str:
    """Return the text of a `selectors.toml` in which `name` has `value`; all else stays.

    The user's own line for it stays as a comment. Raise ConfigError where the file is written in
    a way that cannot be changed so.
    """
    line = f"{name} = {_quoted(value)}"
    ending = "\r\n" if "\r\n" in text else "\n"
    wanted = {**_parsed(text), name: value}
    for candidate in _candidates(text, name, [comment, line], ending):
        with contextlib.suppress(tomllib.TOMLDecodeError):
            if tomllib.loads(candidate.replace("\r\n", "\n")) == wanted:
                return candidate
    raise ConfigError([f"{FILE_NAME}: cannot be changed automatically; put in by hand: {line}"])


def _parsed(text: str) -> dict[str, object]:
    try:
        found: dict[str, object] = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{FILE_NAME}: {to_ascii(str(error))}"]) from None
    return found


def _candidates(text: str, name: str, new: list[str], ending: str) -> list[str]:
    """Return texts that may be right: the name's old lines replaced, or new ones at the end."""
    lines = text.splitlines()
    begins = re.compile(rf"""\s*["']?{re.escape(name)}["']?\s*=""")
    found = []
    for start, line in enumerate(lines):
        if not begins.match(line):
            continue
        for end in range(start + 1, min(start + _MOST_LINES, len(lines)) + 1):
            old = [f"{_KEPT}{each}".rstrip() for each in lines[start:end]]
            found.append(ending.join([*lines[:start], *old, *new, *lines[end:], ""]))
    gap = [""] if lines and lines[-1].strip() else []
    found.append(ending.join([*lines, *gap, *new, ""]))
    return found


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _quoted(value: str) -> str:
    """Return a TOML string; between ' where the value holds quotes only of the other kind."""
    if '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    signs = (_ESCAPES.get(sign) or _shown(sign) for sign in value)
    return f'"{"".join(signs)}"'


def _shown(sign: str) -> str:
    return sign if sign.isprintable() else f"\\u{ord(sign):04x}"
