"""A crawl as a process of its own, as a user would start it."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.config.dotenv import ENV_FILE, PARENT, PROJECT_FOLDER
from jdp_spider.config.options import OPTIONS
from jdp_spider.group.passwords import variable
from jdp_spider.reasons import ExitStatus
from jdp_spider.supervision import LEASED, PASSWORD, WATCHED, password_line
from jdp_spider.utils.process import console_python, new_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from jdp_spider.group.accounts import AccountEntry
    from jdp_spider.group.folders import AccountFolder

_DATABASE = "PG"
"""What the variables of the queue's database begin with: a crawl has nothing to do with it."""

_SILENT_S = 900.0
_SILENT_LINES = 3
_LONGEST_LOOK_S = 5.0

FROZEN = "It had said nothing for a long time, and was ended"
"""A crawl writes a line each JDP_PROGRESS_INTERVAL, and more often while it waits."""


class Lease(NamedTuple):
    """How long an account is leased, in seconds of the machine's clock."""

    token: int
    """The fencing token: of two leases of an account, the later one has the higher."""
    soft: float
    """From here on the crawl ends in order."""
    hard: float
    """Here it is gone."""


class ChildCrawl:
    """`scrapy crawl jdpower` as a child, which ends with us, however we end."""

    def __init__(self, jobdir: Path, log: Path, progress_interval: float) -> None:
        """`progress_interval` is its JDP_PROGRESS_INTERVAL, in seconds."""
        self._jobdir = jobdir
        self._log = log
        self._longest_silence = max(_SILENT_S, _SILENT_LINES * progress_interval)
        self.killed = ""
        """Why it was ended by force; empty when it was not."""
        self._process: subprocess.Popen[bytes] | None = None
        self._words: queue.SimpleQueue[str] = queue.SimpleQueue()
        """What it is to be told; an empty text is the end of it."""
        self._started = 0.0
        self._looked = 0.0
        self._heard = -1
        """How large its log was when it was looked at last."""
        self._silent = 0.0

    def start(
        self, environment: Mapping[str, str], password: str, lease: Lease | None = None
    ) -> None:
        """Start it and send it its password, and its lease if any. Raise OSError if that fails.

        With an empty password it finds its own, as always.
        """
        self._log.parent.mkdir(parents=True, exist_ok=True)
        kind = f"{LEASED} {lease.token}" if lease else WATCHED
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*_COMMAND, "-s", f"JOBDIR={self._jobdir}"],
                cwd=PROJECT_FOLDER,
                env={**environment, PARENT: f"{kind} {PASSWORD}"},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                bufsize=0,
                # Ctrl-C is for the runner, which asks each crawl once, by its standard input.
                **new_group(),
            )
        self._started = self._looked = time.monotonic()
        self._say(password_line(password))
        if lease:
            self.renew(lease)
        threading.Thread(target=self._speak, name="child", daemon=True).start()

    @property
    def seconds(self) -> float:
        """Return the seconds since its start, or 0 if it was not started."""
        return time.monotonic() - self._started if self._process else 0.0

    def status(self) -> int | None:
        """Return its exit status, or None while it runs."""
        assert self._process is not None
        status = self._process.poll()
        if status is None:
            return None
        # Not before, as the end of its input would end it.
        self._say("")
        return _known(status)

    def renew(self, lease: Lease) -> None:
        """Let it continue for the new time of its lease."""
        self._say(f"until {lease.soft!r} {lease.hard!r}")

    def end(self) -> None:
        """Ask it to finish what is in flight, to log out and to end."""
        self._say("end")

    def kill(self, why: str) -> None:
        """Kill it and everything it started in its session. Its browser ends with it."""
        assert self._process is not None
        self.killed = why
        self._say("")
        if sys.platform == "win32":
            self._process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def looks_frozen(self) -> bool:
        """Return True if it has been silent for very long. Call it every few seconds."""
        now = time.monotonic()
        # Our own sleep does not count against it.
        self._silent += min(now - self._looked, _LONGEST_LOOK_S)
        self._looked = now
        size = self._log_size()
        if size != self._heard:
            self._heard, self._silent = size, 0.0
        return self._silent > self._longest_silence

    def _log_size(self) -> int:
        try:
            return self._log.stat().st_size
        except OSError:
            return -1

    def _say(self, line: str) -> None:
        self._words.put(line)

    def _speak(self) -> None:
        """Write the queued lines.

        A thread of its own: one that is frozen reads nothing, and the pipe holds only so much.
        """
        assert self._process is not None and self._process.stdin is not None
        # One that has just ended reads nothing any more.
        with contextlib.suppress(OSError, ValueError), self._process.stdin as pipe:
            while line := self._words.get():
                pipe.write(f"{line}\n".encode("ascii"))


class CrawlProcess(ChildCrawl):
    """The crawl of one account of a group."""

    def __init__(self, entry: AccountEntry, place: AccountFolder) -> None:
        super().__init__(place.jobdir, place.log, entry.setting("JDP_PROGRESS_INTERVAL"))
        self.entry = entry
        self.place = place


_COMMAND = (console_python(), "-m", "scrapy", "crawl", "jdpower")


def _known(status: int) -> int:
    """Return the status if this program defines it, else 1: it was killed or crashed."""
    return status if status in set(ExitStatus) else int(ExitStatus.UNEXPECTED)


def _as_known(name: str) -> str:
    """Return a variable's name as the system compares it: Windows ignores upper and lower case."""
    return name.upper() if os.name == "nt" else name


def child_environment(
    entry: AccountEntry, place: AccountFolder, entries: Iterable[AccountEntry]
) -> dict[str, str]:
    """Return the environment for an account's crawl: nothing of .env, nor of other accounts.

    It contains no password, not even its own: a browser would inherit that from the crawl.
    """
    foreign = {_as_known(variable(each.password)) for each in entries} | {*OPTIONS}
    own = {
        name: value
        for name, value in os.environ.items()
        if _as_known(name) not in foreign and not _as_known(name).startswith(_DATABASE)
    }
    return {
        **own,
        ENV_FILE: os.devnull,
        **entry.settings,
        "JD_USER": entry.user,
        "JD_BASE_URL": entry.base_url,
        "DOWNLOAD_FOLDER": str(place.path),
    }
