"""The inventory grid: its rows, its pager and its search, whatever script drives them.

How rows, columns and pager look on the real site is unknown (site fact F10): rows are found around
the bookout links, and a page is new when the rows that were marked before are gone.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jdp_spider.inventory import normalise
from jdp_spider.pages.errors import NoBookoutLink, PageChanged
from jdp_spider.pages.origin import own_address
from jdp_spider.pages.page import collect_garbage
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from jdp_spider.inventory import Vehicle
    from jdp_spider.pages.page import SitePage

INVENTORY = "Inventory"
"""The name of the page that has the grid."""

_ROWS = load_js("pages/js/rows.js")
_MARK = load_js("pages/js/mark_rows.js")
_RENEWED = load_js("pages/js/rows_renewed.js")
_OPEN_BY_SCRIPT = load_js("pages/js/open_by_script.js")
_APPLY_SEARCH = load_js("pages/js/apply_search.js")
_MARK_PAGER_LINK = load_js("pages/js/mark_pager_link.js")
_GO = "() => document.querySelector('[data-jdp-go]').click()"
_CLEAR = "selector => document.querySelector(selector).click()"
_OPEN = "id => document.getElementById(id).click()"

_FIRST = {"words": ["1", "first", "first page", "<<"], "calls": ["'PN0'", "'PBF'"], "strict": True}
_PREVIOUS = {
    "words": ["prev", "previous", "previous page", "<"],
    "calls": ["'PBP'"],
    "strict": True,
}
_NEXT = {
    "words": ["next", "next page", "next >", "next \u00bb", ">", "\u203a", "\u00bb"],
    "calls": ["'PBN'"],
    "strict": False,
}

_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")


@dataclass(frozen=True)
class Row:
    """One row of the grid that has a bookout link."""

    id: str
    url: str | None
    """The address of the vehicle's page; None where the link is no address of the site."""
    cells: tuple[str, ...]
    is_script: bool = False
    """Whether the link has no address at all: a script opens the vehicle."""

    @property
    def vehicle_id(self) -> str:
        """Return the site's number of the vehicle, after `bookOutButton_` (site fact F9)."""
        found = re.search(r"_([0-9]{1,20})$", self.id)
        return found[1] if found else ""

    def is_vehicle(self, vehicle: Vehicle) -> bool:
        """Return whether cells *equal* this vehicle's reference and, if a VIN is shown, its VIN."""
        if normalise(vehicle.reference) not in self.cells:
            return False
        shown = {cell.upper() for cell in self.cells if _VIN.fullmatch(cell.upper())}
        return not vehicle.vin or not shown or vehicle.vin in shown


async def rows(page: SitePage) -> list[Row]:
    """Return the rows of the grid's page that is shown now."""
    found = await page.evaluate(_ROWS, page.site.bookout)
    return [
        Row(
            id=row["id"],
            url=None if _is_script(row["href"]) else own_address(page.site.base_url, row["url"]),
            cells=tuple(normalise(cell) for cell in row["cells"]),
            is_script=_is_script(row["href"]),
        )
        for row in found
    ]


def _is_script(href: str) -> bool:
    return not href.strip() or href.lstrip().lower().startswith(("#", "javascript:"))


async def wait_for_grid(page: SitePage) -> None:
    """Wait until the grid is on the page. Raises LoggedOut or PageChanged."""
    await page.wait_for("filter_off", "filter_on", "bookout")


async def clear_filter(page: SitePage) -> bool:
    """Take off a filter that the session still has on. Return whether there was one."""
    if not await page.is_visible("filter_on"):
        return False
    before = await _mark(page)
    await page.act(_CLEAR, page.site.filter_on)
    await _wait_renewed(page, before, "the grid without its filter")
    return True


async def search(page: SitePage, reference: str) -> None:
    """Let the grid list what contains `reference`, a substring search (site fact F5)."""
    await page.wait_for("search")
    before = await _mark(page)
    await page.fill("search", normalise(reference))
    if not await page.act(_APPLY_SEARCH, page.site.selectors("search_function", "search_field")):
        raise page.changed("search_function")
    await _wait_renewed(page, before, "the result of a search")


async def first_page(page: SitePage) -> None:
    """Go to the grid's page one: the session may be on any other."""
    try:
        if await _turn(page, _FIRST):
            return
    except PageChanged:
        # Some pagers have the page that is shown as a link, too: nothing moved.
        return
    seen: set[str] = set()
    while True:
        ids = ",".join(row.id for row in await rows(page))
        if ids in seen or not await _turn(page, _PREVIOUS):
            return
        seen.add(ids)


async def next_page(page: SitePage, number: int, *, anywhere: bool = True) -> bool:
    """Go from page `number` (counted from 1) to the next. Return False when there is none.

    `anywhere` looks for a link outside of what is called a pager, too.
    """
    by_number = {"words": [str(number + 1)], "calls": [f"'PN{number}'"], "strict": True}
    for wanted in ({**_NEXT, "strict": True}, by_number, *([_NEXT] if anywhere else [])):
        if await _turn(page, wanted):
            return True
    return False


async def _turn(page: SitePage, wanted: dict[str, object]) -> bool:
    if not await page.page.evaluate(_MARK_PAGER_LINK, [page.site.bookout, wanted]):
        return False
    before = await _mark(page)
    await page.act(_GO)
    renewed = _wait_renewed(page, before, "another page of the grid")
    await asyncio.gather(renewed, collect_garbage(page.page))
    return True


async def _mark(page: SitePage) -> str:
    return str(await page.evaluate(_MARK, [page.site.bookout, page.site.filter_bar]))


async def _wait_renewed(page: SitePage, before: str, purpose: str) -> None:
    looked_at = [page.site.bookout, page.site.filter_bar, before]
    names = ("bookout", "filter_on", "filter_off")
    await page.poll(_RENEWED, looked_at, *names, purpose=purpose)


async def find(page: SitePage, vehicle: Vehicle, taken: Container[str] = ()) -> Row | None:
    """Search for the vehicle and return the row that *equals* it, or None.

    Of several such rows the one at the place that the vehicle has among its copies; rows whose id
    is in `taken` are other vehicles.
    """
    await search(page, vehicle.reference)
    fitting: list[Row] = []
    seen: set[str] = set()
    number = 1
    while True:
        new = [row for row in await rows(page) if row.id not in seen]
        seen.update(row.id for row in new)
        fitting += [row for row in new if row.id not in taken and row.is_vehicle(vehicle)]
        if len(fitting) >= vehicle.occurrence or not new:
            break
        if not await next_page(page, number, anywhere=False):
            break
        number += 1
    return fitting[min(vehicle.occurrence, len(fitting)) - 1] if fitting else None


async def open_row(page: SitePage, row: Row) -> None:
    """Follow the row's bookout link, be it an address of the site or a script.

    Raises NoBookoutLink when it leads elsewhere and no script takes the click.
    """
    if row.url is not None or row.is_script:
        await page.act(_OPEN, row.id)
    elif not await page.act(_OPEN_BY_SCRIPT, row.id):
        raise NoBookoutLink("The bookout link does not lead to a page of the site")


class UnmatchedVehicles:
    """The vehicles of the inventory that no row of the grid was matched with yet."""

    def __init__(self, vehicles: Iterable[Vehicle]) -> None:
        self._by_reference: dict[str, list[Vehicle]] = {}
        for vehicle in vehicles:
            self._by_reference.setdefault(normalise(vehicle.reference), []).append(vehicle)

    def __iter__(self) -> Iterator[Vehicle]:
        for vehicles in self._by_reference.values():
            yield from vehicles

    def take(self, row: Row) -> Vehicle | None:
        """Remove and return the vehicle that `row` is, or None when that is not clear.

        Of several vehicles that share reference and VIN, the first.
        """
        candidates = [v for cell in set(row.cells) for v in self._by_reference.get(cell, ())]
        fitting = [vehicle for vehicle in candidates if row.is_vehicle(vehicle)]
        if len({normalise(vehicle.reference) for vehicle in fitting}) != 1:
            return None
        self._by_reference[normalise(fitting[0].reference)].remove(fitting[0])
        return fitting[0]
