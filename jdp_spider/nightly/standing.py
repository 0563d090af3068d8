"""What is installed, and how the last night ended: for people and for programs."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from jdp_spider.job.locks import AlreadyRunning
from jdp_spider.nightly.installation import INSTALLATION, Installation, read_installation
from jdp_spider.nightly.record import NightRecord, read_record
from jdp_spider.nightly.schedulers import find_installed
from jdp_spider.nightly.schedulers.base import Plan
from jdp_spider.nightly.work import RECORD, night_lock
from jdp_spider.utils import cli
from jdp_spider.utils.loading import parse_time
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from jdp_spider.nightly.schedulers.base import Installed


_LONGEST = timedelta(hours=26)
"""From the beginning of a night to that of the next one: a day of 25 hours, and some delay."""


@dataclass(frozen=True)
class Standing:
    """One look at scheduler and record."""

    scheduler: str
    """The title of the scheduler that has it; empty if none has."""
    installed: Installed | None
    next_run: str
    """Local time with its zone; empty if none is known."""
    record: NightRecord
    at_work: bool
    installation: Installation

    @classmethod
    def now(cls) -> Standing:
        """Ask the schedulers and read the record."""
        found = find_installed(Plan(time()).name)
        title, installed = next(((s.title, i) for s, i in found), ("", None))
        record = read_record(RECORD)
        installation = read_installation(INSTALLATION) if installed else Installation()
        return cls(title, installed, _next(installed), record, _is_at_work(record), installation)

    def as_json(self) -> dict[str, Any]:
        """Return it with names that do not change."""
        end = self.record.end
        return {
            "installed": self.installed is not None,
            "time": self.installed.at if self.installed else None,
            "until": to_ascii(self.installation.until) or None,
            "options": to_ascii(self.installation.options) or None,
            "scheduler": self.scheduler or None,
            "problem": self.problem or None,
            "next_run": self.next_run or None,
            "job": self.record.job or None,
            "at_work": self.at_work,
            "started": self.record.started or None,
            "ended": self.record.ended or None,
            "attempts": len(self.record.tries),
            "exit_status": int(end.status) if end else None,
            "close_reason": end.reason or "" if end else None,
            "sentence": self.sentence,
        }

    @property
    def problem(self) -> str:
        """Return why the nights do not begin as installed, in ASCII; empty if they do."""
        if self.installed is None:
            return ""
        return to_ascii(self.installed.problem) or self._overdue()

    def _overdue(self) -> str:
        """Return since when no night has begun, if one should have since then.

        One that was installed after the last night has until the day after to begin.
        """
        known = filter(None, map(_moment, (self.record.started, self.installation.installed)))
        last = max(known, default=None)
        if last is None or self.at_work or datetime.now().astimezone() - last <= _LONGEST:
            return ""
        return (
            f"No night has begun since {last.astimezone():%Y-%m-%d %H:%M}. "
            "Was the computer off or asleep, or nobody logged in to it?"
        )

    @property
    def sentence(self) -> str:
        """Return what there is to say of the last night."""
        return to_ascii(self.record.sentence(at_work=self.at_work))

    def text(self) -> str:
        """Return it in words, in ASCII."""
        lines = []
        if self.installed is None:
            install = to_ascii(cli.scrapy("nightly --install 20:00"))
            lines.append(f"Not installed. To install it: {install}")
        else:
            until = to_ascii(self.installation.until)
            hours = f"{self.installed.at} until {until}" if until else self.installed.at
            lines.append(f"Installed: every night at {hours}, by {self.scheduler}")
            if self.installed.problem:
                lines.append(f"It will not start: {to_ascii(self.installed.problem)}")
            elif self.next_run:
                lines.append(f"Next: {self.next_run[:16].replace('T', ' ')}")
            lines.append(self._overdue())
        if self.record.job:
            lines.append(f"Last night: {to_ascii(self.record.job)}")
        return "\n".join(filter(None, [*lines, self.sentence]))


def _next(installed: Installed | None) -> str:
    if installed is None or installed.problem:
        return ""
    with contextlib.suppress(ValueError):
        now = datetime.now().astimezone()
        at = datetime.combine(now.date(), time.fromisoformat(installed.at))
        # Not by adding 24 hours to a time with a zone: a day may have 23 or 25.
        at += timedelta(days=int(at <= now.replace(tzinfo=None)))
        return at.astimezone().isoformat(timespec="minutes")
    return ""


def _moment(text: str) -> datetime | None:
    """Return a moment of a record; None if it is none."""
    with contextlib.suppress(ValueError):
        return parse_time(text)
    return None


def _is_at_work(record: NightRecord) -> bool:
    """Return True if a night has the lock. It is not tried for where the record says it has not."""
    if not record.job or record.ended:
        return False
    lock = night_lock()
    try:
        lock.acquire()
    except AlreadyRunning:
        return True
    except OSError:
        return False
    lock.release()
    return False
