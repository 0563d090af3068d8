"""What a run leaves when it ends: its records, metrics.json, stats, the table and report.html."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.utils.log import get_scrapy_root_handler

from jdp_spider.extensions.base import require_crawl
from jdp_spider.extensions.run_log import ConsoleFilter
from jdp_spider.job.events import RUN_ENDED, note
from jdp_spider.job.job import checkpoint_files
from jdp_spider.job.metrics import build_metrics, table, to_stats
from jdp_spider.reasons import CloseReason, ending
from jdp_spider.report.process import REPORT, make_report_in_subprocess
from jdp_spider.run import Run
from jdp_spider.utils.cli import nearby, resume_command
from jdp_spider.utils.console import is_terminal
from jdp_spider.utils.engine import ReportingStatsCollector
from jdp_spider.utils.files import is_held, write_each
from jdp_spider.utils.redaction import OwnText
from jdp_spider.utils.text import have_no_report, to_ascii

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self


logger = logging.getLogger(__name__)

_TRIES = 10
_PAUSE_S = 0.5
"""How often, and after what pause, a file that is held is tried again at the end of a run.

With the second that `utils.files.replace` tries for, a held file is tried for 15 s.
"""


class RunReport:
    """Writes what a run leaves behind: the books, metrics.json, the stats, and report.html."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.text = ""
        """The table that stands above the stats dump; empty until the run has ended."""
        self._run: Run | None = None
        self._reason = ""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        require_crawl(crawler)
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        crawler.signals.connect(extension.engine_stopped, signals.engine_stopped)
        return extension

    async def spider_closed(self, reason: str) -> None:
        run = Run.of(self.crawler)
        job = run.job
        if not job.is_open:
            return
        browsers = self.crawler.stats.get_value("playwright/browser_count", 0)
        job.checkpoint.browser_restarts = max(browsers - 1, 0)
        if job.discard_if_unused():
            self.text = f"The run ended before any vehicle. {advice(run, reason)}"
            return
        self._run, self._reason = run, reason
        metrics = await self._write(run)
        for key, value in to_stats(metrics).items():
            self.crawler.stats.set_value(key, value)
        paths = job.paths
        report = paths.folder / REPORT if run.config.report_page else paths.metrics
        places = {"PDFs": paths.pdfs, "Report": report, "Log": paths.log}
        shown_places = {name: to_ascii(nearby(path)) for name, path in places.items()}
        seconds = job.checkpoint.run_seconds
        self.text = table(metrics, seconds, shown_places, advice(run, reason))

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
        for path, error in failures.items():
            logger.error(
                "%s could not be written (%s): close what has it open, or make room on the disk, "
                "then run the same command again",
                OwnText(to_ascii(nearby(path))),
                to_ascii(error.strerror or str(error)),
            )
        if failures:
            self.crawler.stats.set_value("jdp/unwritten_file_count", len(failures))
        return metrics

    async def engine_stopped(self) -> None:
        """Make report.html once the logout is recorded and the browser's memory is free again."""
        if self._run is None:
            return
        note(self.crawler, RUN_ENDED, f"The run {ending(self._reason)}", reason=self._reason)
        if not self._run.config.report_page:
            return
        folder = self._run.job.paths.folder
        trouble = await asyncio.to_thread(make_report_in_subprocess, folder)
        if trouble:
            logger.warning("report.html could not be made: %s", trouble)


def advice(run: Run, reason: str) -> str:
    """Return what the user should do next, in one or two sentences."""
    job, batch, jobdir = run.job, run.batch, run.job.folder.jobdir
    left = len(batch.pending())
    unknown = batch.unknown_references()
    if job.vehicles and not left and unknown:
        return (
            f"Not in the inventory of this job: {to_ascii(', '.join(unknown))}. All others that "
            "were asked for have their report. A new JOBDIR reads the inventory anew."
        )
    if job.vehicles and not left:
        which = "of the inventory" if batch.selection.is_all else "that was asked for"
        return f"Every vehicle {which} has its report."
    refused, known = run.session.refused, CloseReason.known(reason)
    first = known.advice if known else ""
    if refused:
        first = f"{refused.advice}. Then run it again."
    if not job.vehicles:
        return first
    if first:
        first += " "
    if jobdir is None and reason == "finished" and not batch.limit.reached:
        return (
            f"{have_no_report(left)}, for the reasons above. To be able to try just those "
            f"again, name a JOBDIR: {resume_command('crawls/run1')}"
        )
    if jobdir is None:
        return (
            f"{first}This run had no JOBDIR, so it cannot be gone on with: a new run starts from "
            "the beginning. To be able to stop and resume, name one: "
            f"{resume_command('crawls/run1')}"
        )
    command = resume_command(jobdir)
    return to_ascii(f"{first}To go on with the {left} that are missing, run it again: {command}")


class MetricsReport(ReportingStatsCollector):
    """Dumps the stats below the table of the run, whatever the log level is.

    On a terminal people read the table: there the dump goes into the run's log alone.
    """

    def report(self, crawler: Crawler) -> None:
        """Log or print table and stats."""
        extension = crawler.get_extension(RunReport)
        table = extension.text if extension else ""
        table_alone = is_terminal(sys.stderr) and crawler.settings["LOG_LEVEL"] != "DEBUG"
        if table_alone:
            logger.addFilter(ConsoleFilter(_is_table))
        if table:
            logger.info("Report of the run:\n%s", OwnText(table))
        logger.info("Dumping Scrapy stats:\n%s", OwnText(self))
        if not _console_shows_info():
            parts = [table] if table_alone else [table, f"Dumping Scrapy stats:\n{self}"]
            print("\n\n".join(filter(None, parts)), file=sys.stderr, flush=True)


def _is_table(record: logging.LogRecord) -> bool:
    return str(record.msg).startswith("Report")


def _console_shows_info() -> bool:
    handler = get_scrapy_root_handler()
    logged = handler is not None and not isinstance(handler, logging.NullHandler)
    return handler is not None and logged and handler.level <= logging.INFO
