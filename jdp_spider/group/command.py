"""What the commands for several accounts have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

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
from jdp_spider.group.folders import find_run
from jdp_spider.group.passwords import hide_variables
from jdp_spider.group.runner import today
from jdp_spider.utils.commands import ProjectCommand, refused

if TYPE_CHECKING:
    import argparse

    from jdp_spider.group.folders import GroupRun


class GroupCommand(ProjectCommand):
    """A command that takes the file of the accounts."""

    takes_arguments = True
    accounts: Accounts

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the options. Raise UsageError if one is wrong."""
        super().process_options(args, opts)
        self._check_settings()
        at_once, run = getattr(opts, "at_once", None), getattr(opts, "run", None)
        if at_once is not None and not 1 <= at_once <= MOST_AT_ONCE:
            raise refused(f"--at-once must be from 1 to {MOST_AT_ONCE}")
        if run is not None and not is_name(run):
            raise refused(f"--run {NAME_WANTED}")

    def _check_settings(self) -> None:
        """Raise UsageError for settings that would reach no crawl, and for mistyped ones."""
        given = set(from_command_line(self.settings))
        of_crawls = [name for name in ("JOBDIR", *OPTIONS) if name in given]
        problems = mistyped_names(self.settings) + [
            f"{name} by -s reaches none of the crawls: the file of the accounts says what each "
            "is to do (see docs/group.md)"
            for name in of_crawls
        ]
        if problems:
            raise refused("\n".join(problems))

    def read_file(self, args: list[str], syntax: str) -> None:
        """Read the only file named. Raise UsageError if it cannot be used."""
        if len(args) != 1:
            raise UsageError(f"name the file of the accounts: {syntax} (see accounts.example.toml)")
        try:
            self.accounts = read_accounts(Path(args[0]))
            problems = unencrypted_accounts(self.accounts)
            if problems:
                raise ConfigError(problems)
        except ConfigError as error:
            raise refused(str(error)) from None
        hide_variables(self.accounts.references)

    def find_run(self, name: str | None) -> GroupRun:
        """Return the named run of these accounts, else the one to continue or a new one."""
        names = [entry.name for entry in self.accounts.entries]
        return find_run(self.accounts.folder, name, names, today())


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
