"""The outcome of an account, in words for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.reasons import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jdp_spider.group.folders import AccountOutcome, AccountProgress


class StatusText(NamedTuple):
    """A status, and what to do about it."""

    status: str
    advice: str


_AGAIN = ExitStatus.INTERRUPTED.advice

_NOT_BEGUN = StatusText("not begun", _AGAIN)
_BEGUN = StatusText("begun", _AGAIN)
_LIMIT = StatusText(
    "limit reached", "MAX_DOWNLOADS was reached. The same command goes on behind it."
)
_NUMBERS = (2, 3, 4)
"""The columns saved, failed and left."""
OTHER_WORDS = (_NOT_BEGUN, _BEGUN, _LIMIT)

SERIOUS = (
    ExitStatus.USAGE,
    ExitStatus.LOGIN_REFUSED,
    ExitStatus.UNEXPECTED,
    ExitStatus.IN_USE,
    ExitStatus.SITE_TROUBLE,
    ExitStatus.INTERRUPTED,
    ExitStatus.SOME_FAILED,
    ExitStatus.COMPLETE,
)
"""The most serious first: what somebody has to do something about, then what time may cure."""


def words(outcome: AccountOutcome, standing: AccountProgress) -> StatusText:
    """Return the outcome of an account in words."""
    if outcome.status is None:
        return _BEGUN if standing.total else _NOT_BEGUN
    if outcome.status == ExitStatus.COMPLETE and standing.left:
        return _LIMIT
    status = ExitStatus(outcome.status)
    return StatusText(status.summary, status.advice)


def most_serious(statuses: Iterable[int]) -> ExitStatus:
    """Return the most serious status, or COMPLETE if there is none."""
    found = set(statuses)
    return next((status for status in SERIOUS if status in found), ExitStatus.COMPLETE)


def format_table(rows: Sequence[tuple[str, ...]]) -> str:
    """Format the rows as a table, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in _NUMBERS else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
