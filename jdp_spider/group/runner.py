"""The crawls of a group on one machine: several at a time, each to its end."""

from __future__ import annotations

import contextlib
import signal
import time
from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

from jdp_spider.group.console import AtWork
from jdp_spider.group.crawl_process import FROZEN, CrawlProcess, child_environment
from jdp_spider.group.folders import AccountOutcome
from jdp_spider.group.passwords import PasswordMissing, read_password
from jdp_spider.group.status import format_table, most_serious, words
from jdp_spider.reasons import ExitStatus
from jdp_spider.report.process import INDEX
from jdp_spider.utils.files import take_file
from jdp_spider.utils.process import handle_requests_to_end
from jdp_spider.utils.text import duration, to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jdp_spider.group.accounts import AccountEntry, Accounts
    from jdp_spider.group.console import Screen
    from jdp_spider.group.folders import AccountFolder, GroupRun

_LOOK_S = 0.5
STOP_FILE = "stop"
"""In the run's folder: asks for the end as the first Ctrl-C does."""


class Stop:
    """How often the end was asked for, by Ctrl-C or the system."""

    def __init__(self) -> None:
        self.asked = 0

    def ask(self) -> None:
        """Count one more request to end."""
        self.asked += 1


@contextlib.contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Count the requests to end, instead of ending."""
    stop = Stop()
    before = handle_requests_to_end(lambda _: stop.ask())
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class LocalRunner:
    """Starts the accounts' crawls in their order, `at_once` at a time, and sees each to its end.

    What happens to one changes nothing for the others.
    """

    def __init__(self, accounts: Accounts, run: GroupRun, at_once: int, screen: Screen) -> None:
        self._accounts = accounts
        self._run = run
        self._at_once = at_once
        self._screen = screen
        self._waiting: list[AccountEntry] = []
        self._at_work: list[CrawlProcess] = []
        self._complete = 0
        self._stopped = 0
        """How many of the requests to end were obeyed."""

    def work(self, stop: Stop) -> ExitStatus:
        """Crawl the incomplete accounts. Return the most serious status. Raise OSError."""
        # A leftover asked for the end of an earlier run.
        take_file(self._run.folder / STOP_FILE)
        incomplete = set(self._run.incomplete())
        self._complete = len(self._run.accounts) - len(incomplete)
        self._waiting = [entry for entry in self._accounts.entries if entry.name in incomplete]
        try:
            while self._waiting or self._at_work:
                self._obey(stop)
                self._start_what_fits()
                self._show()
                time.sleep(_LOOK_S)
                self._look()
        finally:
            self._screen.close()
            # If this breaks off, the crawls end in order when their input does.
        self._write_index()
        return most_serious(self._statuses())

    def _write_index(self) -> None:
        # All commands are imported for each: a crawl does without what makes pages.
        from jdp_spider.group.index_page import write_index

        try:
            write_index(self._run)
        except OSError as error:
            # On Windows it is enough that another program has it open.
            reason = to_ascii(error.strerror or str(error))
            self._screen.say(f"{INDEX} could not be written ({reason})")

    def _statuses(self) -> Iterator[int]:
        for place in self._run.accounts.values():
            status = place.outcome().status
            yield ExitStatus.INTERRUPTED if status is None else status

    def _obey(self, stop: Stop) -> None:
        if take_file(self._run.folder / STOP_FILE) and not stop.asked:
            stop.ask()
        while self._stopped < stop.asked:
            self._stopped += 1
            self._waiting.clear()
            if self._stopped == 1:
                self._screen.say("Ending: the vehicles at work are finished. Ctrl-C again: at once")
                for child in self._at_work:
                    child.end()
            else:
                for child in self._at_work:
                    child.kill("It was ended at once")

    def _start_what_fits(self) -> None:
        while self._waiting and len(self._at_work) < self._at_once:
            entry = self._waiting.pop(0)
            child = CrawlProcess(entry, self._run.accounts[entry.name])
            try:
                password = read_password(entry.password, entry.user, entry.base_url)
                child.start(self._environment(entry), password)
            except PasswordMissing as missing:
                self._ended(child, ExitStatus.USAGE, f"No password: {missing}")
            except OSError as error:
                self._ended(child, ExitStatus.UNEXPECTED, f"It could not be started ({error})")
            else:
                self._at_work.append(child)
                self._screen.say(f"{entry.name}: started")

    def _environment(self, entry: AccountEntry) -> dict[str, str]:
        place = self._run.accounts[entry.name]
        return child_environment(entry, place, self._accounts.entries)

    def _look(self) -> None:
        for child in self._at_work.copy():
            status = child.status()
            if status is not None:
                self._at_work.remove(child)
                stopped = self._stopped and status == ExitStatus.UNEXPECTED
                self._ended(child, ExitStatus.INTERRUPTED if stopped else status, child.killed)
            elif child.looks_frozen():
                child.kill(FROZEN)

    def _ended(self, child: CrawlProcess, status: int, message: str) -> None:
        place = child.place
        try:
            outcome = place.record(status, child.seconds, to_ascii(message))
        except OSError as error:
            # The crawl's own records have everything that counts.
            outcome = AccountOutcome(status, to_ascii(f"{message} (not written down: {error})"))
        self._write_index()
        self._complete += place.is_complete()
        standing = place.standing()
        done = f"{standing.saved} of {standing.total} saved" if standing.total else "nothing saved"
        took = f" in {duration(child.seconds)}" if child.seconds else ""
        told = f": {outcome.message}" if outcome.message else ""
        self._screen.say(
            f"{child.entry.name}: {words(outcome, standing).status}, {done}{took}{told}"
        )

    def _show(self) -> None:
        at_work = {child.entry.name: _at_work(child.place) for child in self._at_work}
        self._screen.show(
            at_work,
            f"{self._complete} of {len(self._run.accounts)} accounts complete, "
            f"{len(self._at_work)} at work, {len(self._waiting)} waiting",
        )


def _at_work(place: AccountFolder) -> AtWork:
    standing = place.standing()
    # Called twice a second: the log is only read if the journal does not say more.
    return AtWork(standing, "" if standing.total else place.last_words())


def summary(run: GroupRun) -> str:
    """Return the final table, in ASCII: a line for each account, and what to do about which."""
    rows = [("Account", "Status", "Saved", "Failed", "Left", "Time")]
    advice = defaultdict(list)
    for name, place in run.accounts.items():
        outcome, standing = place.outcome(), place.standing()
        found = words(outcome, standing)
        counts = (str(standing.saved), str(standing.failed), str(standing.left))
        rows.append((name, found.status, *counts, duration(outcome.seconds)))
        advice[". ".join(filter(None, (outcome.message, found.advice)))].append(name)
    advice.pop("", None)
    lines = format_table(rows)
    told = [f"{', '.join(names)}: {text}" for text, names in advice.items()]
    return "\n".join([lines, "", *told] if told else [lines])


def today() -> datetime:
    """Return the current time in the computer's own time zone."""
    return datetime.now().astimezone()
