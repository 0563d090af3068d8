"""Commands as the user can type them where this program was started.

With the set-up's own environment not activated, there is no `scrapy` on the path. And the program
`scrapy` in that environment holds the path that the folder had when it was set up.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

SET_UP = "python bootstrap.py setup"
"""The command that installs what is missing, in the program's folder."""

_PLAIN = re.compile(r"[\w@%+=:./-]+")
"""What no shell takes for anything but a word."""


def scrapy(arguments: str) -> str:
    """Return `python -m scrapy arguments`, with the path of the Python that runs this."""
    return python(f"-m scrapy {arguments}")


def python(arguments: str) -> str:
    """Return `python arguments`, with the path of the Python that runs this."""
    return f"{_typed(Path(sys.executable))} {arguments}"


def quoted(word: str) -> str:
    """Return one word of a command, in the quotes that this system's shell needs for it."""
    return quoted_for_powershell(word) if os.name == "nt" else quoted_for_sh(word)


def quoted_for_sh(word: str) -> str:
    """Return a word of a command for bash, zsh and the like."""
    if _PLAIN.fullmatch(word):
        return word
    # Between double quotes these still have a meaning.
    return shlex.quote(word) if re.search(r'["$`\\!]', word) else f'"{word}"'


def quoted_for_powershell(word: str) -> str:
    """Return a word of a command for PowerShell: no name on Windows holds a double quote."""
    if _PLAIN.fullmatch(word.replace("\\", "/")):
        return word
    if re.search("[$`]", word):
        doubled = word.replace("'", "''")
        return f"'{doubled}'"
    return f'"{word}"'


def resume_command(jobdir: Path | str) -> str:
    """Return the command that continues the job of this JOBDIR."""
    setting = quoted(f"JOBDIR={jobdir}")
    return scrapy(f"crawl jdpower -s {setting}")


def nearby(path: Path) -> str:
    """Return the path relative to the current folder if it is below it, else the full path."""
    path = path.resolve()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _typed(program: Path) -> str:
    """Return the path relative to the current folder if it is inside.

    Links stay, because an environment's Python is one.
    """
    program, here = program.absolute(), Path.cwd()
    path = quoted(str(program.relative_to(here) if program.is_relative_to(here) else program))
    # PowerShell takes a text in quotes for a text, not for a program.
    return f"& {path}" if os.name == "nt" and path[0] in "\"'" else path
