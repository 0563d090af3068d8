"""Base classes of the commands. Scrapy takes every command class in `commands/` for a command."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from jdp_spider.utils.console import ascii_console

if TYPE_CHECKING:
    from scrapy.settings import Settings


def refused(problem: str) -> UsageError:
    """Return the error that ends a command with status 2 and this text, without its help."""
    return UsageError(problem, print_help=False)


def leave_out_usage(parser: argparse.ArgumentParser) -> None:
    """Let the parser's errors begin with what is wrong: its options were right.

    Call it when they have been parsed.
    """
    parser.usage = argparse.SUPPRESS
    parser.prog = "scrapy"


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
    parser: argparse.ArgumentParser

    def syntax(self) -> str:
        return self.usage

    def short_desc(self) -> str:
        return self.summary

    def long_desc(self) -> str:
        return f"{self.summary}{self.details}"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        self.parser = parser

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        ascii_console()
        leave_out_usage(self.parser)
        super().process_options(args, opts)
        if args and not self.takes_arguments:
            raise refused(f"unknown argument: {args[0]!a}")
