"""`scrapy prune`: removes or packs the folders of old runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from jdp_spider.job.command import downloads
from jdp_spider.job.locks import AlreadyRunning
from jdp_spider.job.retention import candidates
from jdp_spider.nightly.pruning import first_day_kept, prune, table, what_goes
from jdp_spider.reasons import ExitStatus
from jdp_spider.utils import cli
from jdp_spider.utils.commands import ProjectCommand, refused
from jdp_spider.utils.console import is_terminal
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

MOST_DAYS = 36_500


class Command(ProjectCommand):
    """Says first what it will do; 0 if it did that, or was not asked to; 1 if not all of it."""

    usage = "--keep-days N [--zip] [--yes]"
    summary = "Remove the folders of old runs, or pack each of them into one zip"
    details = (
        ": never the newest good run, nor one whose job is not over. It says first what it will "
        "do. Example: scrapy prune --keep-days 30 --zip"
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_retention(parser)
        parser.add_argument("--yes", action="store_true", help="do it without asking")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        if opts.keep_days is None:
            command = to_ascii(cli.scrapy("prune --keep-days 30"))
            raise refused(f"say how many days of runs to keep: {command}")
        check_retention(opts)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Exit with 0, with 1 if a run could not be removed, with 5 if another prune is at work."""
        parent = downloads(self.settings)
        if not parent.is_dir():
            print(f"There is no {to_ascii(str(parent))}: nothing to do.")
            return
        try:
            self._prune(parent, opts)
        except AlreadyRunning as error:
            print(error)
            self.exitcode = ExitStatus.IN_USE
        except OSError as error:
            raise refused(to_ascii(str(error))) from None

    def _prune(self, parent: Path, opts: argparse.Namespace) -> None:
        found = candidates(parent, first_day_kept(opts.keep_days), packing=opts.zip)
        going = [each for each in found if not each.stays]
        print("\n".join(table(found)))
        print(what_goes(going, packing=opts.zip), flush=True)
        if going and not opts.yes and not _may_go():
            print("Nothing was done. To do it: the same command with --yes.")
            return
        # Without any, too: a kill may have left something.
        failures = prune(parent, going, packing=opts.zip)
        for line in failures:
            print(line)
        self.exitcode = ExitStatus.UNEXPECTED if failures else ExitStatus.COMPLETE


def _may_go() -> bool:
    """Ask at the terminal. Without one, nothing goes that was not asked for."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        return False
    try:
        return input("Do it? [y/N] ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        print()
        return False


def add_retention(parser: argparse.ArgumentParser) -> None:
    """Add --keep-days and --zip."""
    parser.add_argument(
        "--keep-days", type=int, metavar="N", help="keep the runs of the last N days"
    )
    parser.add_argument(
        "--zip", action="store_true", help="pack each old run into a zip instead of removing it"
    )


def check_retention(opts: argparse.Namespace) -> None:
    """Raise UsageError if they are wrong."""
    if opts.keep_days is None and opts.zip:
        raise refused("--zip belongs to --keep-days")
    if opts.keep_days is not None and not 1 <= opts.keep_days <= MOST_DAYS:
        raise refused(f"--keep-days must be from 1 to {MOST_DAYS}")
