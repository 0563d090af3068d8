"""Checks of one vehicle: its page, the reports dialog, its bookout."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus, urlsplit

from jdp_spider.doctor.findings import CheckSkipped, passed, warned
from jdp_spider.inventory import normalise
from jdp_spider.pages import grid
from jdp_spider.pages.acceptance import InventoryRules
from jdp_spider.pages.bookout import take_report
from jdp_spider.pages.errors import NoBookoutLink
from jdp_spider.pages.vehicle import (
    VEHICLE,
    VIEWPORT,
    check_page,
    check_values,
    create_report,
    open_dialog,
)
from jdp_spider.pdf.errors import OF_ANOTHER, BookoutRejected
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from jdp_spider.doctor.context import DoctorContext
    from jdp_spider.doctor.findings import Finding
    from jdp_spider.inventory import Vehicle
    from jdp_spider.pages.acceptance import AcceptanceRules
    from jdp_spider.pages.file_request import ReportRequest
    from jdp_spider.pdf.verification import VerifiedPdf

_WAITS_S = (1.0, 1.5, 2.5, 4.0, 6.0)
"""Before each new attempt at a report in whose place another vehicle's came."""


async def check_vehicle(doctor: DoctorContext) -> Finding:
    """Check that the vehicle's page opens as in a crawl, has the report button, and names it."""
    if doctor.vehicle is None or doctor.row is None:
        raise CheckSkipped("needs the row of the vehicle, which the search finds")
    await doctor.fresh_page(blocked=doctor.config.block_resources)
    await doctor.page.set_viewport_size(VIEWPORT)
    started = time.perf_counter()
    if doctor.row.url is None:
        started = await _open_by_search(doctor, doctor.vehicle)
    else:
        await doctor.go_to(doctor.row.url, f"vehicle {doctor.vehicle.label}")
    page, rules = doctor.as_page(VEHICLE), _rules(doctor, doctor.vehicle)
    found = await check_page(page, doctor.vehicle, rules)
    await check_values(page, found, doctor.vehicle, rules)
    seconds = doctor.seconds["vehicle"] = time.perf_counter() - started
    return passed(f"{redact(doctor.vehicle.label)} opens in {seconds:.1f} s, and its page names it")


def _rules(doctor: DoctorContext, vehicle: Vehicle) -> AcceptanceRules:
    vehicles, unverified = doctor.vehicles or (), doctor.config.accept_unverified
    return InventoryRules(vehicles, accept_unverified=unverified).of(vehicle)


async def _open_by_search(doctor: DoctorContext, vehicle: Vehicle) -> float:
    """Search for the vehicle and follow its row's link. Return the time at which that was done."""
    await doctor.go_to(doctor.site.inventory_url, "the inventory")
    page = doctor.as_page(grid.INVENTORY)
    await grid.wait_for_grid(page)
    doctor.searched = True
    doctor.row = await grid.find(page, vehicle)
    if doctor.row is None:
        raise NoBookoutLink(f"No row of the inventory is vehicle {vehicle.label}")
    started = time.perf_counter()
    await grid.open_row(page, doctor.row)
    return started


async def check_dialog(doctor: DoctorContext) -> Finding:
    """Check that the report button opens the dialog that creates a PDF."""
    if not doctor.site.has_dialog:
        return passed("there is none: the button for reports creates the PDF itself")
    await open_dialog(doctor.as_page(VEHICLE))
    return passed("the reports dialog opens")


async def check_one_report(doctor: DoctorContext) -> Finding:
    """Check this doctor's one bookout: how it is requested, and that it is the vehicle's own."""
    if not doctor.with_report:
        raise CheckSkipped("left out, as --no-report says")
    vehicle = doctor.vehicle
    assert vehicle is not None
    started = time.perf_counter()
    page, site, rules = doctor.page, doctor.site, _rules(doctor, vehicle)
    answer = await create_report(page, vehicle, site, names=rules.names)
    request = answer.request
    doctor.answers["names_vehicle"] = _what_names_vehicle(request, doctor)
    doctor.answers["opens"] = _opens(request)
    since = {"report": time.perf_counter() - started}
    taken = await take_report(page, answer, vehicle, site, rules, since)
    seconds = doctor.seconds["report"] = taken.timings["report"]
    report = taken.checked
    doctor.answers["names_vin"] = _names_vin(doctor, report)
    named = "reference and VIN" if report.names_vin else "the reference"
    pages = "1 page" if report.pages == 1 else f"{report.pages} pages"
    text = f"{pages}, {report.size / 1000:.0f} kB in {seconds:.1f} s, names {named}"
    lines, advice = [text], []
    if request.url and not doctor.site.is_report(request.url):
        finding = doctor.missing("report_mark")
        lines += [
            *finding.lines,
            f"it was asked for at {to_ascii(redact(urlsplit(request.url).path))}",
        ]
        advice.append(f"Nothing at once: the crawl waits 3 s longer each time. {finding.advice}")
    if vehicle.vin and not report.names_vin:
        advice.append("Open a report: where it shows no VIN, the crawl tells by the reference.")
    return warned(*lines, advice=" ".join(advice)) if advice else passed(text)


async def check_further_report(doctor: DoctorContext) -> Finding:
    """Check the report of a further vehicle. Where another one's comes, wait and ask again.

    A server may keep a report for some seconds and give it to whoever asks. A recording shows how
    long only if a later attempt brings the right one.
    """
    started = time.monotonic()
    refused: BookoutRejected | None = None
    for wait in (0.0, *_WAITS_S):
        if wait and time.monotonic() - started + wait > doctor.limit / 2:
            break
        if wait:
            await asyncio.sleep(wait)
            await check_vehicle(doctor)
            await check_dialog(doctor)
        try:
            finding = await check_one_report(doctor)
        except BookoutRejected as error:
            if error.reason not in OF_ANOTHER:
                raise
            refused = error
        else:
            return _after_refusal(finding, refused, time.monotonic() - started)
    assert refused is not None
    raise refused


def _after_refusal(finding: Finding, refused: BookoutRejected | None, seconds: float) -> Finding:
    if refused is None:
        return finding
    # How soon this vehicle is asked for after the one before is chance: the mark stays.
    line = (
        f"at first another vehicle's came, as may happen to a crawl; its own after {seconds:.1f} s"
    )
    return replace(finding, lines=(*finding.lines, line))


def _opens(request: ReportRequest) -> str:
    if not request.url:
        return "as a file that the page makes"
    return "by an address" if request.body is None else "by a form that is sent"


def _names_vin(doctor: DoctorContext, report: VerifiedPdf) -> str:
    assert doctor.vehicle is not None
    if not doctor.vehicle.vin:
        where = "the export holds" if doctor.vehicles else "without the export, the grid shows"
        return f"not found out: {where} no VIN of this vehicle"
    return "yes" if report.names_vin else "no: the crawl tells reports by their reference alone"


def _what_names_vehicle(request: ReportRequest, doctor: DoctorContext) -> str:
    """Return how the bookout's request, its address or its form, names the vehicle, if it does."""
    assert doctor.row is not None
    assert doctor.vehicle is not None
    known = {
        "the number of its bookout link": doctor.row.vehicle_id,
        "its VIN": doctor.vehicle.vin,
        "its reference": normalise(doctor.vehicle.reference),
    }
    text = unquote_plus(f"{request.url} {request.body or ''}")
    for what, value in known.items():
        if value and re.search(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", text):
            return f"yes, by {what}"
    return (
        "no: the site may print what the session opened last. Where vehicles get each other's "
        "reports, the crawl goes over to one at a time"
    )
