"""The doctor's lines, as `scrapy doctor` prints them, for the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jdp_spider.reasons import ExitStatus

if TYPE_CHECKING:
    from datetime import datetime

FAIL = "FAIL"
_MARKS = ("PASS", "WARN", FAIL, "SKIP", "GONE", "CLICK", "NOT", "FOUND", "WRITE")
_LINE = re.compile(rf"({'|'.join(_MARKS)}) +(\S+(?: checks)?) +(.*)")
_MORE = " " * 12
"""What the other lines of a finding begin with, and no other line does."""
_ADVICE = "What to do: "
_STATUS = re.compile(r"Exit status (\d+)\.$")
_GOOD = re.compile(r"go on with ten vehicles \(README\.md\)\.$")
_STOPPED = "Stopped before the end."
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


def parse_check(
    text: str, at: datetime | None, *, is_alive: bool, is_repair: bool = False
) -> Check:
    """Return the check that has printed `text` so far; `is_alive`: its process has not ended."""
    lines: list[CheckLine] = []
    others: list[str] = []
    is_over = False
    status: ExitStatus | None = None
    for line in text.splitlines():
        if found := _GOOD.search(line):
            status = ExitStatus.COMPLETE
        elif found := _STATUS.search(line):
            status = _known(int(found[1]))
        elif line == _STOPPED:
            status = ExitStatus.INTERRUPTED
        is_over = is_over or line.startswith(("What was found out:", "The first FAIL again:"))
        if is_over:
            continue
        if found := _LINE.match(line):
            lines.append(_with(CheckLine(found[1], found[2], ""), found[3]))
        elif line.startswith(_MORE) and lines:
            lines[-1] = _with(lines[-1], line.strip())
        elif line.strip():
            others.append(line.strip())
    is_running = is_alive and status is None
    rest = "\n".join(others) if not lines else ""
    return Check(tuple(lines), status, is_running, is_repair, at, rest)


def _with(line: CheckLine, text: str) -> CheckLine:
    """Return the finding with one more line of it."""
    if line.advice:
        return CheckLine(line.mark, line.name, line.text, f"{line.advice} {text}")
    if text.startswith(_ADVICE):
        return CheckLine(line.mark, line.name, line.text, text.removeprefix(_ADVICE))
    return CheckLine(line.mark, line.name, f"{line.text} {text}".strip())


def _known(number: int) -> ExitStatus:
    return ExitStatus(number) if number in set(ExitStatus) else ExitStatus.UNEXPECTED
