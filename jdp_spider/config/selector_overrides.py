"""`selectors.toml`: the user's corrections of the selectors that the program uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp_spider.config.dotenv import dotenv_path
from jdp_spider.config.problems import ConfigError, did_you_mean
from jdp_spider.pages.site import PURPOSES
from jdp_spider.utils.loading import Damaged, LoadError, read_toml
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

FILE_NAME = "selectors.toml"


def selectors_path() -> Path:
    """Return the path of `selectors.toml`, beside `.env`."""
    return dotenv_path().with_name(FILE_NAME)


def check_has_place() -> None:
    """Raise OSError where `selectors.toml` can be written nowhere: JDP_ENV_FILE names a device."""
    # Such as /dev/null: nothing is written beside it.
    path = dotenv_path()
    if path.exists() and not path.is_file():
        raise OSError(f"JDP_ENV_FILE names no file, so there is no place for {FILE_NAME}")


def read_selectors(path: Path) -> dict[str, str]:
    """Return the names and values in `path`, for `Site.with_changes`; empty if no such file.

    Raise ConfigError for an unknown name, a value that is no text, or a broken file.
    """
    try:
        found: dict[str, str] = read_toml(path) or {}
    except Damaged as error:
        wanted = 'expected lines such as reports = "button.reportButton" and UTF-8'
        raise ConfigError([f"{to_ascii(str(path))}: {wanted} ({error.problem})"]) from None
    except LoadError as error:
        raise ConfigError([str(error)]) from None
    problems = [line for name, value in found.items() if (line := _problem(name, value))]
    if problems:
        raise ConfigError(problems)
    return found


def _problem(name: str, value: object) -> str:
    if name not in PURPOSES:
        meant = did_you_mean(name, PURPOSES)
        return f"{FILE_NAME}: {to_ascii(name)} is not a name{meant} (see docs/selectors.md)"
    if not isinstance(value, str) or not value.strip():
        return f'{FILE_NAME}: {name} must be a text between quotes, such as {name} = "#someId"'
    return ""


def selectors_advice(names: Collection[str], changed: Collection[str]) -> str:
    """Return advice for a site that has renamed these; `changed` are those in selectors.toml."""
    own = [name for name in names if name in changed]
    if own:
        return f"Correct or remove the line of {' and '.join(own)} in selectors.toml."
    lines = " and ".join(f'{name} = "..."' for name in names)
    return (
        "Run `scrapy doctor --repair`: it finds what the site has now and tries it. By hand, put "
        f"{lines} into selectors.toml beside .env: docs/selectors.md tells how."
    )
