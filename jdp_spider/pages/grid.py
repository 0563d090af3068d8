"""The inventory grid: its rows, its pager and its search, whatever script drives them.

How rows, columns and pager look on the real site is unknown (site fact F10): rows are found around
the bookout links, folded groups are unfolded, and a page is new when the rows that were marked
before are gone. Which vehicle a row is: `pages/rows.py`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from jdp_spider.inventory import normalise
from jdp_spider.pages.clicked_file import open_here
from jdp_spider.pages.errors import NoBookoutLink, PageChanged
from jdp_spider.pages.evaluation import evaluate_until
from jdp_spider.pages.fingerprints import remember
from jdp_spider.pages.network import watch
from jdp_spider.pages.origin import own_address
from jdp_spider.pages.page import collect_garbage
from jdp_spider.pages.row_waits import sends_rows, wait_for_rows
from jdp_spider.pages.rows import Naming, Row
from jdp_spider.pages.settling import PAGE_TEXT, Settling
from jdp_spider.pages.view import ROOTS
from jdp_spider.pages.world import evaluate_once
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from jdp_spider.inventory import Vehicle
    from jdp_spider.pages.page import SitePage

INVENTORY = "Inventory"
"""The name of the page that has the grid."""

_PLACE = load_js("pages/js/grid_place.js", ROOTS, load_js("pages/js/link_ids.js"))
_TEXTS = load_js("pages/js/texts.js")
_KINDS = load_js("pages/js/row_kinds.js")
_ROWS = load_js("pages/js/rows.js", _PLACE, _TEXTS, _KINDS)
_MARK_FOLDED = load_js("pages/js/mark_folded.js", _PLACE, _KINDS)
_UNFOLDED = load_js("pages/js/unfolded.js", _PLACE, _KINDS)
_UNFOLD = "() => window.jdpFold?.click()"
_MARK = load_js("pages/js/mark_rows.js", _PLACE)
_THERE = load_js("pages/js/rows_there.js", _PLACE)
_RENEWED = load_js("pages/js/rows_renewed.js", _PLACE, _THERE)
_SCROLL_ON = load_js("pages/js/scroll_on.js", _PLACE)
_ROWS_CAME = load_js("pages/js/rows_came.js", _PLACE)
_OPEN = load_js("pages/js/open_row.js", _PLACE)
_OPEN_BY_SCRIPT = load_js("pages/js/open_by_script.js", _PLACE)
_MARK_HOME = load_js("pages/js/mark_home.js", _PLACE)
_APPLY_SEARCH = load_js("pages/js/apply_search.js")
_MARK_PAGER_LINK = load_js("pages/js/mark_pager_link.js", _PLACE)
_GO = "() => window.jdpGo.click()"
_CLEAR = load_js("pages/js/clear_filter.js", _PLACE)

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
_MORE = {
    "words": ["load more", "show more", "view more", "more results"],
    "calls": [],
    "strict": False,
    "here": True,
}
"""Buttons that add to the rows; some of these words are beside any other list or text, too."""

BY_ENTER = "key:Enter"
"""As `search_function`: no function of the page applies the search, but the key does."""

_SEEN = ("bookout", "search", "filter_on", "filter_off")
"""What a look at the grid sees besides its rows."""
_MOST_FOLDED = 200
"""Groups and details that are unfolded on one page of the grid."""
_UNFOLDS_S = 5.0
"""How long what was unfolded may take to come."""
_MOST_IN_VAIN = 2
"""Of those, and of rows without a text, how many are awaited in vain before no more are."""
_SCROLLED_S = 1.0
"""How long a grid may take to make other rows, or to ask for them, once it was scrolled."""
_MOST_SCROLLS = 5
"""Scrolls in a row without other rows: below a grid there may be something without an end."""
_TEXTS = "texts of rows"


async def rows(page: SitePage) -> list[Row]:
    """Return the rows of the grid's page that is shown now, those of folded groups as well.

    A grid may make its rows later than what is around them, and their texts later than both.
    """
    await unfold(page)
    found = await _rows(page)
    if not found:
        await wait_for_rows(page, _THERE, _place(page), "the rows of the grid")
        found = await _rows(page)
    if sends_rows(page):
        found = await _all_sent(page, found)
    return await _with_texts(page, found)


async def _all_sent(page: SitePage, found: list[Row]) -> list[Row]:
    """Wait until no other rows come for a moment: a site may send them one by one."""
    end = time.monotonic() + page.site.page_timeout
    while found and time.monotonic() < end:
        looked_at = [_place(page), [row.id for row in found]]
        if not await evaluate_until(page.page, _ROWS_CAME, looked_at, _SCROLLED_S):
            break
        found = await _rows(page)
    return found


async def _with_texts(page: SitePage, found: list[Row]) -> list[Row]:
    """Wait for rows that say nothing yet, and return them with what they say."""
    patience, settling = page.site.patience, Settling(page)
    while any(row.is_blank for row in found) and patience.is_left(_TEXTS, most=_MOST_IN_VAIN):
        if not await settling.goes_on(await page.evaluate(PAGE_TEXT)):
            patience.ended(_TEXTS, came=False)
            break
        found = await _rows(page)
    return found


async def rows_in_detail(page: SitePage, unclear: Iterable[Row]) -> list[Row]:
    """Return the unclear rows that have folded details, with these details.

    They are unfolded one after the other: a grid may show those of one row at a time.
    """
    found: list[Row] = []
    for unclear_row in unclear:
        if await unfold(page, unclear_row.id):
            found += [row for row in await _rows(page) if row.id == unclear_row.id]
    return found


def _place(page: SitePage) -> list[str]:
    """Return what tells in which document the grid is: its rows, its filter, or its search."""
    return [page.site.bookout, page.site.filter_bar, page.site.search]


async def _rows(page: SitePage) -> list[Row]:
    found = await page.evaluate(_ROWS, _place(page))
    await remember(page, *_SEEN)
    return [
        Row(
            id=row["id"],
            url=None if _is_script(row["href"]) else own_address(page.site.base_url, row["url"]),
            cells=tuple(normalise(cell) for cell in row["cells"]),
            is_script=_is_script(row["href"]),
            nearby=tuple(normalise(cell) for cell in row["nearby"]),
        )
        for row in found
    ]


async def unfold(page: SitePage, row_id: str = "") -> bool:
    """Unfold all groups, or the details of a row. Return whether there was anything to unfold."""
    looked_at, count, in_vain = [_place(page), row_id], 0, 0
    while (
        count < _MOST_FOLDED
        and in_vain < _MOST_IN_VAIN
        and await page.evaluate(_MARK_FOLDED, looked_at)
    ):
        count += 1
        await page.act(_UNFOLD)
        # What does not come is none of the site's rows: the others are read without it.
        in_vain += not await evaluate_until(page.page, _UNFOLDED, _place(page), _UNFOLDS_S)
    return count > 0


def _is_script(href: str) -> bool:
    return not href.strip() or href.lstrip().lower().startswith(("#", "javascript:"))


async def wait_for_grid(page: SitePage) -> None:
    """Wait until the grid is on the page. Raise LoggedOut or PageChanged."""
    await page.wait_for("filter_off", "filter_on", "bookout")


async def clear_filter(page: SitePage) -> bool:
    """Take off a filter that the session still has on. Return whether there was one."""
    if not await page.is_visible("filter_on"):
        return False
    before = await _mark(page)
    await page.act(_CLEAR, [_place(page), page.site.filter_on])
    await _wait_renewed(page, before, "the grid without its filter")
    return True


async def search(page: SitePage, reference: str) -> None:
    """Let the grid list what contains `reference`, a substring search (site fact F5)."""
    await page.wait_for("search")
    before = await _mark(page)
    await page.fill("search", normalise(reference))
    if page.site.search_function == BY_ENTER:
        page.check_may_act()
        await page.page.keyboard.press("Enter")
    else:
        await page.act(_MARK_HOME, _place(page))
        call = page.site.selectors("search_function", "search_field")
        if not await page.act(_APPLY_SEARCH, call, inside=True):
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

    `anywhere` looks for a link outside of what is called a pager, too, and for rows that come by a
    button or by scrolling.
    """
    by_number = {"words": [str(number + 1)], "calls": [f"'PN{number}'"], "strict": True}
    for wanted in ({**_NEXT, "strict": True}, by_number, *([_NEXT] if anywhere else [])):
        if await _turn(page, wanted):
            return True
    return anywhere and await _more_rows(page)


async def _more_rows(page: SitePage) -> bool:
    """Load rows that the grid makes only by a button, or when they are scrolled to.

    Return whether any came.
    """
    known = (await _mark(page)).split(",")
    if await page.evaluate(_MARK_PAGER_LINK, [_place(page), _MORE]):
        acted = time.monotonic()
        await page.act(_GO)
        if await _came(page, known, acted):
            return True
    for _ in range(_MOST_SCROLLS):
        acted = time.monotonic()
        if not await page.act(_SCROLL_ON, _place(page)):
            break
        if await _came(page, known, acted):
            return True
    return False


async def _came(page: SitePage, known: list[str], acted: float) -> bool:
    """Wait for rows that were not known, as long as something seems to come of what was done."""
    looked_at = [_place(page), known]
    while time.monotonic() - acted < page.site.page_timeout:
        if await evaluate_until(page.page, _ROWS_CAME, looked_at, _SCROLLED_S):
            return True
        if not watch(page.page).consequences.have_begun(acted):
            break
    return False


async def _turn(page: SitePage, wanted: dict[str, object]) -> bool:
    if not await evaluate_once(page.page, _MARK_PAGER_LINK, [_place(page), wanted]):
        return False
    before = await _mark(page)
    await page.act(_GO)
    renewed = _wait_renewed(page, before, "another page of the grid")
    await asyncio.gather(renewed, collect_garbage(page.page))
    return True


async def _mark(page: SitePage) -> str:
    return str(await page.evaluate(_MARK, _place(page)))


async def _wait_renewed(page: SitePage, before: str, purpose: str) -> None:
    await wait_for_rows(page, _RENEWED, [_place(page), before], purpose)


async def find(page: SitePage, vehicle: Vehicle, taken: Container[str] = ()) -> Row | None:
    """Search for the vehicle and return the row that names it best, or None.

    Of several such rows the one at the place that the vehicle has among its copies; rows whose id
    is in `taken` are other vehicles. By its VIN alone only the one row that shows it.
    """
    await search(page, vehicle.reference)
    fitting: dict[Naming, list[Row]] = {naming: [] for naming in Naming}
    seen: set[str] = set()
    number = 1
    while True:
        new = [row for row in await rows(page) if row.id not in seen]
        seen.update(row.id for row in new)
        others = [row for row in new if row.id not in taken]
        if not any(row.names(vehicle) for row in others):
            others = await rows_in_detail(page, others)
        for row in others:
            fitting[row.names(vehicle)].append(row)
        if len(fitting[Naming.IN_CELL]) >= vehicle.occurrence or not new:
            break
        if not await next_page(page, number, anywhere=False):
            break
        number += 1
    by_reference = fitting[Naming.IN_CELL] or fitting[Naming.IN_TEXT]
    if by_reference:
        return by_reference[min(vehicle.occurrence, len(by_reference)) - 1]
    by_vin = fitting[Naming.BY_VIN]
    return by_vin[0] if len(by_vin) == 1 else None


async def listed(page: SitePage, vehicle: Vehicle) -> set[str]:
    """Search for the vehicle. Return the ids of all rows with a link that the grid lists."""
    await search(page, vehicle.reference)
    seen: set[str] = set()
    number = 1
    while True:
        before = len(seen)
        seen.update(row.id for row in await rows(page))
        if len(seen) == before or not await next_page(page, number, anywhere=False):
            return seen
        number += 1


async def open_row(page: SitePage, row: Row) -> None:
    """Follow the row's bookout link, be it an address of the site or a script, in this tab.

    Raise NoBookoutLink when it leads elsewhere and no script takes the click.
    """
    await open_here(page)
    if row.url is not None or row.is_script:
        await page.act(_OPEN, [_place(page), row.id])
    elif not await page.act(_OPEN_BY_SCRIPT, [_place(page), row.id]):
        raise NoBookoutLink("The bookout link does not lead to a page of the site")
