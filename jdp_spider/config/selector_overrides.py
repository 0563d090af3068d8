"""`selectors.toml`: what the user says the site calls otherwise than the program believes."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from jdp_spider.config.dotenv import dotenv_path
from jdp_spider.pages.site import PURPOSES
from jdp_spider.utils.loading import Damaged, LoadError, read_toml
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "selectors.toml"


class SelectorsError(ValueError):
    """Raised when selectors.toml cannot be used; a line for each thing that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def selectors_path() -> Path:
    """Where the file is looked for: beside `.env`."""
    return dotenv_path().with_name(FILE_NAME)


def read_selectors(path: Path) -> dict[str, str]:
    """The names and values in `path`, for `Site.with_changes`; none when there is no such file.

    Raises SelectorsError for a name that is none, a value that is no text, or a broken file.
    """
    try:
        found: dict[str, str] = read_toml(path) or {}
    except Damaged as error:
        wanted = 'expected lines such as reports = "button.reportButton" and UTF-8'
        raise SelectorsError([f"{_shown(path)}: {wanted} ({error.problem})"]) from None
    except LoadError as error:
        raise SelectorsError([str(error)]) from None
    problems = [line for name, value in found.items() if (line := _problem(name, value))]
    if problems:
        raise SelectorsError(problems)
    return found


def _problem(name: str, value: object) -> str:
    if name not in PURPOSES:
        close = difflib.get_close_matches(name, PURPOSES, n=1, cutoff=0.6)
        meant = f"; did you mean {close[0]}?" if close else ""
        return f"{FILE_NAME}: {to_ascii(name)} is not a name{meant} (see docs/selectors.md)"
    if not isinstance(value, str) or not value.strip():
        return f'{FILE_NAME}: {name} must be a text between quotes, such as {name} = "#someId"'
    return ""


def _shown(path: Path) -> str:
    return to_ascii(str(path))
