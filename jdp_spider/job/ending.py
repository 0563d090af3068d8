"""How a run ended: the record of it that is kept in JOBDIR, and beside the account's lock.

It is kept twice, because neither place has all runs: a run without JOBDIR belongs to an account
only, and a run that did not get its account belongs to a job only.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.utils.files import write_json
from jdp_spider.utils.loading import Record, read_json

if TYPE_CHECKING:
    from pathlib import Path

END = "end.json"
"""The record's name in JOBDIR."""
LAST_RUN = "last_run.json"
"""The record's name in the account's folder."""

_TOLD = (ExitStatus.SITE_TROUBLE, ExitStatus.LOGIN_REFUSED)
"""Ends of which the reason alone says too little: what was found is named, too."""


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


@dataclass(frozen=True)
class Ending:
    """The end of a run."""

    status: ExitStatus
    reason: CloseReason | None = None
    """None if it had none, or one of Scrapy's own."""
    said: str = ""
    """The last error that the run logged, without secrets; empty if there was none."""
    jobdir: str = ""
    at: datetime = field(default_factory=_now, compare=False)

    def write(self, path: Path) -> None:
        """Write the record. Ignore an error of the disk: the run itself does not need it."""
        values = {
            "at": self.at.isoformat(timespec="seconds"),
            "status": self.status,
            "reason": self.reason or "",
            "said": self.said,
            "jobdir": self.jobdir,
        }
        with contextlib.suppress(OSError):
            write_json(path, values)


def what_was_found(reason: str | None, said: str) -> str:
    """Return the last error of a run as a sentence, if site, network or browser ended the run."""
    known = CloseReason.known(reason)
    # A page's words may come in several lines.
    words = " ".join(said.split()) if known is not None and known.status in _TOLD else ""
    return words if not words or words[-1] in ".!?" else f"{words}."


def read_ending(path: Path) -> Ending | None:
    """Return the record at `path`; None if there is none, or if it is damaged."""
    try:
        found = Record(read_json(path))
        return Ending(
            ExitStatus(found.whole("status")),
            CloseReason.known(found.text("reason")),
            found.text("said"),
            found.text("jobdir"),
            found.time("at"),
        )
    except ValueError:
        return None
