"""The extension that keeps how a run ended."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from jdp_spider.extensions.base import CrawlExtension
from jdp_spider.job.ending import END, Ending
from jdp_spider.job.metrics import exit_status
from jdp_spider.reasons import CloseReason
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_OWN = logging.getLogger("jdp_spider")
_LONGEST = 2_000


class LastError(logging.Handler):
    """Remembers the last error that was logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()


class KeepLastRun(CrawlExtension):
    """Writes how the run ended: end.json in JOBDIR, and last_run.json of the account.

    The latter only if the run has had the account. The crawl command calls `finish`, too: a Ctrl-C
    may stop Scrapy's loop before the engine has stopped.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._error = LastError()
        _OWN.addHandler(self._error)
        self._reason = ""
        """Empty before the run has ended, and once that is written."""
        self.last_words = ""
        """What had been said when the run ended."""
        self._engine_started = False

    @property
    def said(self) -> str:
        """What the run has found: the site's refusal, or the last error until now."""
        refused = self.run.session.refused
        said = f"{refused} - {refused.advice}" if refused else self._error.text
        return to_ascii(redact(said))[:_LONGEST]

    def engine_started(self) -> None:
        self._engine_started = True

    def spider_closed(self, reason: str) -> None:
        # What is logged from now on has not ended the run.
        self._reason, self.last_words = reason, self.said
        if not self._engine_started:
            self.finish()

    def engine_stopped(self) -> None:
        self.finish()

    def finish(self) -> None:
        """Write it, once."""
        reason, self._reason = self._reason, ""
        _OWN.removeHandler(self._error)
        if not reason:
            return
        run, stats = self.run, self.crawler.stats.get_stats()
        jobdir = run.job.folder.jobdir
        end = Ending(
            exit_status({**stats, "finish_reason": reason}),
            CloseReason.known(reason),
            self.last_words,
            str(jobdir or ""),
        )
        if jobdir is not None:
            end.write(jobdir / END)
        if run.account.lock.was_held:
            end.write(run.account.last_run)
