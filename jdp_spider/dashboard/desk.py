"""What the page can do: it reads what is the case, and starts, stops and asks."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.dashboard.failures import Failures
from jdp_spider.dashboard.group import Group
from jdp_spider.dashboard.model import NotNow
from jdp_spider.dashboard.processes import CHECK, REPAIR, RUN, Processes, Sitting
from jdp_spider.dashboard.runs import run_folder
from jdp_spider.dashboard.setup import Setup
from jdp_spider.dashboard.trouble import refused_at
from jdp_spider.dashboard.values import read_values
from jdp_spider.dashboard.watcher import Watcher

if TYPE_CHECKING:
    from pathlib import Path

    from jdp_spider.dashboard.failures import FailureGroup
    from jdp_spider.dashboard.home import Home
    from jdp_spider.dashboard.model import Facts, State
    from jdp_spider.dashboard.values import Values

_FIRST = 10
"""Vehicles of the first run."""
_JOBS = "crawls"


class Desk:
    """The account's state, and the commands that work for it. Its methods block: use threads."""

    def __init__(self, home: Home, sitting: Sitting) -> None:
        self.sitting = sitting
        self.processes = Processes(home, sitting)
        self.changed = asyncio.Event()
        """Set when the page has done something: whoever looks now and then looks at once."""
        self._watcher = Watcher(home, self.processes)
        self._failures = Failures()
        self.group = Group(self.processes)
        self.setup = Setup(sitting, self._watcher)

    def values(self) -> Values:
        """Return the settings of this moment."""
        return read_values(self.sitting.account)

    def facts(self) -> Facts:
        """Return what is the case."""
        return self._watcher.facts(self.values())

    def failures(self, state: State, facts: Facts) -> tuple[FailureGroup, ...]:
        """Return the failed vehicles that the state shows."""
        if "failures" not in state.shows or facts.job is None:
            return ()
        return self._failures.of(facts.job.folder)

    def downloads(self) -> Path:
        """Return the folder of the runs."""
        return PROJECT_FOLDER / self.values().downloads

    def run_folder(self, name: str) -> Path | None:
        """Return the folder of the run of this name; None for any other name."""
        return run_folder(self.downloads(), name)

    def start_run(self, *, is_new: bool, limit: int | None = None) -> str:
        """Start a run, of a new job or of the last one. Raise NotNow or OSError."""
        facts = self._ready_facts()
        jobdir = _new_jobdir() if is_new else self._last_jobdir(facts)
        most = str(limit or 0)
        given = ["-s", f"JOBDIR={jobdir}", "-s", f"MAX_DOWNLOADS={most}"]
        self.processes.start(RUN, ["crawl", "jdpower", *given])
        return ""

    def start_first(self) -> str:
        """Start a run of ten vehicles. Raise NotNow or OSError."""
        return self.start_run(is_new=True, limit=_FIRST)

    def start_check(self, *, is_repair: bool) -> str:
        """Start the doctor. Raise NotNow or OSError."""
        self._ready_facts()
        arguments = ["doctor", "--repair", "--yes"] if is_repair else ["doctor"]
        self.processes.start(REPAIR if is_repair else CHECK, arguments)
        return ""

    def _ready_facts(self) -> Facts:
        """Return the facts if something may be started. Raise NotNow."""
        facts = self.facts()
        is_live = facts.job is not None and facts.job.is_live
        is_checking = facts.check is not None and facts.check.is_running
        if is_live or is_checking or facts.is_starting or facts.is_account_busy:
            raise NotNow("Something is at work already: wait until it is over.")
        if facts.problem:
            raise NotNow(facts.problem)
        if not facts.has_account:
            raise NotNow("Enter user name and password first.", go="account")
        if refused_at(facts):
            text = "The site has refused this login: enter user name and password anew."
            raise NotNow(text, go="account")
        return facts

    def _last_jobdir(self, facts: Facts) -> str:
        """Return the JOBDIR to continue with; a new one if there is none."""
        if facts.job is not None and facts.job.jobdir is not None and facts.job.total:
            return str(facts.job.jobdir)
        if facts.last is not None and facts.last.jobdir:
            return facts.last.jobdir
        return _new_jobdir()

    def try_login(self) -> str:
        """Ask the run that waits for the account to try now. Raise NotNow or OSError."""
        self.ask_run("try-login-now")
        return "It is tried as soon as it may be: 30 seconds after the last try."

    def ask_run(self, file: str) -> str:
        """Ask the run at work for something, by a file. Raise NotNow or OSError."""
        job = self.facts().job
        if job is None or not job.is_live:
            raise NotNow("No run is at work any more.")
        place = job.jobdir if job.jobdir is not None else job.folder
        (place / file).touch()
        return ""


def _new_jobdir() -> str:
    """Return a JOBDIR that is not in use yet: the day, and a number from the second on."""
    day, number = f"{datetime.now().astimezone():%Y-%m-%d}", 1
    while (PROJECT_FOLDER / _JOBS / (name := day if number == 1 else f"{day}-{number}")).exists():
        number += 1
    return f"{_JOBS}/{name}"
