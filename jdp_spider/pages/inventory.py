"""The inventory page: the CSV export and the links of all vehicles in the grid."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, TypeVar

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages import grid
from jdp_spider.pages.clicked_file import click_for_file
from jdp_spider.pages.errors import PageChanged, SiteError
from jdp_spider.pages.file_request import Wanted
from jdp_spider.pages.network import watch
from jdp_spider.pages.page import SitePage, collect_garbage
from jdp_spider.pages.settling import PAGE_TEXT
from jdp_spider.pages.trouble import body_of
from jdp_spider.pages.way_out import reveal
from jdp_spider.pdf.unpacking import unpacked_csv

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Page

    from jdp_spider.pages.link_collector import LinkCollector
    from jdp_spider.pages.rows import Row
    from jdp_spider.pages.site import Site

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_STEP_PAGES = 4
"""How many times a page's limit one step over the grid may take."""

MENUS = (("export_menu", "export_all_columns"), ("export_all_columns", "export_csv"))
"""The menus on the way to the export, and what each opens."""
MENU_OPENS_S = 5.0
"""How long hovering may take to open a menu before it is clicked instead."""

_PAGES_TO_JUDGE = 3
"""Pages of the grid without a known vehicle from which on the site may have changed."""
_SEARCHES_TO_JUDGE = 3
"""Vehicles that are searched for then, and are not found: now it surely has."""


_NO_ROW_FITS = (
    "none of what was found shows the reference number or the VIN of a vehicle of the exported "
    "inventory. Let the grid show the column with the stock number or the VIN, then run `scrapy "
    "doctor`: if it finds nothing wrong, start a new job"
)
_NO_ROW = (
    "nothing in the grid opens a vehicle. Look at the inventory by hand: if its rows have no "
    "Bookout button, let the grid show that column. If they have one, run `scrapy doctor --repair`"
)


class NoRowFits(PageChanged):
    """Raised when rows of the grid were read, and none is a vehicle of the inventory."""

    def __init__(self, rows: int, searches: int) -> None:
        SiteError.__init__(
            self,
            f"{rows} rows with a bookout link were read in the grid and {searches} vehicles "
            f"searched for: {_NO_ROW_FITS if rows else _NO_ROW}",
        )
        self.page, self.names = "Inventory", "bookout"


async def export_csv(page: Page, site: Site) -> bytes:
    """Remove a filter that is on, then export all columns of the whole inventory.

    Return the CSV as sent. Raise LoggedOut, ServerError, PageChanged or TooLarge.
    """
    inventory = SitePage(page, site, grid.INVENTORY)
    await open_inventory(inventory)
    # A narrow window folds the site's own menu.
    await reveal(inventory, MENUS[0][0])
    for item, below in MENUS:
        await open_export_menu(inventory, item, below)
    wanted = Wanted(site.is_login, site.is_own, site.most_export, "JDP_MOST_EXPORT_MB")
    exporting = click_for_file(inventory, "export_csv", wanted)
    answer, _ = await asyncio.gather(exporting, collect_garbage(page))
    body = body_of(answer, site, "the exported inventory")
    return await asyncio.to_thread(unpacked_csv, body, site.most_export)


async def open_export_menu(inventory: SitePage, item: str, below: str) -> None:
    """Open a menu by the mouse, as DevExpress has it, else by a click."""
    await inventory.hover(item)
    if not await inventory.appears(MENU_OPENS_S, below):
        await inventory.click(item, until=inventory.shows(below))


async def open_inventory(inventory: SitePage) -> None:
    """Wait for the grid and take off a filter. Raise LoggedOut, ServerError or PageChanged."""
    watch(inventory.page).check("the inventory")
    await grid.wait_for_grid(inventory)
    if await grid.clear_filter(inventory):
        logger.info("Removed a filter that was still on")


async def collect_links(
    page: Page, collector: LinkCollector, stopped: Callable[[], bool], site: Site
) -> bool:
    """Go through the grid from page one, then search for vehicles that no row was matched with.

    What the search does not find either stays in `collector.left`. Where the links are scripts
    there is nothing to turn pages for: each vehicle is searched for when its turn comes, and all
    but those that may be none are reported at once. `stopped` is asked between two pages.
    Return True when the scan is complete; else it was stopped, or another call on a fresh page of
    the browser resumes it. Raise LoggedOut, ServerError or PageChanged; another call resumes it
    then, too. NoRowFits is raised where rows are there and none is a vehicle.
    """
    inventory = SitePage(page, site, grid.INVENTORY)
    await _within_limit(inventory, open_inventory(inventory))
    if not collector.at_end and not await _turn_pages(inventory, collector, stopped):
        return False
    return await _search_missing(inventory, collector, stopped)


async def _turn_pages(
    inventory: SitePage, collector: LinkCollector, stopped: Callable[[], bool]
) -> bool:
    """Page forward from the current position. Return False when this must be resumed."""
    rows = await _enter(inventory, collector)
    turned: set[int] = set()
    loaded_again: set[int] = set()
    while collector.left and not stopped():
        number = collector.page_number_of(rows)
        is_known = bool(rows) and number in turned
        is_same = number == collector.number and number not in loaded_again
        if (is_known and not is_same) or number > collector.most_pages:
            # The pager goes in a circle; or the grid went back by itself: one more pass tells.
            collector.has_gap |= collector.gap_at != collector.progress
            break
        if is_known:
            # The grid may have loaded itself again between the click and its answer.
            loaded_again.add(number)
        turned.add(number)
        is_script = bool(rows) and all(row.is_script for row in rows)
        await _read(inventory, collector, number, rows)
        if (is_script or number >= _PAGES_TO_JUDGE) and not await _any_fits(inventory, collector):
            return False
        if is_script:
            collector.report_all()
            return True
        if len(turned) > collector.turns:
            return False
        if not collector.left or not await _within_limit(
            inventory, grid.next_page(inventory, number)
        ):
            break
        rows = await _within_limit(inventory, grid.rows(inventory))
    if not collector.left and not stopped():
        await _look_further(inventory, collector)
    return not stopped() and await _end(inventory, collector)


async def _look_further(inventory: SitePage, collector: LinkCollector) -> None:
    """Read one page more than was needed: its rows should be vehicles of the inventory, too."""
    turning = grid.next_page(inventory, collector.number, anywhere=False)
    # All that is needed was found: that this fails is no trouble.
    with contextlib.suppress(PageChanged, PlaywrightError):
        if await _within_limit(inventory, turning):
            rows = await _within_limit(inventory, grid.rows(inventory))
            number = collector.page_number_of(rows)
            if number > collector.number:
                await _read(inventory, collector, number, rows)


async def _read(
    inventory: SitePage, collector: LinkCollector, number: int, rows: list[Row]
) -> None:
    """Match the rows of a page, with their details where they are folded."""
    unclear = collector.add_page(number, rows)
    details = await _within_limit(inventory, grid.rows_in_detail(inventory, unclear))
    collector.add_details(details)
    collector.unseen.take_named(await _text(inventory))


async def _text(inventory: SitePage) -> str:
    """Return what the page shows: rows without a bookout link, too."""
    text: str = await _within_limit(inventory, inventory.evaluate(PAGE_TEXT))
    return text


async def _end(inventory: SitePage, collector: LinkCollector) -> bool:
    """Return whether all pages were seen. Raise NoRowFits."""
    if collector.left and collector.has_gap and collector.gap_at != collector.progress:
        collector.gap_at = collector.progress
        collector.begin_again()
        return False
    if collector.left and not await _any_fits(inventory, collector):
        return False
    collector.at_end = True
    logger.info("Pages of the inventory read: %d", collector.number)
    return True


async def _any_fits(inventory: SitePage, collector: LinkCollector) -> bool:
    """Return whether rows fit vehicles; False when a search has shown it: the scan is resumed.

    Raise NoRowFits when none does, and searches for a few vehicles find none either: searching
    for all the others would take hours, and find none.
    """
    if collector.fits:
        return True
    tried = list(collector.left.values())[:_SEARCHES_TO_JUDGE]
    if not collector.rows_read and len(collector.left) <= len(tried):
        # There is nothing that could fit, and the search for all that is left takes no longer.
        return True
    for vehicle in tried:
        row = await _within_limit(inventory, grid.find(inventory, vehicle))
        if row is not None:
            collector.found_by_search(vehicle, row)
            collector.begin_again()
            return False
    read = collector.rows_read
    collector.forget()
    raise NoRowFits(read, len(tried))


async def _enter(inventory: SitePage, collector: LinkCollector) -> list[Row]:
    """Return the rows to begin with: of page one, or of the page that the session is still on."""
    if collector.number:
        rows = await _within_limit(inventory, grid.rows(inventory))
        number = collector.page_number_of(rows)
        if number >= collector.number:
            # The answer to a turn may have been lost: then a page may have been passed over.
            collector.has_gap |= number > collector.number
            return rows
        # The site does not remember the page: a fresh one costs all turns again.
        collector.turns = collector.most_pages
    await _within_limit(inventory, grid.first_page(inventory))
    return await _within_limit(inventory, grid.rows(inventory))


async def _within_limit(inventory: SitePage, step: Awaitable[_T]) -> _T:
    """Await one step of the collector, bounded: a page that hangs answers no question at all."""
    try:
        return await asyncio.wait_for(step, _STEP_PAGES * inventory.site.page_timeout)
    except asyncio.TimeoutError:
        raise inventory.changed("bookout", purpose="the page does not answer") from None


async def _search_missing(
    inventory: SitePage, collector: LinkCollector, stopped: Callable[[], bool]
) -> bool:
    for vehicle in list(collector.left.values()):
        if stopped():
            return False
        if vehicle.key in collector.searched:
            continue
        others = collector.others_than(vehicle)
        row = await _within_limit(inventory, grid.find(inventory, vehicle, others))
        collector.searched.add(vehicle.key)
        if row is not None:
            collector.found_by_search(vehicle, row)
    if collector.left and collector.is_sure:
        # Nothing depends on it in this run.
        with contextlib.suppress(SiteError):
            await _look_again(inventory, collector, stopped)
    await _within_limit(inventory, grid.clear_filter(inventory))
    return True


async def _look_again(
    inventory: SitePage, collector: LinkCollector, stopped: Callable[[], bool]
) -> None:
    """Note what certainly has no link: a search that is known to work lists only others' rows."""
    if collector.known is None:
        return
    vehicle, row_id = collector.known
    found = await _within_limit(inventory, grid.find(inventory, vehicle))
    if found is None or found.id != row_id:
        return
    for vehicle in collector.left.values():
        if stopped():
            return
        listed = await _within_limit(inventory, grid.listed(inventory, vehicle))
        if listed <= collector.taken | collector.matched:
            collector.without_link.add(vehicle.key)
