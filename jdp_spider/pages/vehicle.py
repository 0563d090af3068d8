"""All work for one vehicle: open its page, request its report once, read the answer."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import weakref
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from jdp_spider.inventory import normalise
from jdp_spider.pages import grid
from jdp_spider.pages.bookout import no_report_in_time, report_wanted, take_report
from jdp_spider.pages.click import note_there
from jdp_spider.pages.clicked_file import choose_report, click_for_file, open_here
from jdp_spider.pages.devtools import prepare_transfer
from jdp_spider.pages.errors import (
    BadAddress,
    NoBookoutLink,
    PageChanged,
    ReportNotOpened,
    ReportTimeout,
    ServerError,
    WrongVehicle,
)
from jdp_spider.pages.naming import VehicleNames
from jdp_spider.pages.navigation import follow
from jdp_spider.pages.network import watch
from jdp_spider.pages.notices import ReportMailed
from jdp_spider.pages.page import SitePage
from jdp_spider.pages.settling import PAGE_TEXT, Opened, Settling, wait_for_values
from jdp_spider.pages.view import SHORT_TEXT

if TYPE_CHECKING:
    from playwright.async_api import Page, ViewportSize

    from jdp_spider.inventory import Vehicle
    from jdp_spider.pages.acceptance import AcceptanceRules
    from jdp_spider.pages.bookout import BookoutReport
    from jdp_spider.pages.click import ClickTarget
    from jdp_spider.pages.file_request import Answer
    from jdp_spider.pages.site import Site

logger = logging.getLogger(__name__)

VEHICLE = "Vehicle"
DIALOG = "Reports dialog"
VIEWPORT: ViewportSize = {"width": 1280, "height": 500}
"""Of a vehicle's page, until something is not shown: a lower one has less to paint."""
_TURN_PAGES = 2
"""How many page limits a vehicle may search before others have their turn."""

_VIN = re.compile(r"\b(?=[A-Z]*[0-9])[A-HJ-NPR-Z0-9]{17}\b")
_LABELLED = re.compile(rf"\bVIN(?: ?(?:NUMBER|NO\b|#))?[\s:.#-]{{0,8}}({_VIN.pattern})")


_GONE = re.compile(
    r"\b(?:vehicle|unit|car|stock|record|item)\b[^.!?]{0,80}?\b"
    r"(?:(?:not|n't|cannot) be found|not found|no longer|(?:not|n't) exist"
    r"|(?:been|was) (?:sold|deleted|removed|archived))\b"
    r"|\bno such (?:vehicle|unit|car|stock|record|item)\b",
    re.IGNORECASE,
)

_turns: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
    weakref.WeakKeyDictionary()
)
"""The turn for searches, by the loop that the pages run in: on Windows not the crawl's."""


class _VehiclePage(SitePage):
    """A vehicle's page, which may say that the site does not have the vehicle any more."""

    async def raise_reason(self) -> None:
        await super().raise_reason()
        if self.name != VEHICLE or await self.is_visible("reports"):
            return
        text = " ".join(str(await self.evaluate(SHORT_TEXT)).split())
        if _GONE.search(text):
            raise NoBookoutLink("The site does not have the vehicle").saying(text)


async def bookout_report(
    page: Page,
    vehicle: Vehicle,
    site: Site,
    *,
    by_search: bool,
    search_at: str | None = None,
    rules: AcceptanceRules,
) -> BookoutReport:
    """Take the vehicle's report from `page`, which was sent to its address or to the inventory.

    `search_at` is the inventory's address when the vehicle may be searched for, should the
    address of an earlier walk not lead to it any more.
    Raise any SiteError, or BookoutRejected when what came is not this vehicle's report.
    """
    started = time.perf_counter()
    vehicle_page = _VehiclePage(page, site, VEHICLE)
    if by_search:
        found = await _open_by_search(vehicle_page, vehicle, rules)
    elif search_at is None:
        watch(page).check(f"vehicle {vehicle.label}")
        found = await check_page(vehicle_page, vehicle, rules)
    else:
        found = await _open_by_old_address(vehicle_page, vehicle, search_at, rules)
    # Not before: others may wait for their turn to search.
    ready = await check_values(vehicle_page, found, vehicle, rules)
    opened = time.perf_counter()
    prepare_transfer(page)
    target = await open_dialog(vehicle_page, ready.button)
    clicked = time.perf_counter()
    answer = await create_report(page, vehicle, site, target, rules.names)
    timings = {
        "page": opened - started,
        "dialog": clicked - opened,
        "report": time.perf_counter() - clicked,
    }
    return await take_report(page, answer, vehicle, site, rules, timings)


async def open_dialog(page: SitePage, button: ClickTarget | None = None) -> ClickTarget | None:
    """Open the reports dialog, if there is one. Return where the PDF is created, if known."""
    if not page.site.has_dialog:
        return button
    # It may be a page of its own, in a new tab.
    await asyncio.gather(open_here(page), note_there(page, "create_pdf"))
    create = await page.click("reports", target=button, until=page.offers("create_pdf"))
    return create if isinstance(create, dict) else None  # type: ignore[return-value]


async def _open_by_search(page: SitePage, vehicle: Vehicle, rules: AcceptanceRules) -> Opened:
    watch(page.page).check(f"the inventory, for vehicle {vehicle.label}")
    inventory = replace(page, name=grid.INVENTORY)
    # The session keeps one filter and one selected vehicle for all contexts (site fact F12): from
    # the search until the page shows the vehicle, only one may be at it.
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        # Bounded: a page that hangs must not keep the others from their turns.
        try:
            searching = _search(inventory, page, vehicle, rules)
            return await asyncio.wait_for(searching, _TURN_PAGES * page.site.page_timeout)
        except asyncio.TimeoutError:
            purpose = f"the search for vehicle {vehicle.label} took too long"
            raise inventory.changed("search", purpose=purpose) from None


async def _search(
    inventory: SitePage, page: SitePage, vehicle: Vehicle, rules: AcceptanceRules
) -> Opened:
    await grid.wait_for_grid(inventory)
    row = await grid.find(inventory, vehicle)
    if row is None:
        raise NoBookoutLink(f"No row of the inventory is vehicle {vehicle.label}")
    await grid.open_row(inventory, row)
    return await check_page(page, vehicle, rules)


async def _open_by_old_address(
    page: SitePage, vehicle: Vehicle, search_at: str, rules: AcceptanceRules
) -> Opened:
    try:
        watch(page.page).check(f"vehicle {vehicle.label}")
        return await check_page(page, vehicle, rules)
    except (ServerError, WrongVehicle, PageChanged, NoBookoutLink) as error:
        if isinstance(error, ServerError) and error.status >= 500:
            raise
        logger.info("The old link of vehicle %s is no longer valid: searching", vehicle.label)
        await follow(page.page, page.site, search_at)
        try:
            return await _open_by_search(page, vehicle, rules)
        except NoBookoutLink:
            if isinstance(error, (WrongVehicle, NoBookoutLink)) and error.said:
                # That says more than that no row is like the vehicle.
                raise error from None
            raise


async def check_page(page: SitePage, vehicle: Vehicle, rules: AcceptanceRules) -> Opened:
    """Wait for the vehicle's page. Return it with what opens the reports dialog.

    The page may name its vehicle later than it shows its buttons, or at first the one that was
    open before. Raise WrongVehicle when it names another, or none, and stays so.
    """
    settling = Settling(page)
    while True:
        # Both at the same moment: what is clicked belongs to the vehicle that is named.
        target, text = await page.locate("reports", PAGE_TEXT)
        if _is_named(text, vehicle, rules):
            return Opened(target, text)
        # Some pages always wait for an answer: one that names another is not worth a page's limit.
        if not await settling.goes_on(text, is_slow=not _shows_other_vin(text, vehicle)):
            raise _wrong_vehicle(text, vehicle)


async def check_values(
    page: SitePage, found: Opened, vehicle: Vehicle, rules: AcceptanceRules
) -> Opened:
    """Wait for the values of a vehicle's page. Return it as it is then. Raise WrongVehicle."""
    ready = await wait_for_values(page, found)
    if ready is not found and not _is_named(ready.text, vehicle, rules):
        raise _wrong_vehicle(ready.text, vehicle)
    return ready


def _wrong_vehicle(text: str, vehicle: Vehicle) -> WrongVehicle:
    """Return the error for a page that does not name the vehicle, or names it with another VIN."""
    vins = _shown_vins(text)
    is_other = len(vins) == 1 and vehicle.vin and vehicle.vin not in vins
    if not is_other or not _names_reference(text, vehicle):
        return WrongVehicle(f"The page opened for vehicle {vehicle.label} does not name it", text)
    (vin,) = vins
    return WrongVehicle(
        f"The page opened for vehicle {vehicle.label} names VIN {vin}, and the inventory has "
        f"{vehicle.vin}: if the site is right, start a new job",
        text,
    ).saying(f"{vehicle.reference}, VIN {vin}")


def _is_named(text: str, vehicle: Vehicle, rules: AcceptanceRules) -> bool:
    # Where a report without text is accepted, nothing else tells whose it is.
    lists_others = not rules.accept_unverified
    return names_vehicle(text, vehicle, vin_tells=rules.vin_tells, lists_others=lists_others)


def names_vehicle(
    text: str, vehicle: Vehicle, *, vin_tells: bool = False, lists_others: bool = False
) -> bool:
    """Return whether a text names the vehicle's whole reference and, if it has VINs, its VIN.

    Where the VIN tells, one that stands alone is enough; with `lists_others` also the first of
    several, if that alone has a label: comparable vehicles may be listed below. After a NUL comes
    what nobody sees: it may name the vehicle, but not another one, as the state that pages keep
    there has pieces that look like VINs.
    """
    seen, _, hidden = text.partition("\0")
    vins = _VIN.findall(seen.upper())
    shown, unseen = set(vins), set(_VIN.findall(hidden.upper()))
    is_first = lists_others and vins[:1] == [vehicle.vin] == _labelled_vins(seen)
    if vin_tells and (is_first or (shown or unseen) == {vehicle.vin}):
        return True
    if not _names_reference(text, vehicle):
        return False
    return not vehicle.vin or not shown or vehicle.vin in shown | unseen


def _names_reference(text: str, vehicle: Vehicle) -> bool:
    reference = re.escape(normalise(vehicle.reference))
    return bool(re.search(rf"(?<![A-Za-z0-9]){reference}(?![A-Za-z0-9])", normalise(text)))


def _labelled_vins(text: str) -> list[str]:
    return sorted(set(_LABELLED.findall(text.upper())))


def _shown_vins(text: str) -> set[str]:
    return set(_VIN.findall(text.partition("\0")[0].upper()))


def _shows_other_vin(text: str, vehicle: Vehicle) -> bool:
    vins = _shown_vins(text)
    return bool(vins) and vehicle.vin not in vins


async def create_report(
    page: Page,
    vehicle: Vehicle,
    site: Site,
    target: ClickTarget | None = None,
    names: VehicleNames | None = None,
) -> Answer:
    """Create the PDF in the dialog. Return the site's answer, however it opens.

    `target` is where that can be clicked, if this is known. By their `names`, what belongs to other
    vehicles is not clicked.

    Raise PageChanged when the dialog does not come up, ReportNotOpened; that also where what was
    opened is no web address, or a step down from https to http; ReportMailed, ReportTimeout,
    TooLarge, or what the request fails with.
    """

    def is_expected(url: str) -> bool:
        return site.is_report(url) or site.is_login(url)

    dialog, wanted = SitePage(page, site, DIALOG), report_wanted(site, is_expected, clicks=True)
    if chosen := await choose_report(dialog, "create_pdf", corrects=True):
        logger.info("%s: another report was chosen there; now '%s' is", DIALOG, chosen)
    try:
        choose = partial((names or VehicleNames()).choose, vehicle=vehicle)
        return await click_for_file(dialog, "create_pdf", wanted, target, choose)
    except BadAddress:
        message = f"'Create PDF' led to no web address for vehicle {vehicle.label}"
        raise ReportNotOpened(message) from None
    except (ReportNotOpened, ReportMailed) as error:
        message = f"'Create PDF' opened no report for vehicle {vehicle.label}"
        raise type(error)(message).saying(error.said) from None
    except ReportTimeout as late:
        raise no_report_in_time(vehicle, site).saying(late.said) from None
