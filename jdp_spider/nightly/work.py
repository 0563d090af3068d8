"""A night in its place: its lock, job, log and record, and what comes after its last crawl."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jdp_spider.config import credentials
from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.config.options import OPTIONS
from jdp_spider.config.sources import raw_value
from jdp_spider.job.folder import job_folder
from jdp_spider.job.locks import AlreadyRunning, RunLock
from jdp_spider.job.on_end import Files, run_on_end, summary
from jdp_spider.job.retention import candidates
from jdp_spider.job.run_folders import Figures, read_figures
from jdp_spider.nightly.night import Hours, Night, NightCrawl, System
from jdp_spider.nightly.pruning import JOBS, first_day_kept, prune, table, what_goes
from jdp_spider.nightly.record import NightRecord, read_record
from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.report.process import REPORT
from jdp_spider.utils.awake import Awake
from jdp_spider.utils.files import append_line, make_folder
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from scrapy.settings import BaseSettings

    from jdp_spider.group.runner import Stop
    from jdp_spider.job.ending import Ending

RECORD = JOBS / "nightly.json"
_LOCK_TRIES = 10
_LOCK_PAUSE_S = 0.5


def night_lock() -> RunLock:
    """Return the lock that one night has from its beginning to its end."""
    return RunLock(JOBS / "nightly.lock", "night", CloseReason.JOB_IN_USE)


def night_jobdir(day: date, known: NightRecord) -> Path:
    """Return the JOBDIR of the night of a day: its own one if it has one already, else a new one.

    A job keeps its inventory. In one that was begun on that day by hand or on the page, the night
    would not see the vehicles that were added since.
    """
    dated = JOBS / day.isoformat()
    names = itertools.chain(
        [dated.name, f"{dated.name}-night"],
        (f"{dated.name}-night-{number}" for number in itertools.count(2)),
    )
    own = re.compile(rf"{re.escape(_name(dated))}(?:-night(?:-\d+)?)?")
    if own.fullmatch(known.job):
        return dated.with_name(known.job.rpartition("/")[2])
    return next(path for path in map(dated.with_name, names) if not os.path.lexists(path))


class NightWork:
    """Does one night's work, with the files below `crawls`."""

    def __init__(self, settings: BaseSettings, hours: Hours, tries: int) -> None:
        self._settings = settings
        self._hours = hours
        self._tries = tries
        self._jobdir = Path()
        self._log = Path()

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lock. Raise AlreadyRunning if another night does, OSError if it cannot be had.

        Whoever only looks has it for a moment, too: so this tries for some seconds.
        """
        lock = night_lock()
        for tries_left in reversed(range(_LOCK_TRIES)):
            try:
                lock.acquire()
                break
            except AlreadyRunning:
                if not tries_left:
                    raise
                time.sleep(_LOCK_PAUSE_S)
        try:
            yield
        finally:
            lock.release()

    def work(self, stop: Stop) -> ExitStatus:
        """Do it, and start the user's command after it. Return the exit status. Raise OSError."""
        known = read_record(RECORD)
        self._jobdir = night_jobdir(self._hours.day, known)
        self._log = self._jobdir / "night.log"
        make_folder(self._jobdir)
        record = self._record(known)
        record.write(RECORD)
        job = to_ascii(record.job)
        self.say(f"The night of {self._hours.day.isoformat()}: job {job}, log {job}/night.log")
        system = System()
        crawl = NightCrawl(
            self._jobdir,
            self._log,
            _environment(),
            self._option("JDP_PROGRESS_INTERVAL"),
        )
        with self._awake():
            end = Night(record, self._hours, self._tries, stop, self.say, system).work(
                lambda: crawl.run(stop, self._hours, system, self.say),
                lambda: self._keep(record),
            )
        self._end(record, end)
        return end.status

    def prune(self, keep_days: int, *, packing: bool) -> None:
        """Remove or pack old runs, if the last crawl reached its end: then there is a newer one."""
        end = read_record(RECORD).end
        if end is None or end.status not in (ExitStatus.COMPLETE, ExitStatus.SOME_FAILED):
            self.say("No run is removed after a night like this")
            return
        parent = PROJECT_FOLDER / self._option("DOWNLOAD_FOLDER")
        try:
            found = candidates(parent, first_day_kept(keep_days), packing=packing)
            going = [each for each in found if not each.stays]
            for line in (*table(found), what_goes(going, packing=packing)):
                self.say(line)
            for line in prune(parent, going, packing=packing):
                self.say(line)
        except (AlreadyRunning, OSError) as error:
            self.say(f"Old runs stay: {to_ascii(str(error))}")

    def say(self, text: str) -> None:
        """Put a line into the night's log, and print it."""
        line = f"{datetime.now().astimezone():%H:%M:%S} NIGHT: {text}"
        print(line, flush=True)
        with contextlib.suppress(OSError):
            append_line(self._log, line, durable=False)

    def _record(self, known: NightRecord) -> NightRecord:
        """Return this night's record: it goes on with the one of a night that was cut short."""
        job = _name(self._jobdir)
        tries = known.tries if known.job == job else []
        return NightRecord(job, _now(), "", tries)

    def _keep(self, record: NightRecord) -> None:
        """Write the record. A full disk costs the night no more than that."""
        try:
            record.write(RECORD)
        except OSError as error:
            self.say(f"{RECORD.name} could not be written: {to_ascii(str(error))}")

    def _end(self, record: NightRecord, end: Ending) -> None:
        folder = job_folder(self._jobdir)
        figures = read_figures(folder) if folder else Figures()
        record.summary = summary(end, figures) if record.tries else self._nothing_tried()
        record.ended = _now()
        self._keep(record)
        self.say(record.summary)
        files = Files(folder, folder / REPORT if folder else None, self._log)
        problem = run_on_end(self._option("JDP_ON_END"), end, files, len(record.tries))
        if problem:
            self.say(f"WARNING: The command in JDP_ON_END failed: {problem}")

    def _nothing_tried(self) -> str:
        """Return what to say of a night that began after its end."""
        return (
            f"Nothing was tried: it could not begin before {self._hours.until:%H:%M}, when the "
            "night is over. Was the computer off or asleep?"
        )

    @contextlib.contextmanager
    def _awake(self) -> Iterator[None]:
        """Keep the computer from falling asleep, also between two tries."""
        awake = Awake()
        problem = awake.start() if self._option("JDP_KEEP_AWAKE") else ""
        if problem:
            self.say(f"The computer may fall asleep between two tries: {to_ascii(problem)}")
        try:
            yield
        finally:
            awake.stop()

    def _option(self, name: str) -> Any:
        """Return a setting's value; its default if it is wrong, which the crawl itself will say."""
        option = OPTIONS[name]
        try:
            return option.parse(raw_value(self._settings, name))
        except ValueError:
            return option.parse(option.default)


def _environment() -> dict[str, str]:
    """Return the environment of a crawl of the night. The password comes by its standard input."""
    proxy = credentials.given("JDP_PROXY")
    own = {**os.environ, "JDP_PROXY": proxy} if proxy else {**os.environ}
    # The night starts the user's command itself, once.
    return {**own, "JDP_ON_END": "none"}


def _name(jobdir: Path) -> str:
    """Return a JOBDIR as the record names it."""
    return jobdir.relative_to(PROJECT_FOLDER).as_posix()


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
