"""last_run.json: how the last run of an account ended, and what it said about it.

It belongs to the account, as a run that ended before the inventory leaves no folder.
"""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.utils.files import write_json
from jdp_spider.utils.loading import Record, read_json

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

LAST_RUN = "last_run.json"


@dataclass(frozen=True)
class LastRun:
    """The end of a run."""

    at: str
    status: int
    reason: str
    said: str
    """The last error that it logged, without secrets; empty if there was none."""
    jobdir: str

    def write(self, path: Path) -> None:
        """Keep it at `path`; nothing but a page to look at depends on it."""
        with contextlib.suppress(OSError):
            write_json(path, asdict(self))


@dataclass(frozen=True)
class KnownEnd:
    """The end of an account's last run, as it was read."""

    at: datetime
    status: ExitStatus
    reason: CloseReason | None
    said: str
    jobdir: str


def read_last_run(path: Path) -> KnownEnd | None:
    """Return how the account's last run ended; None if that is not known."""
    try:
        value = read_json(path)
        if value is None:
            return None
        found = Record(value)
        return KnownEnd(
            found.time("at"),
            ExitStatus(found.whole("status")),
            CloseReason.known(found.text("reason")),
            found.text("said"),
            found.text("jobdir"),
        )
    except ValueError:
        return None
