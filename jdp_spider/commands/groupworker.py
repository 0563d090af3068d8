"""`scrapy groupworker`: crawls accounts from the queue of many machines."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.utils.log import configure_logging

from jdp_spider.group.command import GroupCommand, add_at_once
from jdp_spider.group.runner import stop_on_signals
from jdp_spider.utils import cli
from jdp_spider.utils.commands import refused
from jdp_spider.utils.redaction import redact_logs

if TYPE_CHECKING:
    import argparse
    from collections.abc import Coroutine
    from typing import TypeVar

    _T = TypeVar("_T")


class Command(GroupCommand):
    """Works until it is asked to end; whoever starts it starts it again when it ends otherwise."""

    usage = "[--at-once N] [--lease SECONDS] FILE"
    summary = "Crawl accounts from the queue of many machines, until it is stopped"
    details = (
        ". Example: scrapy groupworker accounts.toml (Ctrl-C ends it in order; see docs/scaling.md)"
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_at_once(parser)
        parser.add_argument(
            "--lease",
            type=float,
            metavar="SECONDS",
            default=120.0,
            help="how long an account stays with a worker that is not heard of (default: 120)",
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        self.read_file(args, self.usage)
        if not 4 <= opts.lease <= 3600:
            raise refused("--lease must be from 4 to 3600 seconds")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Exit with 0 if it was asked to end, with 1 if something else ended it."""
        try:
            from jdp_spider.group.connector import NotSetUp
            from jdp_spider.group.worker import Worker
        except ImportError:
            raise refused(not_installed()) from None
        configure_logging(self.settings)
        redact_logs()
        quiet_queue()
        with stop_on_signals() as stop:
            at_once = opts.at_once or self.accounts.at_once
            worker = Worker(Path(args[0]), at_once, opts.lease, stop)
            try:
                self.exitcode = run_in_loop(worker.serve())
            except NotSetUp as error:
                raise refused(str(error)) from None


def not_installed() -> str:
    """Return the message for missing packages of the queue."""
    install = cli.python("-m pip install -r requirements-group.txt")
    return f"the packages of the queue are not installed: {install}"


def quiet_queue() -> None:
    """Silence the routine logs of the queue and its database."""
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    # It logs every failed connection; we log them once.
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)


def run_in_loop(work: Coroutine[None, None, _T]) -> _T:
    """Run it in an event loop that psycopg supports, unlike the default one on Windows."""
    loop = asyncio.SelectorEventLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
