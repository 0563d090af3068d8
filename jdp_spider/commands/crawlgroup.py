"""`scrapy crawlgroup`: crawls several accounts on this machine, each in a process of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from jdp_spider.group.command import GroupCommand, add_at_once, add_run
from jdp_spider.group.console import make_screen
from jdp_spider.group.runner import LocalRunner, stop_on_signals, summary
from jdp_spider.job.locks import AlreadyRunning, RunLock
from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.report.process import INDEX
from jdp_spider.utils.commands import refused
from jdp_spider.utils.terminal import decorate
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse

    from jdp_spider.group.accounts import Accounts
    from jdp_spider.group.folders import GroupRun


class Command(GroupCommand):
    """Continues an incomplete run; its exit status is the most serious of the accounts'."""

    usage = "[--at-once N] [--run NAME] FILE"
    summary = "Download the bookout reports of several accounts, each in a process of its own"
    details = (
        ". Example: scrapy crawlgroup accounts.toml (Ctrl-C stops it, the same command goes on "
        "with it; see docs/group.md)"
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_at_once(parser)
        add_run(parser)

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        self.read_file(args, self.usage)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Exit with the most serious status of the accounts (see ExitStatus)."""
        accounts = self.accounts
        run = self.find_run(opts.run)
        lock = RunLock(run.folder / "group.lock", "run of the group", CloseReason.JOB_IN_USE)
        try:
            lock.acquire()
            run.begin()
            self.exitcode = self._crawl(accounts, run, opts.at_once or accounts.at_once)
        except AlreadyRunning as error:
            print(error)
            self.exitcode = ExitStatus.IN_USE
        except OSError as error:
            raise refused(f"The run cannot be written: {to_ascii(str(error))}") from None
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
            status = LocalRunner(accounts, run, at_once, make_screen()).work(stop)
        overview = (run.folder / INDEX).resolve()
        shown = to_ascii(str(overview))
        text = f"\n{summary(run)}\n\nOverview: {shown}"
        print(decorate(text, sys.stdout, {shown: overview}))
        if not incomplete:
            print("This run is complete. For another one: --run NAME, or tomorrow.")
        return status
