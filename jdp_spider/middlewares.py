"""Downloader middlewares: which vehicle runs, in which context, and with whose session."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Request

from jdp_spider import meta
from jdp_spider.failures import FailureKind, classify
from jdp_spider.pages.errors import SiteMoved
from jdp_spider.pages.vehicle import VIEWPORT
from jdp_spider.pdf.verification import BookoutRejected
from jdp_spider.session.session import logged_in

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from typing_extensions import Self

    from jdp_spider.failures import Failure
    from jdp_spider.inventory import Vehicle
    from jdp_spider.pages.bookout import BookoutReport
    from jdp_spider.spiders.jdpower import JDPowerSpider

_HEAD_START_S = 0.15
"""In which the export asks for its page: beside pages that are opened, that takes 0.2 s longer."""
_OPENING_S = 10.0
"""How long a vehicle waits for all contexts to be opened."""

_MAX_FREE_RETRIES = 5
"""Of one vehicle; after that failures cost an attempt again, so that it comes to an end."""


class _VehicleMiddleware:
    """What the middlewares share: they have a say in vehicle requests only."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def spider(self) -> JDPowerSpider:
        spider: JDPowerSpider = self.crawler.spider  # type: ignore[assignment]
        return spider


class DeduplicateMiddleware(_VehicleMiddleware):
    """Drops a vehicle whose report is saved, and one that is at work or has ended in this run.

    Consults the job's record, which is what tracking.json is written from, right before the
    download: whatever asked for the vehicle, it is downloaded once.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._begun: set[str] = set()

    def process_request(self, request: Request) -> None:
        vehicle = request.meta.get(meta.VEHICLE)
        if vehicle is None or request.meta.get(meta.ADMITTED):
            return
        if self.spider.job.is_saved(vehicle):
            self._drop("saved", vehicle.label)
        if vehicle.key in self._begun:
            self._drop("begun", vehicle.label)
        self._begun.add(vehicle.key)
        request.meta[meta.ADMITTED] = True

    def _drop(self, why: str, label: str) -> None:
        self.crawler.stats.inc_value("jdp/dedup/dropped_count")
        self.crawler.stats.inc_value(f"jdp/dedup/dropped_count/{why}")
        raise IgnoreRequest(f"Vehicle {label} is already {why}")


class SessionMiddleware(_VehicleMiddleware):
    """Gives each vehicle a free context that holds the one login, just before it runs.

    What it puts on the request is taken off again: nothing of the session may survive into a
    retried copy. When a page was found logged out, one login serves all; for that, for a browser
    that died, and for trouble of the site (RecoveryPolicy), the vehicle runs again without losing
    a try.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        number = crawler.settings.getint("CONCURRENT_REQUESTS")
        # The one that has rested longest is next: all N get the same share of the work.
        self._free = deque(f"context-{n}" for n in range(1, number + 1))
        self._opening: asyncio.Future[Any] | None = None
        crawler.signals.connect(self._logged_in, logged_in)

    def _logged_in(self) -> None:
        """Open the contexts while the inventory is exported, as all are likely to be needed."""
        job = self.spider.job
        if job.selection.is_all and not job.vehicles and not self.spider.session.is_ending:
            opening = [self._open(name) for name in self._free]
            # One that fails is opened by its first vehicle, which knows what to do about it.
            self._opening = asyncio.gather(*opening, return_exceptions=True)

    async def _open(self, name: str) -> None:
        await asyncio.sleep(_HEAD_START_S)
        session, config = self.spider.session, self.spider.config
        request = Request(
            session.site.inventory_url,
            meta={
                "playwright": True,
                "playwright_context": name,
                "playwright_context_kwargs": self._context_kwargs(),
                "download_timeout": config.vehicle_timeout,
                meta.OPENS: True,
                meta.LOGIN: session.login_generation,
                meta.AGE: session.age,
                meta.BLOCK: config.block_resources,
            },
        )
        await self.crawler.engine.downloader.handlers.download_request_async(request)

    def _context_kwargs(self) -> dict[str, Any]:
        return self.spider.session.context_kwargs() | {"viewport": VIEWPORT}

    async def process_request(self, request: Request) -> None:
        if meta.VEHICLE not in request.meta:
            return
        if self._opening is not None and not self._opening.done():
            await asyncio.wait([self._opening], timeout=_OPENING_S)
        session, recovery = self.spider.session, self.spider.recovery
        try:
            await session.ensure_logged_in()
            await recovery.acquire(request.meta[meta.VEHICLE])
        except CloseSpider as error:
            # Scrapy takes CloseSpider from start() and callbacks only.
            self.spider.end(error.reason)
            raise IgnoreRequest(f"The run ends: {error.reason}") from None
        request.meta["playwright_context"] = self._free.popleft()
        request.meta["playwright_context_kwargs"] = self._context_kwargs()
        request.meta[meta.LOGIN] = session.login_generation
        request.meta[meta.AGE] = session.age
        request.meta[meta.DIRECT] = self.spider.direct.request(request.meta[meta.VEHICLE_ID])
        request.meta[meta.STARTED] = time.monotonic()

    def process_response(self, request: Request, response: Response) -> Response:
        direct = request.meta.pop(meta.DIRECT, None)
        number = self._release(request)
        if number is not None:
            report: BookoutReport = request.meta["playwright_page_methods"][0].result
            self.spider.session.update_cookies(number, report.cookies)
            if direct is None:
                self.spider.direct.add_sample(request.meta[meta.VEHICLE_ID], report.request)
            else:
                self.crawler.stats.inc_value("jdp/direct/report_count")
            self.spider.recovery.record_success(request.meta[meta.VEHICLE])
            self.spider.recovery.finish(request.meta[meta.VEHICLE])
        return response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        direct = request.meta.pop(meta.DIRECT, None)
        number = self._release(request)
        if number is None:
            return None
        vehicle, failure = request.meta[meta.VEHICLE], classify(exception)
        is_free = self._is_free(vehicle, number, failure, is_direct=direct is not None)
        self.spider.recovery.finish(vehicle)
        if isinstance(exception, SiteMoved):
            self.spider.site_moved(exception)
            raise IgnoreRequest("The run ends: site_moved")
        if is_free:
            return self._free_retry(request)
        _note_rejection(request, exception)
        return None

    def _is_free(self, vehicle: Vehicle, login: int, failure: Failure, *, is_direct: bool) -> bool:
        """Tell everybody concerned of the failure; return whether the vehicle did not cause it."""
        if failure.kind is FailureKind.LOGGED_OUT:
            self.spider.session.mark_logged_out(login)
        if is_direct and failure.refuses_bookout:
            self.spider.direct.give_up(failure.error)
            return True
        is_cross_talk = self.spider.recovery.record_failure(vehicle, failure)
        return is_cross_talk or not failure.consumes_attempt

    def _free_retry(self, request: Request) -> Request | None:
        """Return the request for an attempt that costs nothing; None after too many of them."""
        free_retries = request.meta.get(meta.GIVEN_BACK, 0) + 1
        if free_retries > _MAX_FREE_RETRIES:
            return None
        self.crawler.stats.inc_value("jdp/given_back_count")
        again = request.copy()
        again.meta[meta.GIVEN_BACK] = free_retries
        return again

    def _release(self, request: Request) -> int | None:
        """Take back the context; the number of the login it had, None if it had none."""
        if request.meta.pop("playwright_context_kwargs", None) is None:
            return None
        self._free.append(request.meta["playwright_context"])
        request.meta[meta.SECONDS] = time.monotonic() - request.meta.pop(meta.STARTED)
        del request.meta[meta.AGE]
        number: int = request.meta.pop(meta.LOGIN)
        return number


def _note_rejection(request: Request, error: Exception) -> None:
    """Keep Scrapy from trying again where that cannot bring another report."""
    if not isinstance(error, BookoutRejected):
        return
    if error.is_final(request.meta.get(meta.REFUSED)):
        request.meta["dont_retry"] = True
    request.meta[meta.REFUSED] = error.identity
