"""Paths as people write them into settings and lists."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = re.compile(r"%([A-Za-z_][\w()]*)%")
"""What Windows replaces in its address bar and in commands."""
_OF_SHELL = re.compile(r"\$(?:env:)?\{?[A-Za-z_]\w*\}?(?=[/\\]|\Z)", re.IGNORECASE)
"""What a shell replaces at the beginning of a path."""


def expand_user(text: str) -> Path:
    """Return the path with the home folder for a `~`, and on Windows the values of `%NAME%`.

    Raise ValueError if there is no such home folder or value; it says what to write.
    """
    text = with_own_variables(text)
    try:
        return Path(text).expanduser()
    except RuntimeError:
        user = Path(text).parts[0]
        raise ValueError(f"there is no home folder of {to_ascii(user)}") from None


def with_own_variables(text: str) -> str:
    """Return the text with the values of `%NAME%` on Windows. Raise ValueError, as below."""
    return with_variables(text, os.environ if os.name == "nt" else None)


def with_variables(text: str, environment: Mapping[str, str] | None) -> str:
    """Return the text with the values of `%NAME%`. Without an environment nothing replaces them.

    Raise ValueError for a name that has none: a folder called so would be made.
    """
    if of_shell := _OF_SHELL.match(text):
        raise ValueError(f"must not begin with {to_ascii(of_shell[0])}: {_INSTEAD}")

    def value(found: re.Match[str]) -> str:
        if environment is None or not environment.get(found[1]):
            why = "only Windows replaces" if environment is None else "is not set here"
            raise ValueError(f"must not hold {to_ascii(found[0])}, which {why}: {_INSTEAD}")
        return environment[found[1]]

    return _VARIABLE.sub(value, text)


_INSTEAD = "write the whole path, or begin it with ~ for your own folder"
