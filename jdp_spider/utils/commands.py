"""Base classes of the commands. Scrapy takes every command class in `commands/` for a command."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from jdp_spider.utils.console import ascii_console
from jdp_spider.utils.loading import LoadError
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import Settings


def refused(problem: str) -> UsageError:
    """Return the error that ends a command with status 2 and this text, without its help."""
    return UsageError(problem, print_help=False)


class ProjectCommand(ScrapyCommand):
    """A command that needs the project, but no crawler of its own."""

    requires_project = True
    requires_crawler_process = False

    usage: str
    summary: str
    details: str
    """What the help adds to the summary, punctuation first."""
    takes_arguments = False

    settings: Settings  # Scrapy sets it before it calls anything

    def syntax(self) -> str:
        return self.usage

    def short_desc(self) -> str:
        return self.summary

    def long_desc(self) -> str:
        return f"{self.summary}{self.details}"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        ascii_console()
        super().process_options(args, opts)
        if args and not self.takes_arguments:
            raise refused(f"unknown argument: {args[0]!a}")


class FolderCommand(ProjectCommand):
    """A command that takes the folder of one run."""

    takes_arguments = True

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        if len(args) != 1:
            name = type(self).__module__.rpartition(".")[2]
            raise UsageError(f"name one run folder: scrapy {name} downloads/11-23-2026")
        if not (Path(args[0]) / "run_data").is_dir():
            raise refused(f"{args[0]!a} is no run folder: it holds no run_data")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            self.work(Path(args[0]), opts)
        except (OSError, LoadError) as error:
            raise refused(to_ascii(str(error))) from None

    @abstractmethod
    def work(self, folder: Path, opts: argparse.Namespace) -> None:
        """Do the work. Raise OSError or LoadError to end the command with status 2."""
