"""Starts the project's commands, each a process that neither console nor page can end."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.dashboard.values import child_environment
from jdp_spider.supervision import password_line
from jdp_spider.utils.loading import read_end
from jdp_spider.utils.process import console_python, new_group
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jdp_spider.dashboard.home import Home

RUN, CHECK, REPAIR, GROUP = "run", "check", "repair", "group"
_SAID_BYTES = 4_000
_SAID_LINES = 8
_PREFIX = re.compile(r"^\d\d:\d\d:\d\d [A-Z]+: ")


@dataclass
class Started:
    """A command that was started here, and is perhaps over."""

    kind: str
    process: subprocess.Popen[bytes]
    at: datetime
    log: Path

    @property
    def status(self) -> int | None:
        """Return its exit status; None while it runs."""
        return self.process.poll()

    @property
    def said(self) -> str:
        """Return its last lines, in ASCII."""
        text = read_end(self.log, _SAID_BYTES).decode("utf-8", "replace")
        lines = [to_ascii(_PREFIX.sub("", line)) for line in text.splitlines() if line.strip()]
        return "\n".join(lines[-_SAID_LINES:])


class Processes:
    """The commands that were started here."""

    def __init__(self, home: Home, sitting: Sitting) -> None:
        self._home = home
        self._sitting = sitting
        self._started: dict[str, Started] = {}
        self._all: list[Started] = []
        """Those that have not ended, as far as is known."""

    def start(self, kind: str, arguments: Sequence[str]) -> Started:
        """Start `scrapy ARGUMENTS`. Raise OSError if that fails.

        What it prints goes into a log of the page's own folder.
        """
        log = self._home.work_log
        if kind in (CHECK, REPAIR):
            log, events = self._home.check_log, self._home.check_events
            os.close(self._home.open_log(events))
            arguments = [*arguments, "--events", str(events)]
        # The accounts of a group have their own.
        user, password = self._sitting.account if kind != GROUP else ("", "")
        descriptor = self._home.open_log(log)
        try:
            process = subprocess.Popen(
                [console_python(), "-m", "scrapy", *arguments],
                cwd=PROJECT_FOLDER,
                env=child_environment(user, with_password=bool(password)),
                stdin=subprocess.PIPE if password else subprocess.DEVNULL,
                stdout=descriptor,
                stderr=subprocess.STDOUT,
                bufsize=0,
                **new_group(),
            )
        finally:
            os.close(descriptor)
        if process.stdin is not None:
            # The line is shorter than what a pipe holds.
            with contextlib.suppress(OSError), process.stdin as pipe:
                pipe.write(f"{password_line(password)}\n".encode("ascii"))
        started = Started(kind, process, datetime.now(timezone.utc), log)
        if kind in (CHECK, REPAIR):
            self._home.save_check(is_repair=kind == REPAIR)
        self._all.append(started)
        self._started[kind] = started
        return started

    def last(self, kind: str) -> Started | None:
        """Return the last command of this kind, perhaps over."""
        return self._started.get(kind)

    def is_running(self, *kinds: str) -> bool:
        """Return True if a command of one of these kinds is at work."""
        found = (self._started.get(kind) for kind in kinds)
        return any(each is not None and each.status is None for each in found)

    def reap(self) -> None:
        """Take note of those that have ended: the system keeps their numbers until then."""
        self._all = [started for started in self._all if started.status is None]


class Sitting:
    """User name and password given for as long as this process lives: nowhere but in its memory."""

    def __init__(self, from_environment: str = "") -> None:
        self._account = ("", from_environment)

    @property
    def account(self) -> tuple[str, str]:
        """Return user name and password; the name is empty if it comes from elsewhere."""
        return self._account

    def give(self, user: str, password: str) -> None:
        """Use these from now on."""
        self._account = (user, password)

    def forget(self) -> None:
        """Use what is kept elsewhere."""
        self._account = ("", "")

    def __repr__(self) -> str:
        return "Sitting()"
