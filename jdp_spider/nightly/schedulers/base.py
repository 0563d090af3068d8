"""What a scheduler of an operating system is asked for, and the command that it starts."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import time

_TOOL_S = 60.0
_ENCODING = "utf-8"
NOT_FOUND = 127


class SchedulerError(Exception):
    """Raised if a scheduler did not do what it was asked for; says why, in ASCII."""


class Said(NamedTuple):
    """How a program of the system ended, and what it printed. Bytes that are not UTF-8 are kept."""

    status: int
    text: str
    trouble: str = ""
    """What it printed on standard error."""

    @property
    def why(self) -> str:
        """Return the last line of its trouble, in ASCII."""
        lines = (self.trouble.strip() or self.text.strip()).splitlines()
        return to_ascii(lines[-1]) if lines else f"status {self.status}"


def call(command: list[str], given: str = "") -> Said:
    """Run a program of the system with `given` as its input."""
    try:
        done = subprocess.run(
            command,
            input=given.encode(_ENCODING, "surrogateescape"),
            capture_output=True,
            # Its messages are compared with English ones.
            env={**os.environ, "LC_ALL": "C"},
            timeout=_TOOL_S,
            check=False,
        )
    except FileNotFoundError:
        return Said(NOT_FOUND, "", f"{command[0]} is not installed")
    except (OSError, subprocess.TimeoutExpired) as error:
        return Said(1, "", str(error))
    texts = (part.decode(_ENCODING, "surrogateescape") for part in (done.stdout, done.stderr))
    return Said(done.returncode, *texts)


@dataclass(frozen=True)
class Plan:
    """When a night begins, and what is started then."""

    at: time
    options: tuple[str, ...] = ()
    """Of `scrapy nightly`, besides --begins."""
    wake: bool = False
    """Whether the computer is woken for it."""
    folder: Path = PROJECT_FOLDER
    downloads: Path | None = None
    """The folder of the runs; None if it is not known."""
    python: Path = Path(sys.executable)

    @property
    def name(self) -> str:
        """Return the name under which it is installed: another one for each project folder."""
        return f"jdp-spider-{hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:8]}"

    @property
    def words(self) -> list[str]:
        """Return the command."""
        begins = ["--begins", f"{self.at:%H:%M}"]
        return [str(self.python), "-m", "scrapy", "nightly", *begins, *self.options]

    @property
    def output(self) -> Path:
        """Return the file for what the command prints, where the scheduler keeps no log."""
        return self.folder / "crawls" / "nightly.out"


class Installed(NamedTuple):
    """What a scheduler has of a plan."""

    at: str
    """HH:MM."""
    problem: str = ""
    """Why it will not start all the same."""


class Scheduler(ABC):
    """One scheduler. Its methods raise SchedulerError."""

    key: ClassVar[str]
    """Its name on the command line."""
    title: ClassVar[str]
    caveat: ClassVar[str]
    """What a user has to know about it."""

    def __init__(self, call: Callable[..., Said] = call) -> None:
        self._call = call

    @abstractmethod
    def problem(self) -> str:
        """Return why it cannot be used here; empty if it can."""

    def problem_of(self, plan: Plan) -> str:
        """Return why it would take this plan and still start nothing; empty if it would start."""
        return ""

    @abstractmethod
    def shown(self, plan: Plan) -> str:
        """Return the text of what `install` installs."""

    @abstractmethod
    def install(self, plan: Plan) -> str:
        """Install the plan in the place of an earlier one. Return what else is to be done."""

    @abstractmethod
    def uninstall(self, name: str) -> None:
        """Remove what was installed under this name."""

    @abstractmethod
    def installed(self, name: str) -> Installed | None:
        """Return what is installed under this name; None if nothing is."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """Return the environment in which it starts a command."""

    def _must(self, command: list[str], given: str = "") -> Said:
        """Run a program of the system. Raise SchedulerError if it fails."""
        said = self._call(command, given)
        if said.status:
            raise SchedulerError(f"{command[0]}: {said.why}")
        return said
