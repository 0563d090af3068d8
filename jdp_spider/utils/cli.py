"""Commands as the user can type them where this program was started.

With the set-up's own environment not activated, there is no `scrapy` on the path.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def scrapy(arguments: str) -> str:
    """Return `scrapy arguments`, with the path of the program if its name is not found."""
    started = Path(sys.argv[0])
    # Else it was started as `python -m scrapy`, or by another program.
    if started.stem.lower() != "scrapy" or _is_on_path(started):
        return f"scrapy {arguments}"
    return f"{_typed(started.with_suffix(''))} {arguments}"


def python(arguments: str) -> str:
    """Return `python arguments`, with the path of the Python that runs this."""
    return f"{_typed(Path(sys.executable))} {arguments}"


def quoted(word: str) -> str:
    """Return one word of a command, in quotes if it needs them."""
    return f'"{word}"' if " " in word else word


def resume_command(jobdir: Path | str) -> str:
    """Return the command that continues the job of this JOBDIR."""
    setting = quoted(f"JOBDIR={jobdir}")
    return scrapy(f"crawl jdpower -s {setting}")


def nearby(path: Path) -> str:
    """Return the path relative to the current folder if it is below it, else the full path."""
    path = path.resolve()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _is_on_path(program: Path) -> bool:
    found = shutil.which(program.stem)
    return found is not None and _plain(Path(found)) == _plain(program)


def _plain(program: Path) -> str:
    """Return a form to compare: on Windows `scrapy` and `SCRAPY.EXE` are the same program."""
    return os.path.normcase(program.absolute().with_suffix(""))


def _typed(program: Path) -> str:
    """Return the path relative to the current folder if it is inside.

    Links stay, because an environment's Python is one.
    """
    program, here = program.absolute(), Path.cwd()
    return quoted(str(program.relative_to(here) if program.is_relative_to(here) else program))
