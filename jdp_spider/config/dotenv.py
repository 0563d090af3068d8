"""The project's settings in the environment and in the `.env` file beside `scrapy.cfg`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from jdp_spider.config.validators import IN_TYPOGRAPHIC_QUOTES, INVISIBLE
from jdp_spider.utils.files import PACKAGE_PARENT
from jdp_spider.utils.loading import LoadError, read_any_text

if TYPE_CHECKING:
    from collections.abc import Container, Iterable


def find_project_folder() -> Path:
    """Return the folder of the `scrapy.cfg` that Scrapy finds from here, else PACKAGE_PARENT."""
    here = Path.cwd()
    found = (folder for folder in (here, *here.parents) if (folder / "scrapy.cfg").exists())
    return next(found, PACKAGE_PARENT)


PROJECT_FOLDER = find_project_folder()
"""Where `.env` and `selectors.toml` are looked for, and where commands of the project start."""


_EXPORT = re.compile(r"\Aexport\s+")
_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")

ENV_FILE = "JDP_ENV_FILE"
"""Environment variable that names another file to read instead of `.env`."""
PARENT = "JDP_PARENT"
"""Environment variable that says that a supervisor talks to this crawl by standard input."""


def dotenv_path() -> Path:
    """Return the path in JDP_ENV_FILE, else that of `.env` beside `scrapy.cfg`."""
    return Path(os.environ.get(ENV_FILE) or PROJECT_FOLDER / ".env")


class EnvFileError(ValueError):
    """Raised if `.env` cannot be read; names the line and says what to do."""


def read_dotenv(path: Path, replaced: Container[str] = ()) -> dict[str, str]:
    """Return the names and values in `path`; empty if there is no such file.

    Values are taken literally: `$` and backslash have no special meaning. One pair of quotes
    around a value is removed; without quotes, a comment may follow after ` #`. Notepad's encodings
    are accepted: UTF-8, UTF-16 and Windows-1252. Raise EnvFileError if `path` cannot be read, or
    a value cannot be what was meant, as where a name has two, unless it is to be `replaced`.
    """
    # What a group gives its crawls: nothing.
    if str(path) == os.devnull:
        return {}
    try:
        text = read_any_text(path)
    except LoadError as error:
        raise EnvFileError(str(error)) from None
    if text is None:
        if ENV_FILE in os.environ:
            raise EnvFileError(f"{ENV_FILE} names no file: {path}")
        return {}
    return _values(text, path, replaced)


def _values(whole: str, path: Path, replaced: Container[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(whole.splitlines(), start=1):
        text = _EXPORT.sub("", line.strip())
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        name = name.strip()
        # What is no name may be a part of a password, and messages show names.
        if not equals or not _NAME.fullmatch(name):
            raise EnvFileError(f"{path}, line {number}: expected NAME=value")
        if IN_TYPOGRAPHIC_QUOTES.fullmatch(value.strip()):
            raise EnvFileError(
                f"{path}, line {number}: the quotes around the value are those of a word processor "
                "and would be taken as a part of it: type straight ones, or none"
            )
        if hidden := INVISIBLE.search(value):
            raise EnvFileError(
                f"{path}, line {number}: the value holds the invisible character "
                f"U+{ord(hidden[0]):04X}, which came with a copied text: type the value anew"
            )
        value = _value(value.strip())
        if not value and values.get(name):
            continue
        if name not in replaced and values.get(name, value) not in ("", value):
            raise EnvFileError(
                f"{path}: {name} has one value in line {lines[name]} and another in line {number}: "
                "remove one of the lines"
            )
        values[name], lines[name] = value, number
    return values


def _value(text: str) -> str:
    quoted = re.fullmatch(r"""(["'])(.*)\1(?:\s+#.*)?""", text)
    if quoted:
        return quoted[2]
    return re.split(r"\s#", text, maxsplit=1)[0].rstrip()


def read_environment(names: Iterable[str], path: Path | None = None) -> dict[str, str]:
    """Return the values of `names` in the environment, else in `.env`; empty ones do not count."""
    dotenv = read_dotenv(path or dotenv_path())
    places = (os.environ, dotenv)
    found = {name: [p[name] for p in places if p.get(name, "").strip()] for name in names}
    return {name: values[0] for name, values in found.items() if values}
