"""The vehicle: its page, the reports dialog, and the one report that proves everything."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages import grid
from jdp_spider.pages.acceptance import AcceptanceRules
from jdp_spider.pages.bookout import take_report
from jdp_spider.pages.errors import (
    LoggedOut,
    NoBookoutLink,
    ReportNotOpened,
    ServerError,
    SiteError,
)
from jdp_spider.pages.settling import Opened, wait_for_values
from jdp_spider.pages.vehicle import DIALOG, VEHICLE, create_report, names_vehicle
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.repair.candidates import said
from jdp_spider.repair.scene import TRIAL_S
from jdp_spider.repair.stock import use_way
from jdp_spider.repair.walk import appeared

if TYPE_CHECKING:
    from playwright.async_api import Request

    from jdp_spider.pages.file_request import Answer
    from jdp_spider.repair.candidates import Candidate
    from jdp_spider.repair.elements import Element, Looks
    from jdp_spider.repair.walk import NotRepaired, Walk

_ABOUT_REPORTS = re.compile(r"report|pdf|print|document|output|bookout", re.IGNORECASE)
_REPORT_S = 12.0
"""How long nothing may come of what creates a report; it is clicked again meanwhile."""
_UNKNOWN_S = 30.0
"""How long a report may take whose address is not known as one."""


async def find_report(walk: Walk) -> None:
    """Open a vehicle and read its report, whatever has to be clicked for it."""
    failure: NotRepaired | None = None
    for way in list(walk.ways):
        walk.begin("vehicle", "opens a vehicle")
        if way != walk.site.bookout and not await _is_in_grid(walk, way):
            continue
        if not await _open_vehicle(walk):
            walk.scene.tell("rejected", "it does not open the vehicle's page", "bookout", way)
            continue
        options = await walk.options("reports", await walk.scene.elements())
        for option in options:
            walk.take(option)
            if await _creates_report(walk, option) or await _is_made_at_once(walk, option):
                return
            walk.reject(option, "it leads to no report")
            if not await _open_vehicle(walk):
                break
        failure = failure or walk.not_repaired("reports", options)
    raise failure or walk.not_repaired("bookout")


async def _is_in_grid(walk: Walk, way: str) -> bool:
    await walk.scene.go_to(walk.site.inventory_url, "the inventory")
    return await use_way(walk, way)


async def _open_vehicle(walk: Walk) -> bool:
    """Open the page of the walk's vehicle. Return True if it names it."""
    row, vehicle = walk.row, walk.vehicle
    assert row is not None
    assert vehicle is not None
    try:
        if row.url is not None:
            await walk.scene.go_to(row.url, f"vehicle {vehicle.label}")
        else:
            await walk.scene.go_to(walk.site.inventory_url, "the inventory")
            page = walk.scene.view(grid.INVENTORY, trial=TRIAL_S)
            found = await grid.find(page, vehicle)
            if found is None:
                return False
            walk.scene.log_click("bookout", f", vehicle {vehicle.label}")
            await walk.scene.hold("bookout")
            await grid.open_row(page, found)
            await walk.scene.quiet()
    except LoggedOut:
        raise
    except ServerError as error:
        if error.status >= 500 and error.status != 500:
            raise
        return False
    except (NoBookoutLink, PlaywrightError):
        return False
    if await walk.scene.asks_for_login():
        raise LoggedOut("Repair: the login stands there instead of the vehicle's page")
    shown = await wait_for_values(walk.scene.view(VEHICLE), Opened(None, await walk.scene.text()))
    return names_vehicle(shown.text, vehicle)


async def _creates_report(walk: Walk, button: Candidate) -> bool:
    """Open the dialog by a button, and try what may create the report in it."""
    before = await walk.scene.elements()
    opened = await _open_dialog(walk, before)
    if opened is None:
        return False
    elements, new = opened
    walk.step = "dialog"
    options = await walk.options("create_pdf", elements, new)
    options = [each for each in options if _is_meant(each, walk, new)]
    for number, option in enumerate(options):
        if number:
            # What was tried may have closed the dialog, or left the page.
            if not await _open_vehicle(walk):
                return False
            before = await walk.scene.elements()
            if await _open_dialog(walk, before) is None:
                return False
        walk.take(option)
        if not walk.plan.with_report or await _is_report(walk) or await _has_other_mark(walk):
            await _believe(walk, button, option)
            return True
        walk.reject(option, "no report of the vehicle came of it")
    return False


async def _is_made_at_once(walk: Walk, button: Candidate) -> bool:
    """Return True if the button creates the report itself, without a dialog."""
    is_meant = said("reports", button.element.looks) > 0
    if not (walk.plan.with_report and is_meant and await _open_vehicle(walk)):
        return False
    before = walk.site.create_pdf
    walk.scene.use(create_pdf=button.selector)
    if await _is_report(walk):
        await _believe(walk, button, button)
        return True
    walk.scene.use(create_pdf=before)
    return False


async def _believe(walk: Walk, button: Candidate, create: Candidate) -> None:
    """Keep what a report was seen to come of."""
    await walk.believe("bookout", "opens a vehicle from its row")
    await walk.believe("reports", button.shown)
    await walk.believe("create_pdf", create.shown)
    await walk.believe("report_mark", "part of the report's address")


async def _open_dialog(
    walk: Walk, before: list[Element]
) -> tuple[list[Element], set[Looks]] | None:
    url = walk.scene.page.url
    if not await walk.scene.open_by("reports"):
        return None
    if urlsplit(walk.scene.page.url).path != urlsplit(url).path and not walk.site.is_own(
        walk.scene.page.url
    ):
        return None
    after = await walk.scene.elements()
    new = set(appeared(after, before))
    if not new and await walk.scene.look_of("create_pdf") is None:
        return None
    return after, new


def _is_meant(option: Candidate, walk: Walk, new: set[Looks]) -> bool:
    """Return True for what the dialog has brought, and what was known before."""
    return option.element.looks in new or option.selector == walk.plan.site.create_pdf


async def _has_other_mark(walk: Walk) -> bool:
    """Return True if the report comes once its address, which was asked for, is known as such."""
    before = walk.site.report_mark
    unknown = [url for url in walk.asked if not walk.site.is_report(url)]
    for mark in dict.fromkeys(map(mark_of, unknown)):
        if not (mark and await _open_vehicle(walk)):
            continue
        if await _open_dialog(walk, await walk.scene.elements()) is None:
            continue
        walk.scene.use(report_mark=mark)
        if await _is_report(walk):
            return True
    walk.scene.use(report_mark=before)
    return False


async def _created(walk: Walk) -> Answer:
    """Create the report as a run does.

    Give up sooner while nothing is asked for at an address that is known for that.
    """
    vehicle, scene = walk.vehicle, walk.scene
    assert vehicle is not None
    walk.asked = asked = []
    site = scene.view(DIALOG, trial=_REPORT_S).site

    def note(request: Request) -> None:
        is_about = _ABOUT_REPORTS.search(urlsplit(request.url).path) is not None
        if site.is_report(request.url) or (is_about and site.is_own(request.url)):
            asked.append(request.url)

    scene.page.on("request", note)
    creating = asyncio.ensure_future(create_report(scene.page, vehicle, site))
    try:
        await asyncio.wait({creating}, timeout=_UNKNOWN_S)
        if not creating.done() and not any(map(site.is_report, asked)):
            raise ReportNotOpened("What was asked for is not known as a report")
        return await creating
    finally:
        scene.page.remove_listener("request", note)
        creating.cancel()
        await asyncio.wait({creating})


async def _is_report(walk: Walk) -> bool:
    """Return True if the report that is created is the vehicle's own."""
    vehicle, scene = walk.vehicle, walk.scene
    assert vehicle is not None
    await scene.hold("create_pdf")
    scene.log_click("create_pdf")
    try:
        answer = await _created(walk)
        rules, since = AcceptanceRules(), {"report": 0.0}
        await take_report(scene.page, answer, vehicle, scene.site, rules, since)
    except LoggedOut:
        raise
    except (SiteError, BookoutRejected, PlaywrightError) as error:
        scene.tell("rejected", str(error).splitlines()[0], "create_pdf", scene.site.create_pdf)
        return False
    walk.asked = []
    url = answer.request.url
    if url and scene.site.report_mark not in url and (mark := mark_of(url)):
        scene.use(report_mark=mark)
    return True


def mark_of(url: str) -> str:
    """Return the part of a report's address that those of all vehicles have; empty if none."""
    parts = [part for part in urlsplit(url).path.split("/") if part]
    named = [part for part in parts if not re.search(r"\d{3,}", part)]
    return named[-1] if named else ""
