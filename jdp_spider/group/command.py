"""What the commands for several accounts have in common.

It does not stand in `commands/`: Scrapy takes every command class there for a command.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from jdp_spider.config.names import from_command_line, mistyped_names
from jdp_spider.config.options import OPTIONS
from jdp_spider.config.problems import ConfigError
from jdp_spider.group.accounts import (
    MOST_AT_ONCE,
    NAME_WANTED,
    Accounts,
    is_name,
    read_accounts,
    unencrypted_accounts,
)
from jdp_spider.group.passwords import hide_variables
from jdp_spider.utils.console import ascii_console

if TYPE_CHECKING:
    import argparse


class GroupCommand(ScrapyCommand):
    """A command that takes the file of the accounts."""

    requires_project = True
    requires_crawler_process = False

    accounts: Accounts

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the options. Raises UsageError."""
        ascii_console()
        super().process_options(args, opts)
        self._check_settings()
        at_once, run = getattr(opts, "at_once", None), getattr(opts, "run", None)
        if at_once is not None and not 1 <= at_once <= MOST_AT_ONCE:
            raise UsageError(f"--at-once must be from 1 to {MOST_AT_ONCE}", print_help=False)
        if run is not None and not is_name(run):
            raise UsageError(f"--run {NAME_WANTED}", print_help=False)

    def _check_settings(self) -> None:
        """Raise UsageError for settings that would reach no crawl, and for mistyped ones."""
        assert self.settings is not None
        given = set(from_command_line(self.settings))
        of_crawls = [name for name in ("JOBDIR", *OPTIONS) if name in given]
        problems = mistyped_names(self.settings) + [
            f"{name} by -s reaches none of the crawls: the file of the accounts says what each "
            "is to do (see docs/group.md)"
            for name in of_crawls
        ]
        if problems:
            raise UsageError("\n".join(problems), print_help=False)

    def read_file(self, args: list[str], syntax: str) -> None:
        """Read the one file that is named. Raises UsageError."""
        if len(args) != 1:
            raise UsageError(f"name the file of the accounts: {syntax} (see accounts.example.toml)")
        try:
            self.accounts = read_accounts(Path(args[0]))
            problems = unencrypted_accounts(self.accounts)
            if problems:
                raise ConfigError(problems)
        except ConfigError as error:
            raise UsageError(str(error), print_help=False) from None
        hide_variables(self.accounts.entries)


def add_at_once(parser: argparse.ArgumentParser) -> None:
    """Add --at-once."""
    parser.add_argument(
        "--at-once", type=int, metavar="N", help="accounts at once (default: as in FILE)"
    )


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add --run."""
    parser.add_argument(
        "--run",
        metavar="NAME",
        help="name of the run, and of its folder (default: one of this night that is not "
        "complete, else today's date)",
    )
