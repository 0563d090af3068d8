"""`scrapy crawlgroup`: crawls several accounts on this machine, each in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from jdp_spider.commands.crawl import ascii_console
from jdp_spider.exit_status import ExitStatus
from jdp_spider.group.accounts import NAME_WANTED, Accounts, AccountsError, is_name, read_accounts
from jdp_spider.group.crawls import Crawls, stop_on_signals, summary, today
from jdp_spider.group.index import INDEX
from jdp_spider.group.runs import GroupRun, find_run
from jdp_spider.group.screen import make_screen
from jdp_spider.locks import InUse, RunLock
from jdp_spider.vehicles import plain

if TYPE_CHECKING:
    import argparse


class Command(ScrapyCommand):
    """Goes on with a run that is not complete; its exit status is the accounts' most serious."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[--at-once N] [--run NAME] FILE"

    def short_desc(self) -> str:
        return "Download the bookout reports of several accounts, each in a process of its own"

    def long_desc(self) -> str:
        return (
            f"{self.short_desc()}. Example: scrapy crawlgroup accounts.toml (Ctrl-C stops it, the "
            "same command goes on with it; see docs/group.md)"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--at-once",
            type=int,
            metavar="N",
            help="accounts at once (default: as in FILE)",
        )
        parser.add_argument(
            "--run",
            metavar="NAME",
            help="name of the run, and of its folder (default: one of this night that is not "
            "complete, else today's date)",
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        ascii_console()
        super().process_options(args, opts)
        self._accounts = read_file(args, self.syntax())
        if opts.at_once is not None and not 1 <= opts.at_once <= 100:
            raise UsageError("--at-once must be from 1 to 100", print_help=False)
        check_run_name(opts.run)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Exit with the most serious status of the accounts (see ExitStatus)."""
        accounts = self._accounts
        names = [entry.name for entry in accounts.entries]
        run = find_run(accounts.folder, opts.run, names, today())
        lock = RunLock(run.folder / "group.lock", "run of the group", "job_in_use")
        try:
            lock.acquire()
            run.begin()
            self.exitcode = self._crawl(accounts, run, opts.at_once or accounts.at_once)
        except InUse as error:
            print(error)
            self.exitcode = ExitStatus.IN_USE
        except OSError as error:
            raise UsageError(
                f"The run cannot be written: {plain(str(error))}", print_help=False
            ) from None
        finally:
            lock.release()

    def _crawl(self, accounts: Accounts, run: GroupRun, at_once: int) -> ExitStatus:
        incomplete = run.incomplete()
        print(
            f"Run {run.name}: {len(incomplete)} of {len(run.accounts)} accounts to do, "
            f"{at_once} at a time",
            flush=True,
        )
        with stop_on_signals() as stop:
            status = Crawls(accounts, run, at_once, make_screen()).work(stop)
        print(f"\n{summary(run)}\n\nOverview: {plain(str((run.folder / INDEX).resolve()))}")
        if not incomplete:
            print("This run is complete. For another one: --run NAME, or tomorrow.")
        return status


def read_file(args: list[str], syntax: str) -> Accounts:
    """The accounts of the one file that is named. Raises UsageError."""
    if len(args) != 1:
        raise UsageError(f"name the file of the accounts: {syntax} (see accounts.example.toml)")
    try:
        return read_accounts(Path(args[0]))
    except AccountsError as error:
        raise UsageError(str(error), print_help=False) from None


def check_run_name(name: str | None) -> None:
    """Raises UsageError for one that cannot name a folder."""
    if name is not None and not is_name(name):
        raise UsageError(f"--run {NAME_WANTED}", print_help=False)
