"""A vehicle's report: its request is sent once, and what comes is read before it is believed."""

from __future__ import annotations

import asyncio
import hashlib
import time
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

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
from jdp_spider.pdf.errors import UNREADABLE_TEXT, BookoutRejected
from jdp_spider.pdf.reader import reader
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

    from jdp_spider.inventory import Vehicle
    from jdp_spider.pages.site import Site
    from jdp_spider.pdf.verification import VerifiedPdf


class ReportRequest(NamedTuple):
    """How a vehicle's report is asked for."""

    url: str
    method: str = "GET"
    body: str | None = None


class AcceptanceRules(NamedTuple):
    """What a report must be to be taken."""

    needs_vin: bool = False
    """Other vehicles have the same reference: only the VIN tells them apart."""
    accept_unverified: bool = False
    """A report without any text is taken, too, as the user has allowed it."""


@dataclass(frozen=True)
class BookoutReport:
    """A report that was read and found to be the vehicle's own; `timings` in seconds by step."""

    pdf: bytes
    checked: VerifiedPdf
    request: ReportRequest
    timings: dict[str, float]


_name_vins: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
"""Of which browsers reports have named a VIN, by the loop that the pages run in."""


async def take_report(
    context: BrowserContext,
    request: ReportRequest,
    vehicle: Vehicle,
    site: Site,
    rules: AcceptanceRules,
    *,
    referer: str,
    timings: dict[str, float] | None = None,
) -> BookoutReport:
    """Send `request` once, with the cookies of `context`, and check what comes.

    `timings` are those of the steps before. Raises any SiteError, or BookoutRejected when what
    came is not this vehicle's report.
    """
    started = time.perf_counter()
    pdf = await fetch_report(context, request, vehicle, site, referer)
    fetched = time.perf_counter()
    checked = await _check(pdf, vehicle, rules)
    steps = {"report": fetched - started, "check": time.perf_counter() - fetched}
    return BookoutReport(pdf, checked, request, (timings or {}) | steps)


async def fetch_report(
    context: BrowserContext, request: ReportRequest, vehicle: Vehicle, site: Site, referer: str
) -> bytes:
    """Send `request` once, with the cookies of `context`. Return what came, unchecked.

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
        first_line = to_ascii(error.message.splitlines()[0])
        raise connection_error(first_line, f"the report of {vehicle.label}") from None
    try:
        if response.status >= 400:
            what = f"the report of vehicle {vehicle.label}"
            raise ServerError(response.status, what, retry_after(response.headers))
        if site.is_login(response.url):
            raise LoggedOut(f"The login came instead of the report of vehicle {vehicle.label}")
        return await response.body()
    finally:
        await response.dispose()


async def _check(pdf: bytes, vehicle: Vehicle, rules: AcceptanceRules) -> VerifiedPdf:
    """Return what the report is. Raises BookoutRejected with its hash, or LoggedOut."""
    try:
        return await _read(pdf, vehicle, rules)
    except BookoutRejected as refused:
        refused.sha256 = hashlib.sha256(pdf).hexdigest()
        raise


async def _read(pdf: bytes, vehicle: Vehicle, rules: AcceptanceRules) -> VerifiedPdf:
    """Have the report read, and judge about a missing VIN.

    Reports may name no VIN at all (site fact F21); but where some do, all must.
    """
    try:
        report = await reader.check(pdf, vehicle.reference, vehicle.vin)
    except BookoutRejected as refused:
        if refused.reason == "login_page":
            message = f"The login came instead of the report of vehicle {vehicle.label}"
            raise LoggedOut(message) from None
        if refused.reason in UNREADABLE_TEXT and rules.accept_unverified:
            return await reader.check_unverified(pdf)
        raise
    loop = asyncio.get_running_loop()
    if report.names_vin:
        _name_vins.add(loop)
    elif rules.needs_vin or (vehicle.vin and loop in _name_vins):
        message = f"The report of vehicle {vehicle.label} names no VIN, and it takes one to tell"
        raise BookoutRejected("vin_missing", message)
    return report
