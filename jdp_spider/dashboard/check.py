"""A check of the doctor, as its events tell the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jdp_spider.reasons import ExitStatus
from jdp_spider.utils.loading import Record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from jdp_spider.job.events import Event

FAIL = "FAIL"
_LOGIN = "login"


@dataclass(frozen=True)
class CheckLine:
    """The result of one check."""

    mark: str
    name: str
    text: str
    advice: str = ""


@dataclass(frozen=True)
class Check:
    """A check of the doctor, at work or over."""

    lines: tuple[CheckLine, ...] = ()
    status: ExitStatus | None = None
    """None while it is at work, and if it has ended without a word."""
    is_running: bool = False
    is_repair: bool = False
    at: datetime | None = None
    """When it last said something."""
    rest: str = ""
    """What it printed instead of any check."""

    @property
    def is_good(self) -> bool:
        """Return True if a crawl would work."""
        return self.status is ExitStatus.COMPLETE

    @property
    def failures(self) -> tuple[CheckLine, ...]:
        """Return the checks that failed."""
        return tuple(line for line in self.lines if line.mark == FAIL)

    @property
    def refusal(self) -> str:
        """Return what the site said if it has refused the login, else ""."""
        found = (line.text for line in self.failures if line.name == _LOGIN)
        return next(found, "") if self.status is ExitStatus.LOGIN_REFUSED else ""


def check_of(
    events: Iterable[Event],
    printed: str,
    at: datetime | None,
    *,
    is_alive: bool,
    is_repair: bool = False,
) -> Check:
    """Return the check with these events so far; `is_alive`: its process has not ended."""
    lines: list[CheckLine] = []
    status: ExitStatus | None = None
    for event in events:
        found = Record(event.more)
        if event.kind == "ended":
            status = _status(found)
        elif "mark" in found.values:
            mark, name = found.text("mark"), found.text("check", "")
            lines.append(CheckLine(mark, name, event.text, found.text("advice", "")))
    is_running = is_alive and status is None
    return Check(tuple(lines), status, is_running, is_repair, at, "" if lines else printed.strip())


def _status(found: Record) -> ExitStatus:
    try:
        return ExitStatus(found.whole("status"))
    except ValueError:
        return ExitStatus.UNEXPECTED
