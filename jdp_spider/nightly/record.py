"""What is known of the last night: crawls/nightly.json, and the words for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from jdp_spider.job.ending import Ending
from jdp_spider.reasons import CloseReason, ExitStatus, ending
from jdp_spider.utils.cli import resume_command
from jdp_spider.utils.files import write_json
from jdp_spider.utils.loading import Record, read_json

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Try:
    """One crawl of a night. Times are local, with their zone."""

    started: str
    ended: str
    status: ExitStatus
    reason: str = ""


@dataclass
class NightRecord:
    """A night: its job, its tries, and how it ended."""

    job: str = ""
    """JOBDIR, relative to the project's folder; empty if there was no night yet."""
    started: str = ""
    ended: str = ""
    """Empty while it is at work, and for one that was killed."""
    tries: list[Try] = field(default_factory=list)
    summary: str = ""
    """How it ended and what the job has come to, in one line."""

    @property
    def end(self) -> Ending | None:
        """Return how its last crawl ended; None if none has ended."""
        last = self.tries[-1] if self.tries else None
        return Ending(last.status, CloseReason.known(last.reason)) if last else None

    def sentence(self, *, at_work: bool) -> str:
        """Return what there is to say of it."""
        if not self.job:
            return "No night was run yet."
        if at_work:
            return f"It is at work on {self.job}, since {self.started[:16].replace('T', ' ')}."
        # Without its day, the success of long ago would be taken for last night's.
        begun = f"The last night began {self.started[:16].replace('T', ' ')}"
        if not self.ended:
            return (
                f"{begun} and was cut short at {self.job}. The next one begins a new job. "
                f"To complete this one: {resume_command(self.job)}"
            )
        tries = f"{len(self.tries)} tries." if self.tries else ""
        tries = "1 try." if len(self.tries) == 1 else tries
        advice = self.end.status.advice if self.end else ""
        # What the advice speaks of was printed while nobody watched.
        log = f"Its log: {self.job}/night.log" if advice else ""
        return " ".join(filter(None, (f"{begun}.", self.summary, tries, advice, log)))

    def write(self, path: Path) -> None:
        """Write it. Raise OSError."""
        write_json(path, asdict(self))


def read_record(path: Path) -> NightRecord:
    """Return what is known of the last night; an empty record if nothing is, or is legible."""
    try:
        value = read_json(path)
        return NightRecord() if value is None else _record(Record(value))
    except ValueError:
        return NightRecord()


def _record(value: Record) -> NightRecord:
    tries = value.values.get("tries")
    if not isinstance(tries, list):
        raise ValueError("tries is no list")
    texts = {name: value.text(name) for name in ("job", "started", "ended", "summary")}
    return NightRecord(tries=[_try(each) for each in tries], **texts)


def _try(value: Any) -> Try:
    found = Record(value)
    status = ExitStatus(found.whole("status"))
    return Try(found.text("started"), found.text("ended"), status, found.text("reason"))


def how(end: Ending) -> str:
    """Return in words how a crawl of the night ended."""
    words = ending(end.reason) if end.reason else end.status.summary
    return f"status {int(end.status)}: {words.removeprefix('ended: ')}"
