"""Downloader middlewares: which vehicle runs, in which context, and with whose session."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request

from jdp_spider import meta, signals
from jdp_spider.browser.response import BookoutResponse
from jdp_spider.failures import FailureKind, RunEnded, classify
from jdp_spider.meta import Attempt, PageTask
from jdp_spider.pages.errors import LoggedOut, one_line
from jdp_spider.pages.network import AllRefused
from jdp_spider.pages.vehicle import VIEWPORT
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.run import Run
from jdp_spider.session.told_later import ToldLater
from jdp_spider.utils.engine import fetch_directly

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from typing_extensions import Self

    from jdp_spider.failures import Failure
    from jdp_spider.inventory import Vehicle

_HEAD_START_S = 0.15
"""The export's head start: while pages are being opened, its request takes 0.2 s longer."""
_OPENING_S = 10.0
"""How long a vehicle waits for all contexts to be opened."""

_ALIKE_TO_REPAIR = 3
"""How many vehicles must have failed alike before a repair of the site is tried."""
_MAX_FREE_RETRIES = 5
"""Free retries of one vehicle; after them failures consume attempts, so that it ends."""


class _VehicleMiddleware:
    """The middlewares' common base: affects vehicle requests only."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def run(self) -> Run:
        return Run.of(self.crawler)


class DeduplicateMiddleware(_VehicleMiddleware):
    """Drops a vehicle whose bookout is saved, and one that is in flight or ended in this run.

    Consults the job's record, from which tracking.json is written, right before the download:
    whatever requested the vehicle, it is downloaded once.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._begun: set[str] = set()

    def process_request(self, request: Request) -> None:
        vehicle = request.meta.get(meta.VEHICLE)
        if vehicle is None or (attempt := request.meta[meta.ATTEMPT]).admitted:
            return
        if self.run.job.is_saved(vehicle):
            self._drop("saved", vehicle.label)
        if vehicle.key in self._begun:
            self._drop("begun", vehicle.label)
        self._begun.add(vehicle.key)
        attempt.admitted = True

    def _drop(self, why: str, label: str) -> None:
        self.crawler.stats.inc_value("jdp/dedup/dropped_count")
        self.crawler.stats.inc_value(f"jdp/dedup/dropped_count/{why}")
        raise IgnoreRequest(f"Vehicle {label} is already {why}")


class SessionMiddleware(_VehicleMiddleware):
    """Gives each vehicle a free context that holds the one login, just before it runs.

    Session data is removed after each attempt, so that a retry never carries stale cookies. If a
    page was logged out, one new login serves all vehicles. The vehicle then gets a free retry, as
    it does after a browser that died and after trouble of the site (RecoveryPolicy).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        number = crawler.settings.getint("CONCURRENT_REQUESTS")
        # The one that has rested longest is next: all N get the same share of the work.
        self._names = [f"context-{n}" for n in range(1, number + 1)]
        self._free = deque(self._names)
        self._opening: asyncio.Future[Any] | None = None
        self._told_later = ToldLater()
        crawler.signals.connect(self._logged_in, signals.logged_in)

    def _logged_in(self) -> None:
        """Open the contexts during the export, as all are likely to be needed."""
        run = self.run
        if run.batch.selection.is_all and not run.job.vehicles and not run.session.is_ending:
            opening = [self._open(name) for name in self._names[: self._limit]]
            # One that fails is opened by its first vehicle, which knows what to do about it.
            self._opening = asyncio.gather(*opening, return_exceptions=True)

    async def _open(self, name: str) -> None:
        await asyncio.sleep(_HEAD_START_S)
        session, config = self.run.session, self.run.config
        task = PageTask(
            None,
            timeout=config.vehicle_timeout,
            viewport=VIEWPORT,
            block_assets=config.block_resources,
            keep_page=True,
        )
        known = {meta.TASK: task, meta.ATTEMPT: Attempt(context=name, login=session.login)}
        await fetch_directly(self.crawler, Request(session.site.inventory_url, meta=known))

    async def process_request(self, request: Request) -> None:
        if meta.VEHICLE not in request.meta:
            return
        if self._opening is not None and not self._opening.done():
            await asyncio.wait([self._opening], timeout=_OPENING_S)
        session, recovery = self.run.session, self.run.recovery
        outage = self.run.folder_outage
        try:
            vehicle, attempt = request.meta[meta.VEHICLE], request.meta[meta.ATTEMPT]
            while True:
                await session.ensure_logged_in()
                await session.self_repair.wait()
                await outage.wait()
                alone = attempt.beside_others and self._is_last(request)
                await recovery.acquire(vehicle, alone=alone)
                if session.is_live and not outage.is_on:
                    break
                # It has ended meanwhile: with its cookies the page would come after the new login,
                # and where cookies rotate, take the new ones along. And what comes while the folder
                # is away would wait in memory.
                recovery.finish(vehicle)
        except RunEnded as error:
            # Scrapy takes CloseSpider from start() and callbacks only.
            self.run.end(error.reason)
            raise IgnoreRequest(f"The run ends: {error.reason}") from None
        attempt.context, attempt.login = self._take_context(), session.login
        attempt.direct = self.run.direct.request(vehicle, attempt.vehicle_id, request.url)
        attempt.started = time.monotonic()
        task = request.meta[meta.TASK].at(session.site)
        # Not while the grid is paged through: the session has one filter.
        if attempt.is_elsewhere and self.run.job.links.complete:
            task = task.searching(session.site.inventory_url)
        request.meta[meta.TASK] = task

    def process_response(self, request: Request, response: Response) -> Response | Request:
        ended = self._release(request)
        if ended is None:
            return response
        assert isinstance(response, BookoutResponse) and ended.login is not None
        vehicle, direct = request.meta[meta.VEHICLE], self.run.direct
        self.run.session.record_progress()
        self.run.common_cause.record_success()
        self._told_later.record_success()
        seconds = request.meta[meta.ATTEMPT].seconds
        self.run.recovery.record_success(vehicle, seconds, direct=ended.direct is not None)
        self.run.recovery.finish(vehicle)
        if ended.direct is None:
            sample = (ended.vehicle_id, request.url, response.sent)
            direct.add_sample(vehicle, *sample, ended.login.generation)
            direct.compare(vehicle, response.checked.says)
            return response
        direct.record_success()
        if direct.is_compared(vehicle, response.checked.says):
            # Its bookout from the vehicle's page is the one that counts. It is next, because other
            # vehicles wait for the comparison.
            return request.replace(priority=request.priority + 1)
        self.crawler.stats.inc_value("jdp/direct/report_count")
        return response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        ended = self._release(request)
        if ended is None:
            return None
        assert ended.login is not None
        vehicle, session = request.meta[meta.VEHICLE], self.run.session
        failure = await self._classify(exception, ended.login.generation)
        failure = self._told_later.cause(
            vehicle, failure, has_served=session.circuit_breaker.has_served
        )
        self.run.direct.drop(vehicle)
        is_free, in_flight = self._is_free(vehicle, ended, failure), self.run.recovery.in_flight
        beside_others = failure.may_be_of_others and in_flight.was_beside_others(vehicle)
        request.meta[meta.ATTEMPT].beside_others = beside_others
        request.meta[meta.ATTEMPT].is_elsewhere |= failure.is_elsewhere
        self.run.recovery.finish(vehicle)
        if not is_free:
            is_common = self.run.common_cause.record_failure(vehicle, failure)
            # Others may have repaired it since this attempt began.
            if self._is_of_old_site(request) or await self._is_repaired(failure):
                return self._free_retry(request)
            if is_common and not in_flight.trials.is_pending:
                await self.run.end_for_common_cause(failure)
        if failure.ends_run:
            self.run.end_for_all(failure)
            raise IgnoreRequest(f"The run ends: {failure.close_reason}")
        if is_free:
            is_long = failure.pauses_all and _is_spent(request)
            again = self._free_retry(request, is_counted=not (is_long and await session.is_away()))
            if again is not None and failure.is_overload:
                # Others first: the same ones would be refused again and again.
                return again.replace(priority=again.priority - 1)
            return again
        may_be_alone = self.run.config.retries > 0 and in_flight.trials.may_begin
        if beside_others and self._is_last(request) and may_be_alone:
            # It does not fail for good before it was tried alone.
            return self._free_retry(request)
        if failure.is_final:
            request.meta["dont_retry"] = True
        _note_rejection(request, exception)
        return None

    async def _classify(self, error: Exception, generation: int) -> Failure:
        """Return what the error means. `generation` is that of the attempt's login."""
        failure, session = classify(error), self.run.session
        has_served = session.circuit_breaker.has_served
        if not failure.suggests_end(has_served=has_served):
            return failure
        try:
            has_ended = await session.has_ended(generation, one_line(error))
        except AllRefused as refused:
            return classify(refused)
        ended = LoggedOut(f"The session has ended: {one_line(error)}")
        return classify(ended) if has_ended else failure

    async def _is_repaired(self, failure: Failure) -> bool:
        """Repair what the first vehicles have all failed at, if a repair is wanted.

        Return True if it succeeded: then the vehicle is tried once more.
        """
        run = self.run
        enough = min(_ALIKE_TO_REPAIR, len(run.batch.pending()))
        if run.session.is_ending or run.common_cause.alike(failure) < enough:
            return False
        return await run.session.repair(failure.error)

    def _is_of_old_site(self, request: Request) -> bool:
        """Return True if the attempt began before a repair changed how the site is used."""
        return not request.meta[meta.TASK].is_at(self.run.session.site)

    def _is_last(self, request: Request) -> bool:
        """Return True if the request's attempt is the last one that JDP_RETRIES allows."""
        return bool(request.meta.get("retry_times", 0) >= self.run.config.retries)

    def _is_free(self, vehicle: Vehicle, ended: Attempt, failure: Failure) -> bool:
        """Report the failure to those concerned. Return True if the vehicle did not cause it."""
        if failure.kind is FailureKind.LOGGED_OUT and ended.login is not None:
            self.run.session.mark_logged_out(ended.login.generation, failure.error)
        if ended.direct is not None and ended.login is not None:
            direct, generation = self.run.direct, ended.login.generation
            if direct.record_failure(vehicle, failure, generation):
                return True
        is_cross_talk = self.run.recovery.record_failure(vehicle, failure)
        return is_cross_talk or not failure.consumes_attempt

    def _free_retry(self, request: Request, *, is_counted: bool = True) -> Request | None:
        """Return the request for a free retry; None after too many that were counted."""
        if is_counted:
            if _is_spent(request):
                return None
            request.meta[meta.ATTEMPT].free_retries += 1
        self.crawler.stats.inc_value("jdp/given_back_count")
        return request.copy()

    @property
    def _limit(self) -> int:
        limit = self.run.recovery.limit
        return len(self._names) if limit is None else limit.limit

    def _take_context(self) -> str:
        """Take the free context that has rested longest; one beyond the limit only if need be."""
        wanted = self._names[: self._limit]
        name = next((each for each in self._free if each in wanted), self._free[0])
        self._free.remove(name)
        return name

    def _release(self, request: Request) -> Attempt | None:
        """Take back the context. Return the attempt as it was, None if it never got a context."""
        attempt: Attempt | None = request.meta.get(meta.ATTEMPT)
        if attempt is None or attempt.login is None:
            return None
        ended = replace(attempt)
        self._free.append(attempt.context)
        attempt.seconds = time.monotonic() - attempt.started
        attempt.login = attempt.direct = None
        return ended


def _is_spent(request: Request) -> bool:
    attempt: Attempt = request.meta[meta.ATTEMPT]
    return attempt.free_retries >= _MAX_FREE_RETRIES


def _note_rejection(request: Request, error: Exception) -> None:
    """Keep Scrapy from retrying where that cannot produce a different bookout."""
    if not isinstance(error, BookoutRejected):
        return
    attempt: Attempt = request.meta[meta.ATTEMPT]
    if error.is_repeated(attempt.rejected):
        request.meta["dont_retry"] = True
    attempt.rejected = error.identity
