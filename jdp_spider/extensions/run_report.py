"""What a run leaves when it ends: its records, metrics.json, stats, report.html and the table."""

from __future__ import annotations

import asyncio
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from scrapy.utils.log import get_scrapy_root_handler

from jdp_spider.extensions.base import CrawlExtension
from jdp_spider.extensions.closing_text import (
    Duration,
    advice,
    before_the_inventory,
    closing_text,
    places,
)
from jdp_spider.extensions.last_run import KeepLastRun
from jdp_spider.extensions.run_log import ConsoleFilter
from jdp_spider.job import progress_file
from jdp_spider.job.availability import settle
from jdp_spider.job.batch import lost_keys
from jdp_spider.job.ending import what_was_found
from jdp_spider.job.events import RUN_ENDED, note
from jdp_spider.job.job import checkpoint_files
from jdp_spider.job.metrics import build_metrics, to_stats
from jdp_spider.job.on_end import Files
from jdp_spider.reasons import ending
from jdp_spider.report.process import REPORT, make_report_in_subprocess
from jdp_spider.utils.cli import nearby
from jdp_spider.utils.console import is_terminal
from jdp_spider.utils.engine import ReportingStatsCollector
from jdp_spider.utils.files import is_held, is_there, write_each
from jdp_spider.utils.redaction import OwnText
from jdp_spider.utils.terminal import decorate
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from scrapy.crawler import Crawler

    from jdp_spider.run import Run


logger = logging.getLogger(__name__)

_TRIES = 10
_PAUSE_S = 0.5
"""How often, and after what pause, a file that is held is tried again at the end of a run.

With the second that `utils.files.replace` tries for, a held file is tried for 15 s.
"""


class RunReport(CrawlExtension):
    """Writes what a run leaves behind: the books, metrics.json, the stats, and report.html.

    The table comes last, when all that it names is there. The crawl command calls `finish`, too:
    a Ctrl-C stops Scrapy's own loop while report.html is being made.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._run: Run | None = None
        self._reason = ""
        self._found = ""
        """What ended the run, as a sentence; empty if it came to its end."""
        self._text = ""
        """What is still to be shown; empty until the run has ended."""
        self._links: dict[str, Path] = {}
        """The files that it names."""
        self._took = Duration(0.0, 0.0)
        self._engine_started = False
        self._making: Future[str] | None = None

    @property
    def files(self) -> Files:
        """Return where to look after the run: nowhere if it has left no folder."""
        if self._run is None:
            return Files()
        paths = self._run.job.paths
        return Files(paths.folder, paths.folder / REPORT, paths.log)

    def engine_started(self) -> None:
        self._engine_started = True

    async def spider_closed(self, reason: str) -> None:
        run = self.run
        job = run.job
        if not job.is_open:
            return
        # What is logged from now on has not ended the run.
        keeper = self.crawler.get_extension(KeepLastRun)
        found = self._found = what_was_found(reason, keeper.said if keeper is not None else "")
        browsers = self.crawler.stats.get_value("playwright/browser_count", 0)
        job.checkpoint.browser_restarts = max(browsers - 1, 0)
        if job.discard_if_unused():
            self._text = " ".join([f"{before_the_inventory(reason)}.", advice(run, reason, found)])
            return
        self._run, self._reason = run, reason
        await self._look_for_pdfs(run)
        settle(run.batch, run.account.without_link, reason, strict=run.config.strict)
        metrics = await self._write(run)
        for key, value in to_stats(metrics).items():
            self.crawler.stats.set_value(key, value)
        report = job.paths.folder / REPORT if run.config.report_page else job.paths.metrics
        self._links = places(run, report)
        self._took = Duration.of(run)
        self._text = closing_text(run, reason, found, metrics, self._took, self._links)

    async def _look_for_pdfs(self, run: Run) -> None:
        """Notice PDFs that have disappeared since they were saved: such a run is not complete."""
        try:
            lost = await asyncio.to_thread(lost_keys, run.job)
        except FileNotFoundError:
            logger.warning(
                "The folder %s cannot be reached: nobody has looked whether the PDFs that were "
                "saved are still there",
                OwnText(to_ascii(nearby(run.job.paths.folder))),
            )
            return
        if lost:
            run.batch.lose(lost)
            logger.error(
                "PDFs that were saved and have disappeared from %s, or have changed: %d. Look "
                "whether an antivirus program has moved them into its quarantine, or somebody has "
                "moved them; the next run of this job downloads just these again",
                OwnText(to_ascii(nearby(run.job.paths.pdfs))),
                len(lost),
            )

    async def _write(self, run: Run) -> dict[str, Any]:
        """Write the job's records and return the figures, even when the disk does not take them.

        Each file is written whatever happens to the others, and again for a while if another
        program has it open.
        """
        files = checkpoint_files(run.job)
        metrics = build_metrics(run.batch, run.config, self._reason)
        files[run.job.paths.metrics] = metrics
        failures = write_each(files)
        for _ in range(_TRIES):
            held = [path for path, error in failures.items() if is_held(error)]
            if not held:
                break
            await asyncio.sleep(_PAUSE_S)
            for path in held:
                del failures[path]
            failures |= write_each({path: files[path] for path in held})
        is_gone = bool(failures) and not is_there(run.job.paths.run_data)
        if is_gone:
            logger.error(
                "The run's own records could not be written, as its folder cannot be reached: run "
                "the same command again once it can"
            )
        for path, error in () if is_gone else failures.items():
            logger.error(
                "%s could not be written (%s): close what has it open, or make room on the disk, "
                "then run the same command again",
                OwnText(to_ascii(nearby(path))),
                to_ascii(error.strerror or str(error)),
            )
        if failures:
            self.crawler.stats.set_value("jdp/unwritten_file_count", len(failures))
        return metrics

    def stats_dumped(self) -> None:
        """Show the text now if no engine will stop: the run ended before it had started."""
        if not self._engine_started:
            self.finish()

    async def engine_stopped(self) -> None:
        """Make report.html once the logout is recorded and the browser's memory is free again."""
        if self._run is not None:
            reason = self._reason
            took = self._took._asdict()
            note(
                self.crawler, RUN_ENDED, f"The run {ending(reason)}",
                outside=self._found, reason=reason, **took,
            )  # fmt: skip
            if self._run.config.report_page:
                logger.info("Making %s ...", REPORT)
                folder = self._run.job.paths.folder
                thread = ThreadPoolExecutor(1)
                self._making = thread.submit(make_report_in_subprocess, folder)
                thread.shutdown(wait=False)
                await asyncio.wrap_future(self._making)
        self.finish()

    def finish(self) -> None:
        """Wait for report.html if it is being made, and show the table; once."""
        text, self._text = self._text, ""
        job = self.run.job
        if job.is_open:
            progress_file.remove(job.paths.progress)
        if not text:
            return
        if self._making is not None and (trouble := self._making.result()):
            logger.warning("Not all of the report could be made: %s", trouble)
        logger.info("Report of the run:\n%s", OwnText(text), extra={"links": self._links})
        if not _console_shows_info():
            print(decorate(text, sys.stderr, self._links), file=sys.stderr, flush=True)


class MetricsReport(ReportingStatsCollector):
    """Dumps the stats, whatever the log level is; the table follows when the run has ended.

    On a terminal people read the table: there the dump goes into the run's log alone.
    """

    def report(self, crawler: Crawler) -> None:
        """Log or print the stats."""
        table_alone = is_terminal(sys.stderr) and crawler.settings["LOG_LEVEL"] != "DEBUG"
        if table_alone:
            logger.addFilter(ConsoleFilter(_is_for_people))
        logger.info("Dumping Scrapy stats:\n%s", OwnText(self))
        if not table_alone and not _log_shows_info():
            print(f"Dumping Scrapy stats:\n{self}\n", file=sys.stderr, flush=True)
        extension = crawler.get_extension(RunReport)
        if extension is not None:
            extension.stats_dumped()


def _is_for_people(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Dumping")


def _log_shows_info() -> bool:
    """Return True if Scrapy's log, wherever it goes, shows what is no trouble."""
    handler = get_scrapy_root_handler()
    logged = handler is not None and not isinstance(handler, logging.NullHandler)
    return handler is not None and logged and handler.level <= logging.INFO


def _console_shows_info() -> bool:
    """Return True if that log goes to the console, too."""
    return _log_shows_info() and not isinstance(get_scrapy_root_handler(), logging.FileHandler)
