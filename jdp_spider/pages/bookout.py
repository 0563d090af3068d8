"""A vehicle's report: its request is sent once, and what comes is read before it is believed."""

from __future__ import annotations

import asyncio
import hashlib
import time
import weakref
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.errors import (
    BrowserFailed,
    LoggedOut,
    ReportTimeout,
    is_closed,
)
from jdp_spider.pages.file_request import Wanted
from jdp_spider.pages.origin import is_report_address
from jdp_spider.pages.transfer import ask_for
from jdp_spider.pages.trouble import body_of
from jdp_spider.pages.viewers import patience
from jdp_spider.pages.waits import retry_after
from jdp_spider.pdf.errors import UNREADABLE_TEXT, BookoutRejected
from jdp_spider.pdf.reader import reader
from jdp_spider.pdf.unpacking import unpacked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Page

    from jdp_spider.inventory import Vehicle
    from jdp_spider.pages.acceptance import AcceptanceRules
    from jdp_spider.pages.file_request import Answer, ReportRequest
    from jdp_spider.pages.site import Site
    from jdp_spider.pdf.unpacking import PackedPdf
    from jdp_spider.pdf.verification import VerifiedPdf


@dataclass(frozen=True)
class BookoutReport:
    """A report that was read and found to be the vehicle's own; `timings` in seconds by step."""

    pdf: bytes
    checked: VerifiedPdf
    request: ReportRequest
    timings: dict[str, float]


_SHORTEST_PAUSE_S = 1.0
"""Between two looks at whether a report is ready."""

_name_vins: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
"""Of which browsers reports have named a VIN, by the loop that the pages run in."""


async def take_directly(
    page: Page, request: ReportRequest, vehicle: Vehicle, site: Site, rules: AcceptanceRules
) -> BookoutReport:
    """Send `request` once, from a page of the site that need not be the vehicle's. Check it.

    Raise as `take_report`.
    """
    started = time.perf_counter()
    wanted = report_wanted(site, site.is_report)
    answer = await _in_time(ask_for(page, request, wanted), site.report_timeout, vehicle, site)
    timings = {"report": time.perf_counter() - started}
    return await take_report(page, answer, vehicle, site, rules, timings)


async def take_report(
    page: Page,
    answer: Answer,
    vehicle: Vehicle,
    site: Site,
    rules: AcceptanceRules,
    timings: dict[str, float],
) -> BookoutReport:
    """Check the answer from `page`, which is asked again while the report is being prepared.

    `timings` are those of the steps before, the report's own among them. Raise any SiteError, or
    BookoutRejected when what came is not this vehicle's report.
    """
    started = time.perf_counter()
    answer = await prepared(page, answer, vehicle, site)
    came = time.perf_counter()
    body = body_of(answer, site, f"the report of vehicle {vehicle.label}")
    pdf, checked = await _taken(body, vehicle, site, rules)
    timings = {
        **timings,
        "report": timings["report"] + came - started,
        "check": time.perf_counter() - came,
    }
    return BookoutReport(pdf, checked, answer.request, timings)


def report_wanted(
    site: Site, is_expected: Callable[[str], bool], *, clicks: bool = False
) -> Wanted:
    """Return what a report may be, and where it may come from.

    `clicks`: the buttons of a viewer are clicked.
    """
    viewed = partial(patience, report_mark=site.report_mark, clicks=clicks)
    may_ask = partial(is_report_address, site.base_url)
    return Wanted(is_expected, may_ask, site.most_report, "JDP_MOST_REPORT_MB", viewed)


async def prepared(page: Page, answer: Answer, vehicle: Vehicle, site: Site) -> Answer:
    """Ask again while the site says that it is still working: by 202, or by `Retry-After`.

    Raise ReportTimeout, or what the request fails with.
    """
    end = time.monotonic() + site.report_timeout
    while answer.status == 202 or (answer.status < 300 and "retry-after" in answer.headers):
        if not answer.request.url:
            break
        pause = max(_SHORTEST_PAUSE_S, retry_after(answer.headers) or 0.0)
        left = end - time.monotonic() - pause
        if left <= 0:
            raise no_report_in_time(vehicle, site)
        await asyncio.sleep(pause)
        wanted = report_wanted(site, site.is_report)
        again = ask_for(page, answer.request, wanted)
        # Learned from is what was asked for at first.
        answer = (await _in_time(again, left, vehicle, site))._replace(request=answer.request)
    return answer


async def _in_time(
    asking: Awaitable[Answer], seconds: float, vehicle: Vehicle, site: Site
) -> Answer:
    try:
        return await asyncio.wait_for(asking, seconds)
    except asyncio.TimeoutError:
        raise no_report_in_time(vehicle, site) from None
    except PlaywrightError as error:
        if is_closed(error):
            raise BrowserFailed("The browser ended under the report") from None
        raise


def no_report_in_time(vehicle: Vehicle, site: Site) -> ReportTimeout:
    """Return the error that the site did not send the report within its limit."""
    return ReportTimeout(f"No report for vehicle {vehicle.label} within {site.report_timeout:g} s")


async def _taken(
    body: bytes, vehicle: Vehicle, site: Site, rules: AcceptanceRules
) -> tuple[bytes, VerifiedPdf]:
    """Return the vehicle's own bookout, which may come in a zip file with others, and what it is.

    Raise BookoutRejected, where several come and none fits that of the first; or LoggedOut.
    """
    try:
        pdfs = await asyncio.to_thread(unpacked, body, site.most_report)
    except BookoutRejected as error:
        error.sha256 = hashlib.sha256(body).hexdigest()
        raise
    if len(pdfs) == 1:
        return pdfs[0].pdf, await _check(pdfs[0].pdf, vehicle, rules)
    # Which of several is the vehicle's only their text can tell.
    rules, refused = rules._replace(accept_unverified=False), None
    fitting: dict[str, tuple[PackedPdf, VerifiedPdf]] = {}
    for each in pdfs:
        try:
            checked = await _check(each.pdf, vehicle, rules)
        except BookoutRejected as error:
            refused = refused or error
        else:
            fitting.setdefault(checked.sha256, (each, checked))
    found = list(fitting.values())
    # Some sites add a window sticker.
    called = [each for each in found if each[0].is_called_bookout]
    valued = [each for each in called or found if each[1].shows_values]
    for some in (found, called, valued):
        if len(some) == 1:
            return some[0][0].pdf, some[0][1]
    if refused is not None and not found:
        raise refused
    text = f"The zip file has {len(found)} PDFs of vehicle {vehicle.label}"
    raise BookoutRejected("zip_unclear", text)


async def _check(pdf: bytes, vehicle: Vehicle, rules: AcceptanceRules) -> VerifiedPdf:
    """Return what the report is. Raise BookoutRejected with its hash, or LoggedOut."""
    try:
        return await _read(pdf, vehicle, rules)
    except BookoutRejected as refused:
        refused.sha256 = hashlib.sha256(pdf).hexdigest()
        raise


async def _read(pdf: bytes, vehicle: Vehicle, rules: AcceptanceRules) -> VerifiedPdf:
    """Have the report read, and decide about a missing VIN.

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
