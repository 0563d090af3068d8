"""The spider: one request per vehicle of the inventory, one item per bookout."""

from __future__ import annotations

import logging
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

from scrapy import Spider, signals
from scrapy.exceptions import DontCloseSpider, IgnoreRequest
from scrapy.http import Request

from jdp_spider import meta
from jdp_spider.browser.response import BookoutResponse
from jdp_spider.failures import FailureKind, RunEnded, classify
from jdp_spider.inventory_table import InventoryError
from jdp_spider.items import BookoutItem
from jdp_spider.meta import Attempt, PageTask
from jdp_spider.pages.acceptance import InventoryRules
from jdp_spider.pages.bookout import take_directly
from jdp_spider.pages.errors import one_line
from jdp_spider.pages.inventory import NoRowFits, export_csv
from jdp_spider.pages.origin import own_address
from jdp_spider.pages.vehicle import VIEWPORT, bookout_report
from jdp_spider.reasons import FailureReason
from jdp_spider.run import Run
from jdp_spider.session.control_page import SITE_FAILURES
from jdp_spider.session.inventory_size import compare_with_grid, compare_with_last_runs
from jdp_spider.session.link_discovery import LinkDiscovery
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure
    from typing_extensions import Self

    from jdp_spider.inventory import Vehicle
    from jdp_spider.pages.link_collector import Link
    from jdp_spider.reasons import CloseReason

logger = logging.getLogger(__name__)

_FEW_REPORTS = 3
"""Reports without values from the first one on after which somebody should look at one."""
_MOST_WITHOUT_VALUES = 10
"""Vehicles that are named because their reports show none."""


class JDPowerSpider(Spider):
    """Reads the inventory and requests the bookout of each vehicle that has none yet.

    `-a refs=165548,165600` or `-a refs=@list.txt`: of these vehicles only.
    """

    name = "jdpower"

    run: Run
    _trouble: CloseReason | None = None
    _reports = 0
    """Those that were verified."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider with its run, which opens and closes with it; Scrapy calls it."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.run = Run(crawler, kwargs.get("refs"))
        crawler.signals.connect(spider.run.open, signals.spider_opened)
        crawler.signals.connect(spider.spider_idle, signals.spider_idle)
        crawler.signals.connect(spider.spider_error, signals.spider_error)
        crawler.signals.connect(spider.item_error, signals.item_error)
        crawler.signals.connect(spider.run.close, signals.spider_closed)
        return spider

    def spider_error(self, failure: Failure, response: Response | Failure | None) -> None:
        """Record the vehicle of a failed callback or errback, for which Scrapy calls no errback."""
        request = getattr(response, "request", None)
        if request is not None and meta.VEHICLE in request.meta:
            self._failed_unexpectedly(request.meta[meta.VEHICLE])

    def item_error(self, item: Any) -> None:
        """Record the vehicle of an item on which a pipeline failed."""
        if isinstance(item, BookoutItem) and item.vehicle is not None:
            self._failed_unexpectedly(item.vehicle)

    def _failed_unexpectedly(self, vehicle: Vehicle) -> None:
        if not self.run.job.is_saved(vehicle):
            self.run.fail(vehicle, FailureReason.UNEXPECTED_ERROR, attempts=1)

    def spider_idle(self) -> None:
        """End the run with the error of start(), once all possible work is done."""
        if self.run.folder_outage.has_work:
            raise DontCloseSpider
        if self._trouble:
            raise RunEnded(self._trouble)

    async def start(self) -> AsyncIterator[Request]:
        """Yield a request for each vehicle as soon as its link is known."""
        run = self.run
        while True:
            try:
                async with aclosing(self._requests()) as requests:
                    async for request in requests:
                        yield request
            except OSError as error:
                run.storage_failed(error)
            except (*SITE_FAILURES, InventoryError) as error:
                if await self._is_repaired(error):
                    continue
                logger.error("The inventory could not be read: %s", one_line(error))
                if isinstance(error, NoRowFits) and (exported := run.job.folder.exported_on()):
                    logger.error(
                        "This job's inventory is of %s: for the vehicles of today start a new job, "
                        "in another JOBDIR",
                        exported,
                    )
                failure = classify(error)
                has_answered = run.session.circuit_breaker.has_answered
                self._trouble = failure.ends_with(has_answered=has_answered)
                if failure.ends_run:
                    run.end(self._trouble)
            return

    async def _is_repaired(self, error: Exception) -> bool:
        """Return True if the site has been repaired: then the work is begun once more."""
        try:
            return await self.run.session.repair(error)
        except SITE_FAILURES:
            return False

    async def _requests(self) -> AsyncGenerator[Request, None]:
        """Yield a request for each vehicle. Raise what the inventory fails with."""
        run = self.run
        if not run.job.vehicles:
            exported = await self._export()
            if run.session.is_ending:
                return
            keep, outage = run.job.set_inventory, run.folder_outage
            try:
                await outage.call(partial(keep, exported))
            except InventoryError as error:
                # A connection or a server may have broken it off, or not begun it in time.
                logger.warning("The inventory is exported once more: %s", error)
                await outage.call(partial(keep, await self._export()))
            compare_with_last_runs(self.crawler, run.account, len(run.job.vehicles))
        self._log_work()
        rules = InventoryRules(run.job.vehicles, accept_unverified=run.config.accept_unverified)
        discovery = LinkDiscovery(run.session, run.batch, run.fail)
        async with aclosing(discovery.links()) as links:
            async for link in links:
                if not await run.batch.admit(link.vehicle):
                    logger.info("MAX_DOWNLOADS is reached")
                    return
                yield self._vehicle_request(link, rules)

        compare_with_grid(self.crawler, run.batch)

    async def _export(self) -> bytes:
        """Return the inventory as CSV. The page stays open for the collection of links."""
        site, timeout = self.run.session.site, self.run.config.vehicle_timeout
        task = PageTask(
            partial(export_csv, site=site),
            timeout=timeout,
            reset_cookies=True,
            renews_cookies=True,
            keep_page=True,
        )
        exported: bytes = await self.run.session.run(site.inventory_url, task)
        return exported

    def _log_work(self) -> None:
        vehicles, pending = self.run.job.vehicles, self.run.batch.pending()
        logger.info("%d vehicles in the inventory, %d to do", len(vehicles), len(pending))
        unknown = self.run.batch.unknown_references()
        if unknown:
            self.crawler.stats.set_value("jdp/unknown_reference_count", len(unknown))
            logger.error(
                "Not in the inventory of this job: %s (a new JOBDIR reads it again)",
                to_ascii(", ".join(unknown)),
            )

    def _vehicle_request(self, link: Link, rules: InventoryRules) -> Request:
        """Return the request for a vehicle, which searches for it if the address is unusable.

        The link may come from an earlier run, be for another site, or have been edited by hand.
        """
        site = self.run.session.site
        address, inventory = own_address(site.base_url, link.url), site.inventory_url
        common: dict[str, Any] = {
            "vehicle": link.vehicle,
            "site": site,
            "rules": rules.of(link.vehicle),
        }
        search_at = inventory if self.run.job.links.complete else None
        task = PageTask(
            partial(bookout_report, by_search=address is None, search_at=search_at, **common),
            # Vehicles that need a search wait for each other.
            timeout=self.run.config.vehicle_timeout * (1 if address else self.run.config.contexts),
            direct=partial(take_directly, **common),
            viewport=VIEWPORT,
            block_assets=self.run.config.block_resources,
            renews_cookies=True,
            keep_page=True,
        )
        return Request(
            address or inventory,
            callback=self.parse_report,
            errback=self.vehicle_failed,
            # The record of what is saved decides, not Scrapy's list of addresses seen.
            dont_filter=True,
            meta={
                "dont_cache": True,
                meta.VEHICLE: link.vehicle,
                meta.TASK: task,
                meta.ATTEMPT: Attempt(vehicle_id=link.vehicle_id),
            },
        )

    def parse_report(self, response: Response) -> Iterator[BookoutItem]:
        """Yield the item of a verified bookout.

        @url data:,
        @with_report 165548
        @returns items 1 1
        @returns requests 0 0
        @scrapes reference vin year make model sha256 pages bytes seconds
        """
        assert isinstance(response, BookoutResponse)
        vehicle: Vehicle = response.meta[meta.VEHICLE]
        attempt: Attempt = response.meta[meta.ATTEMPT]
        checked = response.checked
        for step, seconds in response.timings.items():
            self.crawler.stats.inc_value(f"jdp/milliseconds/{step}", round(seconds * 1000))
        if not checked.verified:
            self.crawler.stats.inc_value("jdp/report/unverified_count")
            logger.warning("The report of vehicle %s contains no text: unverified", vehicle.label)
        elif vehicle.vin and not checked.names_vin:
            self._tell_once_of_missing_vins()
        self._reports += 1
        if not checked.shows_values:
            self.crawler.stats.inc_value("jdp/report/without_values_count")
            without = self.crawler.stats.get_value("jdp/report/without_values_count")
            _tell_of_missing_values(vehicle, without, self._reports)
        yield BookoutItem(
            reference=vehicle.reference,
            vin=vehicle.vin,
            year=vehicle.year,
            make=vehicle.make,
            model=vehicle.model,
            sha256=checked.sha256,
            pages=checked.pages,
            bytes=checked.size,
            seconds=round(attempt.seconds, 3),
            pdf=response.body,
            vehicle=vehicle,
            names_vin=checked.names_vin,
            verified=checked.verified,
            attempts=_attempts(response.request),
            context=attempt.context,
        )

    def _tell_once_of_missing_vins(self) -> None:
        self.crawler.stats.inc_value("jdp/report/without_vin_count")
        if self.crawler.stats.get_value("jdp/report/without_vin_count") == 1:
            logger.warning(
                "The reports name no VIN: each is identified by its reference number alone"
            )

    def vehicle_failed(self, failure: Failure) -> None:
        """Record a vehicle that failed for good; one dropped by a middleware has not failed."""
        request: Request = failure.request  # type: ignore[attr-defined]
        vehicle: Vehicle = request.meta[meta.VEHICLE]
        error = failure.value
        assert error is not None
        if isinstance(error, IgnoreRequest):
            self.run.batch.finish(vehicle)
            return
        failed = classify(error)
        if failed.kind is FailureKind.OUT_OF_DESCRIPTORS:
            # Not the vehicle's fault: a module that could not be loaded, a process not started.
            assert isinstance(error, OSError)
            self.run.storage_failed(error)
            self.run.batch.finish(vehicle)
            return
        if failed.kind is FailureKind.BUG:
            logger.error("Unexpected error", exc_info=error)
        logger.warning("Vehicle %s failed: %s", vehicle.label, one_line(error))
        known = {"attempts": _attempts(request), "seconds": request.meta[meta.ATTEMPT].seconds}
        self.run.fail(vehicle, FailureReason(failed.reason), said=failed.said, **known)


def _tell_of_missing_values(vehicle: Vehicle, count: int, reports: int) -> None:
    """Warn that reports may be of another kind, or were made too early; not of every one."""
    if count <= _MOST_WITHOUT_VALUES:
        logger.warning("The report of vehicle %s shows no values", vehicle.label)
    if count == reports == _FEW_REPORTS:
        logger.warning("None of the first %d reports shows values: look at one", count)


def _attempts(request: Request | None) -> int:
    return request.meta.get("retry_times", 0) + 1 if request is not None else 1
