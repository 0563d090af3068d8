"""Writes settings into `.env`: line by line, with comments and all other lines kept."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from jdp_spider.config.dotenv import read_dotenv
from jdp_spider.utils.files import part_of, replace
from jdp_spider.utils.loading import read_any_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PRIVATE_MODE = 0o600


class NotEdited(ValueError):
    """Raised if a value cannot be written into `.env` so that it is read back as it was."""


def write_settings(path: Path, values: Mapping[str, str | None]) -> None:
    """Give each name its value in the file at `path`, or none at all for None.

    Raise NotEdited if the value would not be read back, EnvFileError if the file cannot be read, or
    OSError; then the file stays as it was.
    """
    before = read_dotenv(path, replaced=values)
    found = read_any_text(path)
    text = found or ""
    for name, value in values.items():
        text = _edited(text, name, value)
    part = part_of(path)
    mode = path.stat().st_mode & 0o777 if found is not None else _PRIVATE_MODE
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        wanted = {**before, **values}
        if read_dotenv(part) != {
            name: value for name, value in wanted.items() if value is not None
        }:
            raise NotEdited(f"{', '.join(values)} cannot be written into {path.name}")
        replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _edited(text: str, name: str, value: str | None) -> str:
    """Return the text with one line for the name, where its line or its comment was."""
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    own = re.compile(rf"\s*(?:export\s+)?{re.escape(name)}\s*=")
    mentioned = re.compile(rf"\s*#\s*{re.escape(name)}\s*=")
    places = [number for number, line in enumerate(lines) if own.match(line)]
    examples = [number for number, line in enumerate(lines) if mentioned.match(line)]
    # A line that is taken out keeps no value: it may be a password.
    new = f"#{name}=" if value is None else f"{name}={_quoted(value)}"
    for number in places:
        lines[number] = f"#{name}="
    if value is not None:
        place = next(iter([*places[-1:], *examples[-1:]]), None)
        if place is None:
            lines.append(new)
        else:
            lines[place] = new
    return ending.join([*lines, ""])


def _quoted(value: str) -> str:
    """Return the value as `.env` takes it literally."""
    if value and not re.search(r"""\s#|^[\s"'#]|[\s"']$""", value):
        return value
    quote = "'" if "'" not in value else '"'
    return f"{quote}{value}{quote}"
