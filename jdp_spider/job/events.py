"""What happened to a job besides its vehicles: run_data/events.jsonl, a line for each event.

For the report's time line. Nothing depends on it: it is not flushed to the disk, and an event
that cannot be written is left out.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jdp_spider.job.folder import EVENTS, now
from jdp_spider.utils.files import append_line
from jdp_spider.utils.loading import Record, read_lines
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from scrapy.crawler import Crawler

    from jdp_spider.job.job import Job

logger = logging.getLogger(__name__)

RUN_STARTED = "run_started"
RUN_RESUMED = "run_resumed"
RUN_ENDED = "run_ended"


@dataclass(frozen=True)
class Event:
    """One event: when, of which kind (a snake_case word), and in words for a reader."""

    at: datetime
    kind: str
    text: str
    more: dict[str, Any] = field(default_factory=dict)


class EventLog:
    """Appends events to a file in `folder`, from any thread."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / EVENTS
        # On Windows the browser's loop runs in a thread of its own.
        self._lock = threading.Lock()

    def note(self, kind: str, text: str, outside: str = "", **more: Any) -> None:
        """Append an event of now. Nothing happens when that does not work.

        `text` and `more` are the program's own and written as they are; `outside`, what somebody
        else says, comes after the text, without secrets and in ASCII.
        """
        if outside:
            text = f"{text}: {to_ascii(redact(outside))}"
        line = json.dumps({"at": now(), "kind": kind, "text": text, **more})
        with self._lock, contextlib.suppress(OSError):
            append_line(self._path, line, durable=False)


def note(crawler: Crawler, kind: str, text: str, **more: Any) -> None:
    """Put something that happened on the time line of the job that the crawler's spider has.

    `text` and `more` as in EventLog.note: what somebody else says goes into `outside`.
    """
    job: Job | None = getattr(crawler.spider, "job", None)
    if job is not None:
        job.note(kind, text, **more)


def read_events(folder: Path) -> list[Event]:
    """The events of a job in their order; lines that hold none are passed over, with a warning.

    Raises LoadError when there is such a file and it cannot be read.
    """
    found = read_lines(folder / EVENTS, _event)
    if found.damaged:
        logger.warning(
            "%s: lines that cannot be read: %d, the first is line %d; the report goes without them",
            EVENTS,
            found.damaged,
            found.first,
        )
    return found.values


def _event(value: Any) -> Event:
    event = Record(value)
    more = {name: value for name, value in event.values.items() if name not in _EVENT_NAMES}
    return Event(event.time("at"), event.text("kind"), event.text("text"), more)


_EVENT_NAMES = ("at", "kind", "text")
