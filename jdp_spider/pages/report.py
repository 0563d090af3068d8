"""A vehicle's report: its request is sent once, and what comes is read before it is believed."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
import weakref
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.pages.errors import (
    BrowserFailed,
    LoggedOut,
    ReportTimeout,
    ServerError,
    connection_error,
    is_closed,
)
from jdp_spider.pages.waits import retry_after
from jdp_spider.vehicles import plain
from jdp_spider.verification import Report, ReportRefused, check_report, unverified_report

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import BrowserContext

    from jdp_spider.pages.site import Site
    from jdp_spider.vehicles import Vehicle


class ReportRequest(NamedTuple):
    """How a vehicle's report is asked for."""

    url: str
    method: str = "GET"
    body: str | None = None


class Terms(NamedTuple):
    """What a report must be to be taken."""

    needs_vin: bool = False
    """Other vehicles have the same reference: only the VIN tells them apart."""
    accept_unverified: bool = False
    """A report without any text is taken, too, as the user has allowed it."""


@dataclass(frozen=True)
class BookoutReport:
    """A report that was read and found to be the vehicle's own; `timings` in seconds by step."""

    pdf: bytes
    checked: Report
    request: ReportRequest
    timings: dict[str, float]
    cookies: list[dict[str, Any]] = field(default_factory=list, repr=False)
    """The session's, as they are now: the site may renew them."""


_READ_S = 60.0
"""How long reading a report may take: a second is much."""


class _Reader:
    """Reads the reports of one browser, one at a time, and knows what they have shown so far.

    In a thread, so that the pages go on meanwhile; one for all, as Python reads one at a time
    anyway. A daemon: one that a broken PDF keeps busy for ever is left behind, and does not keep
    the program from ending.
    """

    reports_name_vins = False

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._work: queue.SimpleQueue[tuple[Future[Report], Callable[[], Report]]] | None = None

    async def read(self, check: Callable[..., Report], *args: Any) -> Report:
        """What `check(*args)` returns or raises; ReportRefused when it takes too long."""
        async with self._turn:
            if self._work is None:
                self._work = queue.SimpleQueue()
                threading.Thread(
                    target=_work_on, args=(self._work,), name="report", daemon=True
                ).start()
            done: Future[Report] = Future()
            done.set_running_or_notify_cancel()
            self._work.put((done, partial(check, *args)))
            try:
                return await asyncio.wait_for(asyncio.wrap_future(done), _READ_S)
            except asyncio.TimeoutError:
                self._work = None
                raise ReportRefused("unreadable", f"Not read within {_READ_S:g} s") from None


def _work_on(work: queue.SimpleQueue[tuple[Future[Report], Callable[[], Report]]]) -> None:
    while True:
        done, check = work.get()
        try:
            done.set_result(check())
        except Exception as error:  # noqa: BLE001 - raised again for who waits
            done.set_exception(error)
        del done, check


_readers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Reader] = (
    weakref.WeakKeyDictionary()
)
"""By the loop that the pages run in: on Windows not the crawl's."""


async def take_report(
    context: BrowserContext,
    request: ReportRequest,
    vehicle: Vehicle,
    site: Site,
    terms: Terms,
    *,
    referer: str,
    timings: dict[str, float] | None = None,
) -> BookoutReport:
    """Send `request` once, with the cookies of `context`, and check what comes.

    `timings` are those of the steps before. Raises any SiteError, or ReportRefused when what
    came is not this vehicle's report.
    """
    started = time.perf_counter()
    pdf = await fetch_report(context, request, vehicle, site, referer)
    fetched = time.perf_counter()
    checked, found = await asyncio.gather(_check(pdf, vehicle, terms), context.cookies())
    steps = {"report": fetched - started, "check": time.perf_counter() - fetched}
    cookies = [dict(cookie) for cookie in found]
    return BookoutReport(pdf, checked, request, (timings or {}) | steps, cookies)


async def fetch_report(
    context: BrowserContext, request: ReportRequest, vehicle: Vehicle, site: Site, referer: str
) -> bytes:
    """Send `request` once, with the cookies of `context`; what came, unchecked.

    Raises LoggedOut, ReportTimeout, ServerError, ConnectionFailed or BrowserFailed.
    """
    headers = {"Referer": referer}
    if request.body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        response = await context.request.fetch(
            request.url,
            method=request.method,
            headers=headers,
            data=request.body,
            timeout=site.report_ms,
        )
    except PlaywrightTimeout:
        message = f"No report for vehicle {vehicle.label} within {site.report_timeout:g} s"
        raise ReportTimeout(message) from None
    except PlaywrightError as error:
        if is_closed(error):
            raise BrowserFailed("The browser ended under the report") from None
        # Its message lists the request's headers, the session cookie among them.
        first_line = plain(error.message.splitlines()[0])
        raise connection_error(first_line, f"the report of {vehicle.label}") from None
    try:
        if response.status >= 400:
            what = f"the report of vehicle {vehicle.label}"
            raise ServerError(response.status, what, retry_after(response.headers))
        if response.url.startswith(site.login_url.partition("?")[0]):
            raise LoggedOut(f"The login came instead of the report of vehicle {vehicle.label}")
        return await response.body()
    finally:
        await response.dispose()


async def _check(pdf: bytes, vehicle: Vehicle, terms: Terms) -> Report:
    """Read the report, and say what it is.

    Reports may name no VIN at all (site-contract: inferred only); but where some do, all must.
    """
    reader = _readers.setdefault(asyncio.get_running_loop(), _Reader())
    try:
        report = await reader.read(check_report, pdf, vehicle.reference, vehicle.vin)
    except ReportRefused as refused:
        if refused.reason == "login_page":
            message = f"The login came instead of the report of vehicle {vehicle.label}"
            raise LoggedOut(message) from None
        if refused.reason == "no_text" and terms.accept_unverified:
            return await reader.read(unverified_report, pdf)
        raise
    reader.reports_name_vins |= report.names_vin
    if not report.names_vin and (terms.needs_vin or (vehicle.vin and reader.reports_name_vins)):
        message = f"The report of vehicle {vehicle.label} names no VIN, and it takes one to tell"
        raise ReportRefused("vin_missing", message)
    return report
