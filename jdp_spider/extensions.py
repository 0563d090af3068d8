"""Extensions: they report."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call
from scrapy.utils.spider import DefaultSpider

from jdp_spider import run_log
from jdp_spider import signals as own_signals
from jdp_spider.config.dotenv import PARENT
from jdp_spider.exit_status import ExitStatus
from jdp_spider.job.events import RUN_ENDED
from jdp_spider.job.folder import LOG
from jdp_spider.job.job import ALREADY_THERE
from jdp_spider.job.journal import FAILED, SAVED
from jdp_spider.job.metrics import build_metrics, table, to_stats
from jdp_spider.pages.errors import one_line
from jdp_spider.progress import Bar, ProgressSnapshot, RateMeter, terminal_bar
from jdp_spider.reasons import ending, have_no_report, nearby, resume_command
from jdp_spider.report.process import REPORT, make_report_in_subprocess
from jdp_spider.supervision import the_parent
from jdp_spider.utils.files import write_json
from jdp_spider.utils.redaction import OwnText
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.utils.asyncio import AsyncioLoopingCall
    from twisted.internet.task import LoopingCall
    from typing_extensions import Self

    from jdp_spider.config.options import Config
    from jdp_spider.job.job import Job
    from jdp_spider.spiders.jdpower import JDPowerSpider

logger = logging.getLogger(__name__)

_LOOK_S = 1.0
_THE_END = "the vehicles at work"

_STOP_FILES = ("stop", "stop.txt")
_STOP_FILE_S = 1.0
_PARENT_S = 0.5
_WATCH_S = 5.0


def _only_for_crawls(crawler: Crawler) -> None:
    """Raise NotConfigured for the spider of `scrapy shell` and `scrapy fetch`."""
    if issubclass(crawler.spidercls, DefaultSpider):
        raise NotConfigured("Only for a crawl")


class _Periodic(ABC):
    """Does something every so often while the spider is open."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._loop: AsyncioLoopingCall | LoopingCall | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        _only_for_crawls(crawler)
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_opened, signals.spider_opened)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        return extension

    def spider_opened(self, spider: JDPowerSpider) -> None:
        self._loop = create_looping_call(self._do, spider)
        self._loop.start(self._seconds(spider), now=False)

    def spider_closed(self) -> None:
        if self._loop is not None and self._loop.running:
            self._loop.stop()

    @abstractmethod
    def _seconds(self, spider: JDPowerSpider) -> float:
        """To be defined by the extension."""

    @abstractmethod
    def _do(self, spider: JDPowerSpider) -> None:
        """To be defined by the extension."""


class Progress(_Periodic):
    """Shows how far the run is: at the bottom of a terminal, else by a line now and then.

    The lines, every JDP_PROGRESS_INTERVAL seconds, go into the run's log in both cases.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rate = RateMeter()
        self._bar: Bar | None = None
        self._next_line = 0.0

    def spider_opened(self, spider: JDPowerSpider) -> None:
        self._bar = terminal_bar()
        self._next_line = time.monotonic() + spider.config.progress_interval
        super().spider_opened(spider)

    def spider_closed(self) -> None:
        super().spider_closed()
        self.close()

    def close(self) -> None:
        """Give the terminal back."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _seconds(self, spider: JDPowerSpider) -> float:
        return _LOOK_S

    def _do(self, spider: JDPowerSpider) -> None:
        now = time.monotonic()
        standing = self._standing(spider, now)
        if self._bar is not None:
            self._bar.show(standing)
        if now >= self._next_line and standing.total:
            self._next_line = now + spider.config.progress_interval
            standing.log()

    def _standing(self, spider: JDPowerSpider, now: float) -> ProgressSnapshot:
        job, session, counts = spider.job, spider.session, spider.job.counts()
        at_work = len(spider.recovery.in_flight)
        saved, failed = counts[SAVED] + counts[ALREADY_THERE], counts[FAILED]
        self._rate.update(now, counts[SAVED] + failed, at_work=at_work > 0)
        return ProgressSnapshot(
            total=len(job.vehicles),
            saved=saved,
            failed=failed,
            left=int(min(job.to_do - counts[SAVED] - failed, job.limit.remaining)),
            at_work=at_work,
            per_hour=self._rate.per_hour,
            waiting_for=session.waiting_for or (_THE_END * session.is_ending),
        )


class StopFile(_Periodic):
    """Ends the run gracefully when a file called `stop` or `stop.txt` appears.

    It may lie in JOBDIR or in the run's folder. For those who cannot press Ctrl-C: on Windows
    closing the window or ending the task kills a run, while this lets it finish and log out.
    """

    def spider_opened(self, spider: JDPowerSpider) -> None:
        # One that was left over asked for the end of an earlier run.
        self._take(spider.job)
        super().spider_opened(spider)

    def _seconds(self, spider: JDPowerSpider) -> float:
        return _STOP_FILE_S

    def _do(self, spider: JDPowerSpider) -> None:
        if self._take(spider.job):
            logger.info("Found a stop file: finishing what is in flight")
            spider.end("stop_file")

    def _take(self, job: Job) -> bool:
        """Remove the stop files; whether there were any."""
        found = False
        if not job.is_open:
            return found
        for folder in filter(None, (job.jobdir, job.folder)):
            for name in _STOP_FILES:
                with contextlib.suppress(OSError):
                    (folder / name).unlink()
                    found = True
        return found


class ParentsWord(_Periodic):
    """Ends the run gracefully when the program that runs it among others says so, or is gone.

    Where the account is leased: also in good time before the lease runs out.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        if not os.environ.get(PARENT):
            raise NotConfigured
        self._parent = the_parent()
        self._parent.listen()

    def _seconds(self, spider: JDPowerSpider) -> float:
        return _PARENT_S

    def _do(self, spider: JDPowerSpider) -> None:
        if not self._parent.reason:
            return
        reason = self._parent.reason
        logger.warning("%s: finishing what is in flight", OwnText(_PARENT_SAYS[reason]))
        spider.end(reason)
        self.spider_closed()


_PARENT_SAYS = {
    "shutdown": "The program that runs this crawl asks for its end",
    "parent_gone": "The program that runs this crawl is gone",
    "lease_lost": "The account's lease is not renewed",
}


class RunLog:
    """Writes everything that is logged into the run's folder, as soon as that is known."""

    def __init__(self) -> None:
        self._log = run_log.begin()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        _only_for_crawls(crawler)
        extension = cls()
        crawler.signals.connect(extension.spider_opened, signals.spider_opened)
        return extension

    def spider_opened(self, spider: JDPowerSpider) -> None:
        if spider.job.is_open:
            self._log.open(spider.job.run_data / LOG)


class Watchdog(_Periodic):
    """Sees that a run which does not move is set going again, or ends.

    First all that is under way is ended and the browser started anew; then the run is ended; and
    when even that does not come to an end, the process.
    """

    def _seconds(self, spider: JDPowerSpider) -> float:
        return _WATCH_S

    def _do(self, spider: JDPowerSpider) -> None:
        if not spider.recovery.is_stuck():
            return
        if spider.session.is_ending:
            logger.error("The run does not come to its end: leaving at once")
            with contextlib.suppress(OSError):
                spider.job.write_checkpoint()
            logging.shutdown()
            os._exit(ExitStatus.SITE_TROUBLE)
        spider.recovery.recover_from_stall()
        self.crawler.signals.send_catch_log(own_signals.stalled)


class RunReport:
    """Writes what a run leaves behind: the books, metrics.json, the stats, and report.html."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.text = ""
        """The table that stands above the stats dump; empty until the run has ended."""
        self._ended: Job | None = None
        self._with_page = True
        self._reason = ""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        _only_for_crawls(crawler)
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        crawler.signals.connect(extension.engine_stopped, signals.engine_stopped)
        return extension

    def spider_closed(self, spider: JDPowerSpider, reason: str) -> None:
        job = spider.job
        if not job.is_open:
            return
        browsers = self.crawler.stats.get_value("playwright/browser_count", 0)
        job.browser_restarts = max(browsers - 1, 0)
        if job.discard_if_unused():
            self.text = f"The run ended before any vehicle. {advice(spider, reason)}"
            return
        self._ended, self._with_page, self._reason = job, spider.config.report_page, reason
        metrics = self._write(job, spider.config, reason)
        for key, value in to_stats(metrics).items():
            self.crawler.stats.set_value(key, value)
        folder = job.folder
        report = folder / REPORT if self._with_page else job.run_data / "metrics.json"
        places = {"PDFs": folder / "pdfs", "Report": report, "Log": job.run_data / LOG}
        shown_places = {name: to_ascii(nearby(path)) for name, path in places.items()}
        self.text = table(metrics, job.run_seconds, shown_places, advice(spider, reason))

    def _write(self, job: Job, config: Config, reason: str) -> dict[str, Any]:
        """Write the books and return the figures, also when the disk does not take them."""
        try:
            job.write_checkpoint()
            metrics = build_metrics(job, config, reason)
            write_json(job.run_data / "metrics.json", metrics)
        except OSError as error:
            logger.error("The run's report could not be written: %s", one_line(error))
            metrics = build_metrics(job, config, reason)
        return metrics

    async def engine_stopped(self) -> None:
        """Make report.html, when the logout is noted too and the browser's memory is free again."""
        if self._ended is None:
            return
        self._ended.note(RUN_ENDED, f"The run {ending(self._reason)}", reason=self._reason)
        if not self._with_page:
            return
        trouble = await asyncio.to_thread(make_report_in_subprocess, self._ended.folder)
        if trouble:
            logger.warning("report.html could not be made: %s", trouble)


_ADVICE = {
    "account_in_use": "Wait for the other run, or log out wherever the account is in use. Then run "
    "the same command again.",
    "job_in_use": "Wait for the other run, or stop it. Then run the same command again.",
    "job_unusable": "Do what the error above says.",
    "site_unreachable": "Check the internet connection and JD_BASE_URL.",
    "site_moved": "See the error above: it names the line for .env, if the new address is right.",
    "site_changed": "A page of the site was not as expected: see the error above.",
    "storage_failed": "Make room on the disk or check the folder: see the error above.",
    "browser_failed": "See the error above; check JD_BROWSER, or leave it empty.",
    "too_many_failures": "The site or the browser failed time and again: see the errors above.",
}
"""What to do about a run that ended before its time, by its close reason."""


def advice(spider: JDPowerSpider, reason: str) -> str:
    """What the user does next, in one or two sentences."""
    job = spider.job
    left = len(job.pending())
    unknown = job.selection.unknown(job.vehicles)
    if job.vehicles and not left and unknown:
        return (
            f"Not in the inventory of this job: {to_ascii(', '.join(unknown))}. All others that "
            "were asked for have their report. A new JOBDIR reads the inventory anew."
        )
    if job.vehicles and not left:
        which = "of the inventory" if job.selection.is_all else "that was asked for"
        return f"Every vehicle {which} has its report."
    refused = spider.session.refused
    first = f"{refused.advice}. Then run it again." if refused else _ADVICE.get(reason, "")
    if not job.vehicles:
        return first
    if first:
        first += " "
    if job.jobdir is None and reason == "finished" and not job.limit.reached:
        return (
            f"{have_no_report(left)}, for the reasons above. To be able to try just those "
            f"again, name a JOBDIR: {resume_command('crawls/run1')}"
        )
    if job.jobdir is None:
        return (
            f"{first}This run had no JOBDIR, so it cannot be gone on with: a new run starts from "
            "the beginning. To be able to stop and resume, name one: "
            f"{resume_command('crawls/run1')}"
        )
    command = resume_command(job.jobdir)
    return to_ascii(f"{first}To go on with the {left} that are missing, run it again: {command}")
