"""The number of contexts that runs of an account have found: kept, noted and adapted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jdp_spider.job.events import CONTEXTS_CHANGED, note
from jdp_spider.session.concurrency import ConcurrencyLimit, most_for
from jdp_spider.utils.memory import available_memory

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp_spider.config.options import Config
    from jdp_spider.session.account import Account


class FoundContexts:
    """The run's ConcurrencyLimit with CONCURRENT_CONTEXTS=auto, and none otherwise."""

    def __init__(self, crawler: Crawler, config: Config, account: Account) -> None:
        self._crawler = crawler
        self._account = account
        self.limit: ConcurrencyLimit | None = None
        if config.finds_contexts:
            most = most_for(config.contexts, available_memory(), os.cpu_count() or 1)
            self.limit = ConcurrencyLimit(most, account.load_contexts(), lambda _: self._moved())

    def note(self) -> None:
        """Note the current number in the stats and on the job's time line."""
        if self.limit is None:
            return
        number = self.limit.limit
        self._crawler.stats.set_value("jdp/contexts/limit", number)
        self._crawler.stats.max_value("jdp/contexts/most", number)
        note(self._crawler, CONTEXTS_CHANGED, f"{number} vehicles at a time", contexts=number)

    def _moved(self) -> None:
        self._crawler.stats.inc_value("jdp/contexts/move_count")
        self.note()

    def save(self) -> None:
        """Save the number for the account's next run, if more than the first was tried."""
        if self.limit is not None and (known := self.limit.known) is not None:
            self._account.save_contexts(known)
