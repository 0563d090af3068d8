"""Finds each vehicle's page: in the links of an earlier run, by search, or in the grid."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING

from jdp_spider.job.batch import GridReading
from jdp_spider.job.filenames import respell
from jdp_spider.meta import PageTask
from jdp_spider.pages.inventory import collect_links
from jdp_spider.pages.link_collector import Link, LinkCollector
from jdp_spider.reasons import FailureReason

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from jdp_spider.inventory import Vehicle
    from jdp_spider.job.batch import Batch
    from jdp_spider.session.session import Session

_FEW = 10
"""Up to this many vehicles selected by reference are searched for, without pagination."""
_FEW_UNLISTED = 3
"""Rows of the grid that no vehicle of the inventory has, from the time since it was exported."""


class LinkDiscovery:
    """Yields the links of the batch's pending vehicles as soon as they are known.

    Calls `fail(vehicle, reason)` for vehicles that have none.
    """

    def __init__(
        self, session: Session, batch: Batch, fail: Callable[[Vehicle, FailureReason], None]
    ) -> None:
        self._session = session
        self._batch = batch
        self._store = batch.job.links
        self._fail = fail

    async def links(self) -> AsyncGenerator[Link, None]:
        """Yield the link of each pending vehicle; one without an address must be searched for.

        Raise the error of the control page, or OSError if the disk does not take a record.
        """
        pending = []
        for vehicle in self._batch.pending():
            if vehicle.reference.strip():
                pending.append(vehicle)
            else:
                self._fail(vehicle, FailureReason.NO_REFERENCE)
        if self._store.complete:
            for vehicle in pending:
                yield Link(vehicle, *self._store.get(vehicle))
        elif not self._batch.selection.is_all and len(pending) <= _FEW:
            # Searching for them sends fewer requests than paging through the whole grid.
            for vehicle in pending:
                yield Link(vehicle, None)
        elif pending:
            async with aclosing(self._page_through(pending)) as found:
                async for link in found:
                    yield link

    async def _page_through(self, pending: list[Vehicle]) -> AsyncGenerator[Link, None]:
        """Yield the links during the pagination.

        A page function returns its result only at its end, and on Windows runs in another
        thread's loop, so the links arrive through a queue.
        """
        named = [vehicle for vehicle in self._batch.job.vehicles if vehicle.reference.strip()]
        keys = frozenset(vehicle.key for vehicle in pending)
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[Link | None]()
        stop = asyncio.Event()

        def stopped() -> bool:
            return stop.is_set() or self._session.is_ending

        def put(link: Link | None) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, link)

        collector = LinkCollector(named, keys, put)
        paging = asyncio.ensure_future(self._collect(collector, stopped))
        paging.add_done_callback(lambda _: put(None))
        searched_for: list[Link] = []
        try:
            while (link := await queue.get()) is not None:
                self._store.add(*link)
                if link.spelling:
                    respell(self._batch.job.files, link.vehicle.key, link.spelling)
                if link.url is None:
                    # A search would use the grid that is being paged through.
                    searched_for.append(link)
                else:
                    yield link
            await paging
            if stopped():
                return
        finally:
            stop.set()
            # Retrieves the exception of a task that we do not wait for: asyncio would log it.
            paging.add_done_callback(lambda task: task.cancelled() or task.exception())
        self._store.mark_complete()
        self._note_reading(collector)
        for vehicle in collector.left.values():
            self._fail(vehicle, FailureReason.NO_BOOKOUT_LINK)
        for link in searched_for:
            yield link

    def _note_reading(self, collector: LinkCollector) -> None:
        """Note what the whole grid has shown of the inventory."""
        if len(collector.unlisted) > _FEW_UNLISTED:
            self._store.note_unlisted(len(collector.unlisted))
        if collector.left and collector.unseen.hidden:
            self._store.note_hidden(collector.unseen.hidden)
        self._batch.reading = GridReading(
            datetime.now(timezone.utc), frozenset(collector.without_link)
        )

    async def _collect(self, collector: LinkCollector, stopped: Callable[[], bool]) -> None:
        # It takes as long as the inventory: each of its steps has a limit of its own. It begins
        # with the grid of the export.
        site = self._session.site
        task = PageTask(
            partial(collect_links, collector=collector, stopped=stopped, site=site),
            reset_cookies=True,
            renews_cookies=True,
            resume_page=True,
        )
        while not stopped():
            if await self._session.run(site.inventory_url, task, lambda: collector.progress):
                return
