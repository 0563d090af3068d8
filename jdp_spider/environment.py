"""Own settings found in the environment and in the `.env` file beside `scrapy.cfg`."""

from __future__ import annotations

import codecs
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values

if TYPE_CHECKING:
    from collections.abc import Iterable

PROJECT_FOLDER = Path(__file__).resolve().parent.parent

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


ENV_FILE = "JDP_ENV_FILE"
"""Environment variable that names another file to read instead of `.env`."""


def dotenv_path() -> Path:
    """The file that is read: the one that JDP_ENV_FILE names, else `.env` beside `scrapy.cfg`."""
    return Path(os.environ.get(ENV_FILE) or PROJECT_FOLDER / ".env")


def read_dotenv(path: Path) -> dict[str, str]:
    """The names and values in `path`; nothing when there is no such file.

    Values are taken as written: `$` in a password is no variable. Notepad's encodings
    (UTF-8 and UTF-16, each with a byte-order mark) are understood.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")
    text = data.decode(encoding, errors="replace")
    values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value is not None}


def read_environment(names: Iterable[str], path: Path | None = None) -> dict[str, str]:
    """What the environment, else `.env`, says about `names`; an empty value says nothing."""
    dotenv = read_dotenv(path or dotenv_path())
    found = {name: os.environ.get(name, "").strip() or dotenv.get(name, "") for name in names}
    return {name: value for name, value in found.items() if value}
