"""The inventory page: the CSV export and the walk over the grid."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.pages import grid, site
from jdp_spider.pages.common import Limits, check_status, wait_for
from jdp_spider.pages.errors import PageChanged

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container, Sequence

    from playwright.async_api import Page

    from jdp_spider.vehicles import Vehicle

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_STEP_PAGES = 4
"""How many times a page's limit one step of the walk may take."""

_MENU_OPENS_MS = 3000.0
"""How long hovering may take to open a menu before it is clicked instead."""


class Link(NamedTuple):
    """How a vehicle is opened: by the address of its page; None: by searching for it."""

    vehicle: Vehicle
    url: str | None


async def export_csv(page: Page, limits: Limits) -> bytes:
    """Take off a filter that is on, then export all columns of the whole inventory.

    Returns the CSV as sent. Raises LoggedOut, ServerError or PageChanged.
    """
    await _open(page, limits)
    await _open_menu(page, site.EXPORT_MENU, site.EXPORT_ALL_COLUMNS, limits)
    await _open_menu(page, site.EXPORT_ALL_COLUMNS, site.EXPORT_CSV, limits)
    try:
        async with page.expect_download(timeout=limits.report_ms) as starting:
            await page.click(site.EXPORT_CSV, no_wait_after=True, timeout=limits.page_ms)
        download = await starting.value
        data = Path(await download.path()).read_bytes()
        await download.delete()
    except PlaywrightTimeout:
        raise PageChanged("Inventory", site.EXPORT_CSV, "to download the CSV") from None
    return data


async def _open_menu(page: Page, item: str, below: str, limits: Limits) -> None:
    """Open a menu by the mouse, as DevExpress has it, else by a click."""
    await wait_for(
        page, item, where="Inventory", purpose="the export menu", timeout_ms=limits.page_ms
    )
    await page.hover(item, timeout=limits.page_ms)
    opened = page.locator(below).filter(visible=True).first
    try:
        await opened.wait_for(state="visible", timeout=_MENU_OPENS_MS)
    except PlaywrightTimeout:
        await page.click(item, no_wait_after=True, timeout=limits.page_ms)
        await wait_for(
            page, below, where="Inventory", purpose="below it in the menu",
            timeout_ms=limits.page_ms,
        )  # fmt: skip


async def _open(page: Page, limits: Limits) -> None:
    await check_status(page, "the inventory")
    await grid.wait_for_grid(page, limits)
    if await grid.clear_filter(page, limits):
        logger.info("Took off a filter that was still on")


async def walk(
    page: Page,
    vehicles: Sequence[Vehicle],
    pending: Container[str],
    found: Callable[[Link], None],
    stopped: Callable[[], bool],
    limits: Limits,
) -> bool:
    """Walk the grid once from page one and call `found` for each vehicle as soon as it is tied.

    `vehicles` is the whole inventory, or a row could be taken for the wrong one; reported are
    those whose keys are in `pending`. What no row was tied to is looked up by a search at the
    end; what that does not find either is not reported. Where the links are scripts there is
    nothing to walk for: each vehicle is searched for when its turn comes, and all are reported at
    once. `stopped` is asked between two pages; False says that it has ended the walk. Raises
    LoggedOut, ServerError or PageChanged.
    """
    walking = _Walk(vehicles, pending, found)
    await _open(page, limits)
    await grid.first_page(page, limits)
    number = 1
    while walking.left and not stopped():
        rows = await _within(limits, grid.rows(page))
        if rows and all(row.url is None for row in rows):
            logger.info("The bookout links are scripts: each vehicle is searched for")
            for vehicle in list(walking.left.values()):
                found(Link(vehicle, None))
            return True
        circle = bool(rows) and not walking.take(rows)
        if circle or number > walking.most_pages or not walking.left:
            break
        if not await _within(limits, grid.next_page(page, number, limits)):
            break
        number += 1
    if stopped():
        return False
    logger.info("Pages of the inventory walked: %d", number)
    return await _search_missing(page, walking, stopped, limits)


async def _within(limits: Limits, step: Awaitable[_T]) -> _T:
    """Await one step of the walk, bounded: a page that hangs answers no question at all."""
    try:
        return await asyncio.wait_for(step, _STEP_PAGES * limits.page)
    except asyncio.TimeoutError:
        raise PageChanged("Inventory", site.BOOKOUT, "the page does not answer") from None


class _Walk:
    """What a walk has seen and what is left to find."""

    def __init__(
        self,
        vehicles: Sequence[Vehicle],
        pending: Container[str],
        found: Callable[[Link], None],
    ) -> None:
        self._untied = grid.Untied(vehicles)
        self._found = found
        self.left = {vehicle.key: vehicle for vehicle in vehicles if vehicle.key in pending}
        self.seen: set[str] = set()
        self.most_pages = len(vehicles) + 1
        """No grid has fewer than one vehicle a page."""

    def take(self, rows: list[grid.Row]) -> bool:
        """Tie the rows; False when all of them were seen before: the pager goes in a circle."""
        new = [row for row in rows if row.id not in self.seen]
        for row in new:
            self.seen.add(row.id)
            vehicle = self._untied.take(row)
            if vehicle is not None:
                self.report(vehicle, row)
        return bool(new)

    def report(self, vehicle: Vehicle, row: grid.Row) -> None:
        if self.left.pop(vehicle.key, None) is not None:
            self._found(Link(vehicle, row.url))


async def _search_missing(
    page: Page, walking: _Walk, stopped: Callable[[], bool], limits: Limits
) -> bool:
    taken: set[str] = set()
    for vehicle in list(walking.left.values()):
        if stopped():
            return False
        row = await _within(limits, grid.find(page, vehicle, limits, taken))
        if row is not None:
            taken.add(row.id)
            walking.report(vehicle, row)
    await _within(limits, grid.clear_filter(page, limits))
    return True
