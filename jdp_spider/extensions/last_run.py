"""The extension that keeps how the account's last run ended."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy import signals

from jdp_spider.extensions.base import require_crawl
from jdp_spider.job.folder import now
from jdp_spider.job.last_run import LastRun
from jdp_spider.job.metrics import exit_status
from jdp_spider.run import Run
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self

_OWN = logging.getLogger("jdp_spider")
_LONGEST = 2_000


class LastError(logging.Handler):
    """Remembers the last error that was logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()


class KeepLastRun:
    """Writes last_run.json of the account when the run is over; unless the account was not its."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._error = LastError()
        self._engine_started = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        require_crawl(crawler)
        extension = cls(crawler)
        _OWN.addHandler(extension._error)
        crawler.signals.connect(extension.engine_started, signals.engine_started)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        crawler.signals.connect(extension.engine_stopped, signals.engine_stopped)
        return extension

    def engine_started(self) -> None:
        self._engine_started = True

    def spider_closed(self, reason: str) -> None:
        self._reason = reason
        if not self._engine_started:
            self.engine_stopped()

    def engine_stopped(self) -> None:
        _OWN.removeHandler(self._error)
        run, stats = Run.of(self.crawler), self.crawler.stats.get_stats()
        if not run.account.lock.was_held:
            return
        refused = run.session.refused
        said = f"{refused} - {refused.advice}" if refused else self._error.text
        status = exit_status({**stats, "finish_reason": self._reason})
        jobdir = str(run.job.folder.jobdir or "")
        ended = LastRun(now(), status, self._reason, to_ascii(redact(said))[:_LONGEST], jobdir)
        ended.write(run.account.last_run)
