"""Several accounts: those of accounts.toml beside `.env`, each with the states of a single one."""

from __future__ import annotations

import contextlib
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.config.problems import ConfigError
from jdp_spider.dashboard.jobs import JobFacts, JobReader
from jdp_spider.dashboard.model import Card, Facts, GroupFacts, NotNow
from jdp_spider.dashboard.processes import GROUP
from jdp_spider.dashboard.state import state_of
from jdp_spider.dashboard.views import job_values
from jdp_spider.group.accounts import ACCOUNTS_FILE, Accounts, read_accounts
from jdp_spider.group.folders import GroupRun
from jdp_spider.group.runner import STOP_FILE
from jdp_spider.job.ending import Ending
from jdp_spider.job.folder import RUN_FILE
from jdp_spider.job.locks import is_held
from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.utils.loading import parse_time

if TYPE_CHECKING:
    from pathlib import Path

    from jdp_spider.dashboard.processes import Processes
    from jdp_spider.group.folders import AccountFolder


class Group:
    """Reads the accounts' file and the newest run of the group, and starts and stops it."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._path = PROJECT_FOLDER / ACCOUNTS_FILE
        self._accounts: tuple[int, Accounts | None, str] = (0, None, "")
        self._readers: dict[Path, JobReader] = {}

    @property
    def is_there(self) -> bool:
        """Return True if there is a file of accounts."""
        return self._path.is_file()

    def look(self) -> GroupFacts:
        """Return the accounts, and what their run is at."""
        accounts, problem = self._read()
        if accounts is None:
            return GroupFacts((), problem=problem)
        run = self._newest_run(accounts)
        cards = tuple(self._card(*each) for each in run.accounts.items())
        is_today = run.name == f"{datetime.now().astimezone():%Y-%m-%d}"
        return GroupFacts(
            cards,
            is_live=self._is_live(run),
            is_complete=is_today and not run.incomplete(),
        )

    def _card(self, name: str, place: AccountFolder) -> Card:
        job = self._job(place)
        facts = Facts(
            now=datetime.now(timezone.utc),
            has_account=True,
            job=job,
            last=_end(place, job),
            is_member=True,
        )
        values = job_values(job) if job is not None and job.is_live else {}
        return Card(name, state_of(facts), values, job is not None)

    def _job(self, place: AccountFolder) -> JobFacts | None:
        folder = place.run_folder
        if folder is None:
            return None
        reader = self._readers.setdefault(folder, JobReader(folder))
        return reader.read(place.jobdir / "job.lock", PROJECT_FOLDER)

    def _read(self) -> tuple[Accounts | None, str]:
        """Return the accounts, and what is wrong with their file."""
        try:
            mtime = self._path.stat().st_mtime_ns
        except OSError:
            return None, ""
        if mtime != self._accounts[0]:
            try:
                self._accounts = mtime, read_accounts(self._path), ""
            except ConfigError as error:
                self._accounts = mtime, None, str(error)
        return self._accounts[1:]

    def _newest_run(self, accounts: Accounts) -> GroupRun:
        """Return the run that began last; one that has no folder yet if there is none."""
        names = [entry.name for entry in accounts.entries]
        found: list[tuple[float, Path]] = []
        with contextlib.suppress(OSError):
            runs = accounts.folder.glob(f"*/{RUN_FILE}")
            found += [(path.stat().st_mtime, path.parent) for path in runs]
        folder = max(found)[1] if found else accounts.folder / "none"
        return GroupRun(folder, names)

    def _is_live(self, run: GroupRun) -> bool:
        return self._processes.is_running(GROUP) or is_held(run.folder / "group.lock")

    # Actions

    def start(self) -> str:
        """Start the group's run, or continue it. Raise NotNow or OSError."""
        accounts, problem = self._read()
        if accounts is None:
            raise NotNow(problem or f"There is no {ACCOUNTS_FILE}.")
        if self._is_live(self._newest_run(accounts)):
            raise NotNow("The accounts are at work already.")
        self._processes.start(GROUP, ["crawlgroup", ACCOUNTS_FILE])
        return ""

    def stop(self) -> str:
        """Ask the group's run to finish the vehicles at work. Raise NotNow or OSError."""
        accounts, _ = self._read()
        run = self._newest_run(accounts) if accounts is not None else None
        if run is None or not self._is_live(run):
            raise NotNow("No run of the accounts is at work any more.")
        (run.folder / STOP_FILE).touch()
        return "The vehicles at work are finished. Please do not switch off the computer."

    def ask(self, name: str, file: str) -> str:
        """Ask the run of one account for something, by a file. Raise NotNow or OSError."""
        place = self._place(name)
        job = self._job(place) if place is not None else None
        if place is None or job is None or not job.is_live:
            raise NotNow("No run of that account is at work any more.")
        (place.jobdir / file).touch()
        return ""

    def folder(self, name: str) -> Path | None:
        """Return the newest run folder of the account of this name; None for any other name."""
        place = self._place(name)
        return place.run_folder if place is not None else None

    def _place(self, name: str) -> AccountFolder | None:
        accounts, _ = self._read()
        return self._newest_run(accounts).accounts.get(name) if accounts is not None else None


def _end(place: AccountFolder, job: JobFacts | None) -> Ending | None:
    """Return how the account's last crawl ended, as the group has recorded it."""
    outcome = place.outcome()
    if outcome.status is None:
        return None
    try:
        at = parse_time(outcome.ended)
    except ValueError:
        return None
    status = ExitStatus(outcome.status)
    reason = CloseReason.known(job.reason) if job is not None else None
    said = outcome.message or place.last_words()
    return Ending(status, reason, said, str(place.jobdir), at)
