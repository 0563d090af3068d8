"""Events of a job other than its vehicles': run_data/events.jsonl, a line for each.

For the report's time line. Nothing depends on it: it is not flushed to disk, and an event that
cannot be written is dropped.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jdp_spider.job.folder import now
from jdp_spider.signals import run_event
from jdp_spider.utils.files import append_line
from jdp_spider.utils.loading import Record, read_lines
from jdp_spider.utils.redaction import OwnText, redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

RUN_STARTED = "run_started"
RUN_RESUMED = "run_resumed"
RUN_ENDED = "run_ended"
CONTEXTS_CHANGED = "contexts_changed"


@dataclass(frozen=True)
class Event:
    """One event: its time, its kind (a snake_case word), and a text for readers."""

    at: datetime
    kind: str
    text: str
    more: dict[str, Any] = field(default_factory=dict)


class EventLog:
    """Appends events to a job's events.jsonl, from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # On Windows the browser's loop runs in a thread of its own.
        self._lock = threading.Lock()

    def write(
        self, kind: str, text: str, outside: str = "", more: Mapping[str, Any] | None = None
    ) -> None:
        """Append an event of now; connected to `run_event`. One that cannot be written is dropped.

        See `note` for the arguments.
        """
        if outside:
            text = f"{text}: {to_ascii(redact(outside))}"
        line = json.dumps({"at": now(), "kind": kind, "text": text, **(more or {})})
        with self._lock, contextlib.suppress(OSError):
            append_line(self._path, line, durable=False)


def note(crawler: Crawler, kind: str, text: str, outside: str = "", **more: Any) -> None:
    """Put an event on the time line of the crawl's job; do nothing before the job is open.

    `text` and `more` are the program's own and written as they are. `outside`, text from elsewhere,
    is appended without secrets and in ASCII.
    """
    crawler.signals.send_catch_log(run_event, kind=kind, text=text, outside=outside, more=more)


def read_events(path: Path) -> list[Event]:
    """Return a job's events in order; lines that hold none are skipped, with a warning.

    Raise LoadError if the file exists but cannot be read.
    """
    found = read_lines(path, _event)
    if found.damaged:
        logger.warning(
            "%s: lines that cannot be read: %d, the first is line %d; the report goes without them",
            OwnText(path.name),
            found.damaged,
            found.first,
        )
    return found.values


def _event(value: Any) -> Event:
    event = Record(value)
    more = {name: value for name, value in event.values.items() if name not in _EVENT_NAMES}
    return Event(event.time("at"), event.text("kind"), event.text("text"), more)


_EVENT_NAMES = ("at", "kind", "text")
