"""The scheduler: Scrapy's own, kept in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.core.scheduler import Scheduler

if TYPE_CHECKING:
    from scrapy.dupefilters import BaseDupeFilter


class MemoryScheduler(Scheduler):
    """Keeps no requests in JOBDIR.

    After a stop the vehicles still to do are read from the job's record. Requests restored from
    a queue on disk would come on top of them, before the login, and after a kill some would be
    missing (Scrapy marks a request as seen before it is done).
    """

    def __init__(
        self, dupefilter: BaseDupeFilter, jobdir: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(dupefilter, jobdir=None, **kwargs)
