"""Commands as they are typed where this program was started, to be told to its user.

Who works in the set-up's own environment without activating it has no `scrapy` on the path.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def scrapy(arguments: str) -> str:
    """`scrapy arguments`, with the path of the program where the name alone is not found."""
    started = Path(sys.argv[0])
    # Else it was started as `python -m scrapy`, or by another program.
    if started.stem.lower() != "scrapy" or _is_on_path(started):
        return f"scrapy {arguments}"
    return f"{_typed(started.with_suffix(''))} {arguments}"


def python(arguments: str) -> str:
    """`python arguments`, with the path of the Python that runs this."""
    return f"{_typed(Path(sys.executable))} {arguments}"


def quoted(word: str) -> str:
    """One word of a command, in quotes where it takes them."""
    return f'"{word}"' if " " in word else word


def resume_command(jobdir: Path | str) -> str:
    """Return the command that goes on with the job of this JOBDIR."""
    setting = quoted(f"JOBDIR={jobdir}")
    return scrapy(f"crawl jdpower -s {setting}")


def nearby(path: Path) -> str:
    """Return the path as seen from the current folder if it lies below, else the whole path."""
    path = path.resolve()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _is_on_path(program: Path) -> bool:
    found = shutil.which(program.stem)
    return found is not None and _plain(Path(found)) == _plain(program)


def _plain(program: Path) -> str:
    """For comparison: on Windows `scrapy` and `SCRAPY.EXE` are the same program."""
    return os.path.normcase(program.absolute().with_suffix(""))


def _typed(program: Path) -> str:
    """From here where it lies below; links stay, as an environment's Python is one."""
    program, here = program.absolute(), Path.cwd()
    return quoted(str(program.relative_to(here) if program.is_relative_to(here) else program))
