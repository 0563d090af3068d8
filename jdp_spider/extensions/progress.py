"""The extension that shows how far a run is: in words, and as a bar on a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from scrapy.utils.log import get_scrapy_root_handler

from jdp_spider.extensions.base import PeriodicExtension
from jdp_spider.extensions.run_log import ConsoleFilter
from jdp_spider.job import progress_file
from jdp_spider.job.outcomes import ALREADY_THERE, FAILED, SAVED
from jdp_spider.utils.bars import escape_format, make_bar
from jdp_spider.utils.console import is_terminal
from jdp_spider.utils.redaction import OwnText
from jdp_spider.utils.terminal import Title
from jdp_spider.utils.text import duration

if TYPE_CHECKING:
    from typing import Any, TypeGuard

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

_SIGNALS = logging.getLogger("scrapy.crawler")
"""Where Scrapy says that it was interrupted."""

RECENT_S = 600.0
"""How far back the rate looks."""

_CTRL_C = 3
"""Columns left free behind the bar: a terminal writes ^C there."""

_THE_END = "the vehicles at work"
_THE_FOLDER = "the download folder cannot be reached"


class RateMeter:
    """The vehicles an hour of the last ten minutes.

    The clock stops while no vehicle is in flight: a wait for the login says nothing about how fast
    the site is.
    """

    def __init__(self) -> None:
        self._clock = 0.0
        self._seen = 0.0
        self._was_at_work = False
        self._samples: deque[tuple[float, int]] = deque()

    def update(self, now: float, done: int, *, at_work: bool) -> None:
        """Record how many vehicles are done at `now`, a monotonic time in seconds."""
        if self._was_at_work:
            self._clock += now - self._seen
        self._seen, self._was_at_work = now, at_work
        if self._samples and self._samples[-1][0] == self._clock:
            # The clock is stopped.
            return
        self._samples.append((self._clock, done))
        while self._clock - self._samples[0][0] > RECENT_S:
            self._samples.popleft()

    @property
    def per_hour(self) -> float:
        """Return vehicles per hour, or 0 while that is unknown."""
        if not self._samples:
            return 0.0
        (first, before), (last, done) = self._samples[0], self._samples[-1]
        return (done - before) / (last - first) * 3600 if last > first else 0.0


@dataclass(frozen=True)
class ProgressSnapshot:
    """How far a run is."""

    total: int
    saved: int
    """Saved by this run or an earlier one of the job."""
    failed: int
    left: int
    """Vehicles that this run has still to do."""
    at_work: int
    """Vehicles in flight."""
    per_hour: float
    waiting_for: str
    is_ending: bool = False
    finds_contexts: bool = False
    """True if the run finds out how many vehicles at a time are best."""

    @property
    def goal(self) -> int:
        """Return how many vehicles are done when the run has done its part, as MAX_DOWNLOADS."""
        return self.saved + self.failed + self.left

    @property
    def ending_text(self) -> str:
        """Return what a run that ends is still doing."""
        if not self.at_work:
            return "Logging out. Please wait."
        vehicles = "1 vehicle" if self.at_work == 1 else f"{self.at_work} vehicles"
        return f"Stopping: finishing {vehicles}, then logging out. Please wait."

    @property
    def title(self) -> str:
        """Return the title of the terminal's window."""
        if not self.total:
            return "Bookout reports"
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.saved} of {self.goal} saved{failed}"

    @property
    def at_work_text(self) -> str:
        """Return how many vehicles are in flight, and whether that number adapts."""
        return f"{self.at_work} at work{' (auto)' if self.finds_contexts else ''}"

    @property
    def eta_text(self) -> str:
        """Return the wait's cause or the time left, or "" if neither is known."""
        if self.waiting_for:
            return f"waiting: {self.waiting_for}"
        if not self.per_hour:
            return ""
        return f"{duration(self.left / self.per_hour * 3600, to_the_minute=True)} to go"

    def log(self) -> None:
        """Log it as a line."""
        eta_text = self.eta_text
        logger.info(
            "%d of %d saved, %d failed, %s, %.0f an hour%s",
            self.saved,
            self.goal,
            self.failed,
            OwnText(self.at_work_text),
            self.per_hour,
            OwnText(f", {eta_text}" if eta_text else ""),
        )


class Bar:
    """A line at the bottom of the terminal; what is logged meanwhile appears above it."""

    def __init__(self) -> None:
        # Only where there is a terminal.
        from tqdm.contrib import DummyTqdmFile

        self._bar = make_bar()
        self._title = Title(sys.stderr)
        self._console = get_scrapy_root_handler()
        self._hides_lines = ConsoleFilter(lambda _: False)
        if _writes_to_terminal(self._console):
            self._console.setStream(DummyTqdmFile(sys.stderr))
            logger.addFilter(self._hides_lines)

    def show(self, standing: ProgressSnapshot) -> None:
        """Redraw the line."""
        with contextlib.suppress(OSError, ValueError):
            self._bar.ncols = os.get_terminal_size(sys.stderr.fileno()).columns - _CTRL_C
            self._bar.total = standing.goal
            self._bar.n = standing.saved + standing.failed
            self._bar.bar_format = _line(standing)
            self._bar.refresh()
            self._title.show(standing.title)
            # The ^C that a terminal writes is on that line then, and goes with it.
            sys.stderr.write("\r")
            sys.stderr.flush()

    def close(self) -> None:
        """Remove the line."""
        self._bar.close()
        with contextlib.suppress(OSError, ValueError):
            self._title.close()
        logger.removeFilter(self._hides_lines)
        if _writes_to_terminal(self._console):
            self._console.setStream(sys.stderr)


def terminal_bar() -> Bar | None:
    """Return a bar if there is a terminal to show it and logging is not silenced, else None."""
    console = get_scrapy_root_handler()
    silent = console is None or isinstance(console, logging.NullHandler)
    return Bar() if is_terminal(sys.stderr) and not silent else None


def _writes_to_terminal(handler: logging.Handler | None) -> TypeGuard[logging.StreamHandler[Any]]:
    """Return True if the handler writes to the console, not to a file."""
    return type(handler) is logging.StreamHandler


def _line(standing: ProgressSnapshot) -> str:
    """Return tqdm's format of the line."""
    if standing.is_ending:
        return escape_format(standing.ending_text)
    if not standing.total:
        return escape_format(standing.eta_text or "Logging in, reading the inventory")
    parts = [f"{standing.failed} failed", standing.at_work_text]
    if standing.per_hour and not standing.waiting_for:
        parts.append(f"{standing.per_hour:.0f}/h")
    parts.append(standing.eta_text)
    left = f"{standing.saved} of {standing.goal} saved"
    return f"{left} |{{bar}}| {escape_format(', '.join(filter(None, parts)))}"


class Progress(PeriodicExtension):
    """Shows how far the run is: at the bottom of a terminal, else by a line now and then.

    The lines, every JDP_PROGRESS_INTERVAL seconds, go into the run's log in both cases.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rate = RateMeter()
        self._bar: Bar | None = None
        self._next_line = 0.0
        self._engine_started = False
        self._instead = ConsoleFilter(self._is_wanted)
        self._written: dict[str, Any] = {}

    def spider_opened(self) -> None:
        self._bar = terminal_bar()
        if self._bar is not None:
            _SIGNALS.addFilter(self._instead)
        self._next_line = time.monotonic() + self.run.config.progress_interval
        super().spider_opened()

    def engine_started(self) -> None:
        self._engine_started = True

    def spider_closed(self) -> None:
        # The logout is yet to come, unless the run has ended before it began.
        if not self._engine_started:
            self.engine_stopped()
        elif self._bar is not None:
            self.tick()

    def engine_stopped(self) -> None:
        super().spider_closed()
        # The report is yet to be made: a Ctrl-C is still answered.
        self._remove_bar()

    def close(self) -> None:
        """Give the terminal back."""
        _SIGNALS.removeFilter(self._instead)
        self._remove_bar()

    def _remove_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _is_wanted(self, record: logging.LogRecord) -> bool:
        """Return False for Scrapy's "Send again to force", and say instead what is still done."""
        if "gracefully" not in str(record.msg):
            return True
        if self._bar is None:
            logger.info("The run is ending. Please wait.")
            return False
        # Scrapy asks for the end right after it has logged this. A second Ctrl-C still works.
        asyncio.get_running_loop().call_soon(self.tick)
        return False

    def tick(self) -> None:
        now = time.monotonic()
        snapshot = self._snapshot(now)
        if self._bar is not None:
            self._bar.show(snapshot)
        self._write(snapshot)
        if now >= self._next_line and snapshot.total:
            self._next_line = now + self.run.config.progress_interval
            snapshot.log()

    def _write(self, snapshot: ProgressSnapshot) -> None:
        """Keep the snapshot beside the job's records, for whoever watches from another process."""
        known = {**asdict(snapshot), "next_login": self.run.session.other_session.next_at}
        if known != self._written and self.run.job.is_open:
            self._written = known
            progress_file.write(self.run.job.paths.progress, known)

    def _snapshot(self, now: float) -> ProgressSnapshot:
        run, counts = self.run, self.run.batch.counts()
        at_work = len(run.recovery.in_flight)
        saved, failed = counts[SAVED] + counts[ALREADY_THERE], counts[FAILED]
        self._rate.update(now, counts[SAVED] + failed, at_work=at_work > 0)
        return ProgressSnapshot(
            total=len(run.job.vehicles),
            saved=saved,
            failed=failed,
            left=run.batch.left,
            at_work=at_work,
            finds_contexts=run.config.finds_contexts,
            per_hour=self._rate.per_hour,
            waiting_for=(
                run.session.waiting_for
                or (_THE_FOLDER * run.folder_outage.is_on)
                or (_THE_END * run.session.is_ending)
            ),
            is_ending=run.session.is_ending,
        )
