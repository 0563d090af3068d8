"""The spider: one request per vehicle of the inventory, one item per report."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

from scrapy import Spider, signals
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Request

from jdp_spider import meta
from jdp_spider.browser.response import BookoutResponse
from jdp_spider.config.options import Config
from jdp_spider.failures import FailureKind, classify
from jdp_spider.inventory import InventoryError, Vehicle
from jdp_spider.items import BookoutItem
from jdp_spider.job.folder import JobError
from jdp_spider.job.job import Job
from jdp_spider.job.locks import AlreadyRunning
from jdp_spider.job.selection import Selection, read_refs
from jdp_spider.meta import Attempt, PageTask
from jdp_spider.pages.bookout import AcceptanceRules, take_report
from jdp_spider.pages.errors import SiteMoved, one_line
from jdp_spider.pages.inventory import Link, LinkCollector, collect_links, export_csv
from jdp_spider.pages.origin import own_address
from jdp_spider.pages.vehicle import VIEWPORT, bookout_report
from jdp_spider.pdf.reader import reader
from jdp_spider.session.account import Account
from jdp_spider.session.control_page import SITE_FAILURES
from jdp_spider.session.direct_reports import DirectReports
from jdp_spider.session.recovery import RecoveryPolicy
from jdp_spider.session.session import Session
from jdp_spider.utils.descriptors import is_out_of_descriptors
from jdp_spider.utils.engine import close_spider
from jdp_spider.utils.redaction import hide, redact_logs
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure
    from typing_extensions import Self


logger = logging.getLogger(__name__)

_FEW = 10
"""Up to so many vehicles that are asked for by name are searched for, without a collector."""


class JDPowerSpider(Spider):
    """Walks the inventory and asks for the bookout report of each vehicle that has none yet.

    `-a refs=165548,165600` or `-a refs=@list.txt`: of these vehicles only.
    """

    name = "jdpower"

    config: Config
    account: Account
    job: Job
    session: Session
    direct: DirectReports
    recovery: RecoveryPolicy
    _trouble = ""
    _storage_failed = False
    _has_moved = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.config = Config.from_settings(crawler.settings)
        spider.account = Account(spider.config)
        refs = kwargs.get("refs")
        selection = Selection(None if refs is None else read_refs(refs))
        spider.job = Job(spider.config, crawler.settings["JOBDIR"], spider.account.id, selection)
        spider.session = Session(crawler, spider.config, spider.account)
        spider.direct = DirectReports(crawler, wanted=spider.config.direct_reports)
        spider.recovery = RecoveryPolicy(crawler, spider.config, spider.session, spider.end)
        crawler.signals.connect(spider.spider_opened, signals.spider_opened)
        crawler.signals.connect(spider.spider_idle, signals.spider_idle)
        crawler.signals.connect(spider.spider_error, signals.spider_error)
        crawler.signals.connect(spider.item_error, signals.item_error)
        crawler.signals.connect(spider.spider_closed, signals.spider_closed)
        return spider

    def spider_opened(self) -> None:
        """Open the job. Raises CloseSpider before any browser starts when it cannot be used."""
        hide([self.config.password])
        redact_logs()
        try:
            self._open()
        except CloseSpider:
            raise
        except Exception:
            logger.error("Unexpected error", exc_info=True)
            raise CloseSpider("unexpected_error") from None
        if self.job.resumed:
            done = len(self.job.vehicles) - len(self.job.pending())
            logger.info("Resuming: %d of %d saved", done, len(self.job.vehicles))

    def _open(self) -> None:
        try:
            self.job.open()
            self.account.lock.acquire()
        except AlreadyRunning as error:
            logger.error("%s", error)
            raise CloseSpider(error.close_reason) from None
        except (JobError, InventoryError) as error:
            logger.error("%s", error)
            raise CloseSpider("job_unusable") from None
        except OSError as error:
            logger.error(
                "The folder for what belongs to the account cannot be used (%s): set "
                "JDP_STATE_FOLDER to one that you may write to",
                to_ascii(f"{error.strerror or error}: {error.filename or ''}"),
            )
            raise CloseSpider("job_unusable") from None

    def spider_error(self, failure: Failure, response: Response | Failure | None) -> None:
        """Record the vehicle of a callback or errback that failed: Scrapy calls nothing for it."""
        request = getattr(response, "request", None)
        if request is not None and meta.VEHICLE in request.meta:
            self._unexpected(request.meta[meta.VEHICLE])

    def item_error(self, item: Any) -> None:
        """Record the vehicle of an item that a pipeline failed on."""
        if isinstance(item, BookoutItem) and item.vehicle is not None:
            self._unexpected(item.vehicle)

    def _unexpected(self, vehicle: Vehicle) -> None:
        if self.job.is_saved(vehicle):
            return
        self.job.limit.release()
        self._failed(vehicle, "unexpected_error", attempts=1)

    async def spider_closed(self) -> None:
        """Log out, and only then let another run have the account and the job."""
        await self.session.close()
        reader.close()
        self.account.lock.release()
        self.job.close()

    def spider_idle(self) -> None:
        """End the run with what went wrong in start(), once all that could be done is done."""
        if self._trouble:
            raise CloseSpider(self._trouble)

    async def start(self) -> AsyncIterator[Request]:
        """Yield a request for each vehicle as soon as its link is known."""
        try:
            if not self.job.vehicles:
                exported = await self._export()
                if self.session.is_ending:
                    return
                self.job.set_inventory(exported)
                if not self.job.vehicles:
                    raise InventoryError("The exported inventory holds no vehicle")
            logger.info(
                "%d vehicles in the inventory, %d to do",
                len(self.job.vehicles),
                len(self.job.pending()),
            )
            self._tell_unknown_references()
            async with aclosing(self._links()) as links:
                async for link in links:
                    if not await self.job.limit.acquire():
                        logger.info("MAX_DOWNLOADS is reached")
                        return
                    yield self._vehicle_request(link)
        except OSError as error:
            self.storage_failed(error)
        except (*SITE_FAILURES, InventoryError) as error:
            logger.error("The inventory could not be read: %s", one_line(error))
            self._trouble = classify(error).close_reason
            if isinstance(error, SiteMoved):
                self.end(self._trouble)

    async def _export(self) -> bytes:
        """Return the inventory as CSV. The page stays for the collection of links."""
        site, timeout = self.session.site, self.config.vehicle_timeout
        task = PageTask(export_csv, (site,), timeout=timeout, reset_cookies=True, keep_page=True)
        exported: bytes = await self.session.run(site.inventory_url, task)
        return exported

    def _tell_unknown_references(self) -> None:
        unknown = self.job.selection.unknown(self.job.vehicles)
        if unknown:
            self.crawler.stats.set_value("jdp/unknown_reference_count", len(unknown))
            logger.error(
                "Not in the inventory of this job: %s (a new JOBDIR reads it anew)",
                to_ascii(", ".join(unknown)),
            )

    async def _links(self) -> AsyncGenerator[Link, None]:
        """Yield the links of the pending vehicles: an earlier run's, or the grid's."""
        pending = self.job.pending()
        for vehicle in pending:
            if not vehicle.reference.strip():
                self._failed(vehicle, "no_reference", attempts=0)
        pending = [vehicle for vehicle in pending if vehicle.reference.strip()]
        if self.job.links.complete:
            for vehicle in pending:
                yield Link(vehicle, *self.job.links.get(vehicle))
        elif not self.job.selection.is_all and len(pending) <= _FEW:
            # Searching for them asks for less than a walk over all pages.
            for vehicle in pending:
                yield Link(vehicle, None)
        elif pending:
            async with aclosing(self._walk(pending)) as walk_links:
                async for link in walk_links:
                    yield link

    async def _walk(self, pending: list[Vehicle]) -> AsyncGenerator[Link, None]:
        """The links of the pending vehicles while the walk is under way.

        The walk is a page method, whose result comes only at its end, and on Windows runs in a
        loop of its own: its finds arrive through a queue.
        """
        named = [vehicle for vehicle in self.job.vehicles if vehicle.reference.strip()]
        keys = frozenset(vehicle.key for vehicle in pending)
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[Link | None]()
        stop = asyncio.Event()

        def stopped() -> bool:
            return stop.is_set() or self.session.is_ending

        def put(link: Link | None) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, link)

        collector = LinkCollector(named, keys, put)
        walking = asyncio.ensure_future(self._collect_all_links(collector, stopped))
        walking.add_done_callback(lambda _: put(None))
        searched_for: list[Link] = []
        try:
            while (link := await queue.get()) is not None:
                self.job.links.add(*link)
                if link.url is None:
                    # A search uses the grid that the walk is paging through.
                    searched_for.append(link)
                else:
                    yield link
            await walking
            if stopped():
                return
        finally:
            stop.set()
            # Nobody else looks at how a walk ended that was not waited for.
            walking.add_done_callback(lambda task: task.cancelled() or task.exception())
        self.job.links.mark_complete()
        for vehicle in collector.left.values():
            self._failed(vehicle, "no_bookout_link", attempts=0)
        for link in searched_for:
            yield link

    async def _collect_all_links(
        self, collector: LinkCollector, stopped: Callable[[], bool]
    ) -> None:
        # It takes as long as the inventory: each of its steps has a limit of its own. It begins
        # with the grid of the export.
        site = self.session.site
        task = PageTask(
            collect_links, (collector, stopped, site), reset_cookies=True, resume_page=True
        )
        while not stopped():
            if await self.session.run(site.inventory_url, task, lambda: collector.progress):
                return

    def _vehicle_request(self, link: Link) -> Request:
        """Return the request for a vehicle; without a usable address it is searched for.

        A link may have been kept by an earlier run, for another site, or edited by hand.
        """
        site = self.session.site
        address, inventory = own_address(site.base_url, link.url), site.inventory_url
        common: dict[str, Any] = {
            "vehicle": link.vehicle,
            "site": site,
            "rules": AcceptanceRules(
                needs_vin=self.job.shares_reference(link.vehicle),
                accept_unverified=self.config.accept_unverified,
            ),
        }
        search_at = inventory if self.job.links.complete else None
        task = PageTask(
            partial(bookout_report, by_search=address is None, search_at=search_at, **common),
            # Vehicles that are searched for wait for each other.
            timeout=self.config.vehicle_timeout * (1 if address else self.config.contexts),
            direct=partial(take_report, **common),
            # What is needed on the page is waited for by its name, scripts included.
            wait_until="commit",
            viewport=VIEWPORT,
            block_assets=self.config.block_resources,
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
            logger.warning("The report of vehicle %s holds no text: unverified", vehicle.label)
        elif vehicle.vin and not checked.names_vin:
            self._tell_once_of_missing_vins()
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
            logger.warning("The reports name no VIN: each is told by its reference number alone")

    def vehicle_failed(self, failure: Failure) -> None:
        """Record a vehicle that failed for good; what a middleware dropped is no failure."""
        request: Request = failure.request  # type: ignore[attr-defined]
        error = failure.value
        assert error is not None
        if isinstance(error, IgnoreRequest):
            self.job.limit.release()
            return
        failed = classify(error)
        if failed.kind is FailureKind.OUT_OF_DESCRIPTORS:
            # Nothing of the vehicle's: a module that could not be loaded, a process not started.
            assert isinstance(error, OSError)
            self.storage_failed(error)
            self.job.limit.release()
            return
        vehicle: Vehicle = request.meta[meta.VEHICLE]
        if failed.kind is FailureKind.BUG:
            logger.error("Unexpected error", exc_info=error)
        logger.warning("Vehicle %s failed: %s", vehicle.label, one_line(error))
        self._failed(vehicle, failed.reason, _attempts(request), request.meta[meta.ATTEMPT].seconds)
        self.job.limit.release()

    def _failed(self, vehicle: Vehicle, reason: str, attempts: int, seconds: float = 0.0) -> None:
        try:
            self.job.fail(vehicle, reason, attempts, round(seconds, 3))
        except OSError as error:
            self.storage_failed(error)

    def file_in_use(self, report: BookoutItem) -> None:
        """Record the vehicle of a file that another program holds."""
        assert report.vehicle is not None
        logger.warning(
            "%s is open in another program: close it, and the next run downloads it again",
            to_ascii(report.file or ""),
        )
        self._failed(report.vehicle, "file_in_use", report.attempts, report.seconds)

    def storage_failed(self, error: OSError) -> None:
        """End the run: what is not written down stays to be done, and nothing is lost."""
        if self._storage_failed:
            return
        self._storage_failed = True
        if is_out_of_descriptors(error):
            logger.error(
                "The system lets no more files be opened: end other programs or raise the limit "
                "(ulimit -n), then run the same command again"
            )
            self.end("storage_failed")
            return
        logger.error(
            "The disk does not take what is written (%s): make room or check the folder, then run "
            "the same command again",
            to_ascii(f"{error.strerror or error}: {error.filename or self.job.folder}"),
        )
        self.end("storage_failed")

    def site_moved(self, error: SiteMoved) -> None:
        """End the run: all other vehicles would be led to the same place."""
        if not self._has_moved:
            self._has_moved = True
            logger.error("The site has moved: %s", error)
            self.end("site_moved")

    def end(self, reason: str) -> None:
        """End the run: what is in flight finishes, nothing else is begun."""
        self.session.end()
        close_spider(self.crawler, reason)


def _attempts(request: Request | None) -> int:
    return request.meta.get("retry_times", 0) + 1 if request is not None else 1
