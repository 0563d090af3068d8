"""The inventory page: the CSV export and the links of all vehicles in the grid."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from jdp_spider.pages import grid
from jdp_spider.pages.clicked_file import click_for_file
from jdp_spider.pages.errors import NoRowFits
from jdp_spider.pages.network import watch
from jdp_spider.pages.page import SitePage, collect_garbage
from jdp_spider.pages.rows import UnmatchedVehicles
from jdp_spider.pages.transfer import Wanted, body_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container, Sequence

    from playwright.async_api import Page

    from jdp_spider.inventory import Vehicle
    from jdp_spider.pages.rows import Row
    from jdp_spider.pages.site import Site

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_STEP_PAGES = 4
"""How many times a page's limit one step over the grid may take."""

_MENU_OPENS_S = 3.0
"""How long hovering may take to open a menu before it is clicked instead."""

_PAGES_TO_JUDGE = 3
"""Pages of the grid without a known vehicle from which on the site may have changed."""
_SEARCHES_TO_JUDGE = 3
"""Vehicles that are searched for then, and are not found: now it surely has."""

_TURNS = 25
"""Pages of the grid that one page of the browser turns before a fresh one goes on: it grows."""


class Link(NamedTuple):
    """How a vehicle is opened: by the address of its page; None: by searching for it."""

    vehicle: Vehicle
    url: str | None
    vehicle_id: str = ""
    """The site's own number of the vehicle; empty when it is not known."""


async def export_csv(page: Page, site: Site) -> bytes:
    """Take off a filter that is on, then export all columns of the whole inventory.

    Returns the CSV as sent. Raises LoggedOut, ServerError, PageChanged or TooLarge.
    """
    inventory = SitePage(page, site, grid.INVENTORY)
    await open_inventory(inventory)
    await _open_menu(inventory, "export_menu", "export_all_columns")
    await _open_menu(inventory, "export_all_columns", "export_csv")
    wanted = Wanted(site.is_login, site.is_own, site.most_export, "JDP_MOST_EXPORT_MB")
    exporting = click_for_file(inventory, "export_csv", wanted)
    answer, _ = await asyncio.gather(exporting, collect_garbage(page))
    return body_of(answer, site, "the exported inventory")


async def _open_menu(inventory: SitePage, item: str, below: str) -> None:
    """Open a menu by the mouse, as DevExpress has it, else by a click."""
    await inventory.hover(item)
    if not await inventory.appears(_MENU_OPENS_S, below):
        await inventory.click(item, until=inventory.shows(below))


async def open_inventory(inventory: SitePage) -> None:
    """Wait for the grid and take off a filter. Raises LoggedOut, ServerError or PageChanged."""
    watch(inventory.page).check("the inventory")
    await grid.wait_for_grid(inventory)
    if await grid.clear_filter(inventory):
        logger.info("Took off a filter that was still on")


class LinkCollector:
    """What was seen in the grid and what is left to find, for a scan that may be resumed.

    `vehicles` is the whole inventory, or a row could be taken for the wrong one; reported are
    those whose keys are in `pending`, each by a call of `found` once it is matched with a row.
    """

    def __init__(
        self,
        vehicles: Sequence[Vehicle],
        pending: Container[str],
        found: Callable[[Link], None],
    ) -> None:
        self._untied = UnmatchedVehicles(vehicles)
        self._found = found
        self.left = {vehicle.key: vehicle for vehicle in vehicles if vehicle.key in pending}
        self.most_pages = len(vehicles) + 1
        """No grid has fewer than one vehicle a page."""
        self.number = 0
        """The grid's page that was looked at last; 0 before the first."""
        self.has_gap = False
        """Whether a page may have been passed over."""
        self.turns = _TURNS
        """How many pages are turned before the browser's page is renewed."""
        self.at_end = False
        """Whether the last page was reached: what is left is searched for."""
        self.searched: set[str] = set()
        self.taken: set[str] = set()
        """Rows that a search has matched."""
        self._matched: set[str] = set()
        """Rows that were matched when their page was read."""
        self._page_of: dict[str, int] = {}

    @property
    def rows_read(self) -> int:
        """Return the number of rows that were seen."""
        return len(self._page_of)

    @property
    def fits(self) -> bool:
        """Return whether any row was matched with a vehicle, be it pending or not."""
        return bool(self._matched or self.taken)

    def others_than(self, vehicle: Vehicle) -> set[str]:
        """Return the rows that a search for this vehicle leaves out.

        What may be no vehicle at all is one only if it has a row of its own.
        """
        return self.taken if vehicle.certain else self.taken | self._matched

    @property
    def progress(self) -> int:
        """Return a number that grows with what is found out: a failure after that is a new one."""
        return len(self._page_of) + len(self.searched)

    def page_number_of(self, rows: list[Row]) -> int:
        """Return the number of the page with these rows: that of a new one is the next."""
        known = (self._page_of[row.id] for row in rows if row.id in self._page_of)
        return next(known, self.number + 1)

    def add_page(self, number: int, rows: list[Row]) -> list[Row]:
        """Match the rows of this page that were not seen before; return those that fit nothing."""
        self.number = number
        new = [row for row in rows if row.id not in self._page_of]
        self._page_of.update((row.id, number) for row in new)
        return [row for row in new if not self._match(row)]

    def add_details(self, rows: list[Row]) -> None:
        """Match rows again, now with their details."""
        for row in rows:
            self._match(row)

    def _match(self, row: Row) -> bool:
        vehicle = self._untied.take(row)
        if vehicle is None:
            return False
        self._matched.add(row.id)
        self.report(vehicle, row)
        return True

    def found_by_search(self, vehicle: Vehicle, row: Row) -> None:
        """Report what a search has matched."""
        self.taken.add(row.id)
        self.report(vehicle, row)

    def report_all(self) -> None:
        """Leave all vehicles to a search, each when its turn comes.

        What may be no vehicle is searched for by this scan, which tells.
        """
        logger.info("The bookout links are scripts: each vehicle is searched for")
        for vehicle in list(self.left.values()):
            if vehicle.certain:
                self.report(vehicle, None)

    def forget(self) -> None:
        """Forget all rows, none of which fits: another look counts anew."""
        self.begin_again()
        self._page_of.clear()
        self.searched.clear()

    def begin_again(self) -> None:
        """Continue at page one, and this time without a break."""
        self.number, self.has_gap = 0, False
        self.turns = self.most_pages

    def report(self, vehicle: Vehicle, row: Row | None) -> None:
        """Hand over a vehicle's link, once. Without a row it must be searched for."""
        if self.left.pop(vehicle.key, None) is not None:
            known = (row.url, row.vehicle_id) if row else (None, "")
            self._found(Link(vehicle, *known))


async def collect_links(
    page: Page, collector: LinkCollector, stopped: Callable[[], bool], site: Site
) -> bool:
    """Turn the grid's pages from page one, then search for what no row was matched with.

    What the search does not find either stays in `collector.left`. Where the links are scripts
    there is nothing to turn pages for: each vehicle is searched for when its turn comes, and all
    but those that may be none are reported at once. `stopped` is asked between two pages.
    Returns True when the scan is complete; else it was stopped, or another call on a fresh page of
    the browser resumes it. Raises LoggedOut, ServerError or PageChanged; another call resumes it
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
    while collector.left and not stopped():
        number = collector.page_number_of(rows)
        if (rows and number in turned) or number > collector.most_pages:
            # The pager goes in a circle.
            break
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
    return not stopped() and await _end(inventory, collector)


async def _read(
    inventory: SitePage, collector: LinkCollector, number: int, rows: list[Row]
) -> None:
    """Match the rows of a page, with their details where they are folded."""
    unclear = collector.add_page(number, rows)
    details = await _within_limit(inventory, grid.rows_in_detail(inventory, unclear))
    collector.add_details(details)


async def _end(inventory: SitePage, collector: LinkCollector) -> bool:
    """Return whether all pages were seen. Raises NoRowFits."""
    if collector.left and collector.has_gap:
        collector.begin_again()
        return False
    if collector.left and not await _any_fits(inventory, collector):
        return False
    collector.at_end = True
    logger.info("Pages of the inventory walked: %d", collector.number)
    return True


async def _any_fits(inventory: SitePage, collector: LinkCollector) -> bool:
    """Return whether rows fit vehicles; False when a search has shown it: the scan is resumed.

    Raises NoRowFits when none does, and searches for a few vehicles find none either: searching
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
    await _within_limit(inventory, grid.clear_filter(inventory))
    return True
