"""`scrapy crawl`, with settings checked first and an exit status that tells what happened."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.spiderloader import get_spider_loader

from jdp_spider.browser.launch import BrowserNotFound, find_browser
from jdp_spider.config import credentials
from jdp_spider.config.names import unrecognised_names
from jdp_spider.config.problems import ConfigError, Interrupted
from jdp_spider.config.sources import ask_for_credentials, check_encrypted, jobdir, load_config
from jdp_spider.job.ending import Ending
from jdp_spider.job.metrics import exit_status
from jdp_spider.job.on_end import Files, run_on_end
from jdp_spider.job.selection import ARGUMENTS, SelectionError, read_refs
from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.supervision import read_password
from jdp_spider.utils.commands import leave_out_usage, refused
from jdp_spider.utils.console import ascii_console
from jdp_spider.utils.descriptors import TooFewDescriptors, provide_descriptors
from jdp_spider.utils.files import make_folder
from jdp_spider.utils.redaction import OwnText
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)


class Command(CrawlCommand):
    """Replaces Scrapy's command of the same name, which exits with 0 whatever happened."""

    def long_desc(self) -> str:
        return (
            "Download the bookout report of every vehicle in the inventory. "
            "Example: scrapy crawl jdpower -s JOBDIR=crawls/run1 "
            "(Ctrl-C stops it, the same command goes on with it)"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        self._parser = parser

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        ascii_console()
        leave_out_usage(self._parser)
        super().process_options(args, opts)
        assert self.settings is not None
        if len(args) != 1 or args[0] not in get_spider_loader(self.settings).list():
            given = to_ascii(" ".join(args)) or "nothing"
            raise refused(f"expected: scrapy crawl jdpower, got {given}")
        self._check_arguments(opts.spargs)
        try:
            # Scrapy makes the folder, too, and takes a "~" as it is.
            self.settings.set("JOBDIR", str(jobdir(self.settings) or ""), "cmdline")
            credentials.collect(read_password)
            ask_for_credentials(self.settings)
            config = load_config(self.settings)
            check_encrypted(config)
            find_browser(config.browser, headless=config.headless)
            provide_descriptors(config.contexts)
            if self.settings["JOBDIR"]:
                make_folder(Path(self.settings["JOBDIR"]))
        except Interrupted as error:
            stop_asking(error)
        except (ConfigError, BrowserNotFound, TooFewDescriptors) as error:
            raise refused(str(error)) from None
        except OSError as error:
            raise refused(
                f"JOBDIR cannot be used ({error.strerror}), got '{to_ascii(str(error.filename))}'"
            ) from None

        # All commands are imported for each: the others do without what loads Playwright.
        from jdp_spider.extensions.run_log import install

        install()
        if self.settings["LOG_LEVEL"] != "DEBUG":
            quiet()

    def _check_arguments(self, given: dict[str, str]) -> None:
        try:
            for name, value in given.items():
                # scrapyd gives its jobs arguments of its own, such as `_job`.
                if name.startswith("_"):
                    continue
                if name not in ARGUMENTS:
                    known = f"-a {to_ascii(name)}=... is not known: there is -a refs=165548,165600"
                    raise refused(known)
                read_refs(value)
        except SelectionError as error:
            raise refused(str(error)) from None

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run the spider and set the exit status (see ExitStatus)."""
        from jdp_spider.extensions import KeepLastRun, Progress, RunReport

        assert self.crawler_process is not None
        assert self.settings is not None
        warn_of_unrecognised(self.settings)
        crawler = self.crawler_process.create_crawler(args[0])
        self.crawler_process.crawl(crawler, **opts.spargs)
        _end_with_the_terminal()
        self.crawler_process.start()
        if self.crawler_process.bootstrap_failed:
            self.exitcode = ExitStatus.UNEXPECTED
            return
        # After a second Ctrl-C, which ends even the logout at once, no extension has done this.
        progress = crawler.get_extension(Progress)
        if progress is not None:
            progress.close()
        if "finish_reason" not in crawler.stats.get_stats():
            # No component was notified of the end.
            self.exitcode = ExitStatus.INTERRUPTED
            print("Left at once: run the same command again to go on.", file=sys.stderr)
        else:
            self.exitcode = exit_status(crawler.stats.get_stats())
            # Both have done it already, unless Ctrl-C has stopped Scrapy's loop before.
            report = crawler.get_extension(RunReport)
            if report is not None:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                report.finish()
            keeper = crawler.get_extension(KeepLastRun)
            if keeper is not None:
                keeper.finish()
            files = report.files if report is not None else Files()
            reason = CloseReason.known(crawler.stats.get_value("finish_reason"))
            said = keeper.last_words if keeper is not None else ""
            end = Ending(ExitStatus(self.exitcode), reason, said)
            if problem := run_on_end(load_config(self.settings).on_end, end, files):
                logger.warning("The command in JDP_ON_END failed: %s", OwnText(problem))


def stop_asking(error: Exception) -> NoReturn:
    """End a command that was interrupted at a question, as one interrupted at its work ends."""
    print(f"\n{error}", file=sys.stderr)
    sys.exit(ExitStatus.INTERRUPTED)


def warn_of_unrecognised(settings: BaseSettings | None) -> None:
    """Log one line with the names given by `-s` that nothing is known to read."""
    names = unrecognised_names(settings) if settings is not None else []
    if names:
        logger.warning(
            "No part of Scrapy or of this program reads what was given by -s: %s", ", ".join(names)
        )


def _end_with_the_terminal() -> None:
    """Let a terminal that is closed ask for the end, as SIGTERM does: with a logout.

    Where nohup has switched that off, it stays so. On Windows a window that is closed kills.
    """
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is None or signal.getsignal(hangup) is not signal.SIG_DFL:
        return

    def end(*_: object) -> None:
        # Kernel and shell both send one; a second SIGTERM would leave at once.
        signal.signal(hangup, signal.SIG_IGN)
        signal.raise_signal(signal.SIGTERM)

    signal.signal(hangup, end)


def quiet() -> None:
    """Keep lists of versions, settings and components for the log file: users read the rest."""
    from jdp_spider.extensions.run_log import ConsoleFilter

    talkative = ("scrapy.addons", "scrapy.core.engine", "scrapy.crawler", "scrapy.middleware")
    for name in (*talkative, "scrapy.utils.log", "scrapy-playwright"):
        # Not by their level: Scrapy sets the levels of its loggers anew.
        logging.getLogger(name).addFilter(ConsoleFilter(_is_wanted))
    # At DEBUG it listens to every request of every page.
    logging.getLogger("scrapy-playwright").setLevel(logging.INFO)


def _is_wanted(record: logging.LogRecord) -> bool:
    """Return True for trouble, and for Scrapy's answer to Ctrl-C.

    Of scrapy-playwright even warnings are left out: each failed page is one, with traceback.
    """
    least = logging.ERROR if record.name == "scrapy-playwright" else logging.WARNING
    return record.levelno >= least or str(record.msg).startswith("Received ")
