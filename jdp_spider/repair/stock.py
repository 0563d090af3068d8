"""The inventory: its address, the export, and what opens a vehicle from its row."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError

from jdp_spider.inventory import read_inventory
from jdp_spider.inventory_table import InventoryError
from jdp_spider.pages import grid
from jdp_spider.pages.errors import LoggedOut, PageChanged, ServerError, SiteError
from jdp_spider.pages.inventory import MENU_OPENS_S, MENUS, export_csv, open_export_menu
from jdp_spider.pages.rows import UnmatchedVehicles
from jdp_spider.pdf.reader import reader
from jdp_spider.repair.candidates import Candidate, candidates, is_allowed, rate, said
from jdp_spider.repair.entrance import inventory_links, relative
from jdp_spider.repair.scene import TRIAL_S
from jdp_spider.repair.walk import MOST_TRIES, appeared

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jdp_spider.inventory import Vehicle
    from jdp_spider.pages.rows import Row
    from jdp_spider.repair.elements import Element, Looks
    from jdp_spider.repair.walk import Walk

_PARTS = ("filter_on", "filter_off", "bookout", "search", "export_menu")
_MENU = ("export_menu", "export_all_columns", "export_csv")
_MOST_EXPORTS = 8
_MOST_WAYS = 12
_MOST_DETAILS = 3
"""Rows whose details are unfolded to see which vehicle they are."""
_SURE = 0.75
_SURER = 0.3
"""By so much an entry of a menu must fit better to be tried before a menu below it is opened."""


async def find_inventory(walk: Walk) -> None:
    """Open the inventory, by its address or by a link that leads to it."""
    walk.begin("inventory", "opens the inventory")
    own = walk.site.inventory_url
    for url in dict.fromkeys((own, *inventory_links(walk))):
        try:
            await walk.scene.go_to(url, "the inventory")
        except ServerError as error:
            if error.status >= 500 or error.status == 429:
                raise
            continue
        if await walk.scene.asks_for_login():
            raise LoggedOut("Repair: the login stands there instead of the inventory")
        if await _is_inventory(walk):
            if urlsplit(url).path != urlsplit(own).path:
                walk.scene.tell("missing", f"inventory_path ('{walk.site.inventory_path}') is gone")
                walk.scene.use(inventory_path=relative(walk.site.base_url, url))
            await _note_link(walk)
            return
    raise walk.not_repaired("inventory_path")


async def _is_inventory(walk: Walk) -> bool:
    """Return True if the page has a grid: parts that are known, or several that look so."""
    if any([await walk.scene.look_of(name) for name in _PARTS]):
        return True
    elements = await walk.scene.elements()
    signs = sum(
        any(each.score >= _SURE for each in candidates(name, elements, walk.plan.known.get(name)))
        for name in ("search", "export_menu", "filter_off")
    )
    return signs + bool(await walk.scene.families()) > 1


async def _note_link(walk: Walk) -> None:
    """Find the link that leads here: a run knows by it that it is inside."""
    if await walk.scene.look_of("inventory_link") is not None:
        return
    path = urlsplit(walk.site.inventory_url).path
    here = [each for each in walk.home if each.url and urlsplit(each.url).path == path]
    for each in here:
        score = rate("inventory_link", each.looks)[0]
        option = Candidate("inventory_link", each, each.selectors[0], score)
        walk.take(option)
        walk.untried["inventory_link"] = walk.change("inventory_link", option.shown)
        return


async def keep_inventory(walk: Walk) -> None:
    """Keep address and link of the inventory, which were seen to lead to its export."""
    await walk.believe("inventory_path", "the address of the inventory")
    if link := walk.untried.pop("inventory_link", None):
        await walk.believe("inventory_link", link.shown)


# The export


async def export(walk: Walk) -> None:
    """Export the inventory, by whatever menu leads to a CSV file that can be read."""
    walk.begin("export", "exports the inventory")
    await _show_all(walk)
    await _know_grid(walk)
    if await _exported(walk, {}):
        return
    left = _MOST_EXPORTS
    start = await walk.scene.elements()
    for menu in await walk.options("export_menu", start):
        async for chain in _chains(walk, menu):
            left -= 1
            if left < 0:
                break
            if await _exported(walk, chain):
                return
        walk.reject(menu, "no way to a CSV file was found below it")
    name = next((name for name in _MENU if not walk.rejected.get(name)), "export_csv")
    raise walk.not_repaired(name)


async def _show_all(walk: Walk) -> None:
    """Take off a filter and unfold the groups of the grid: what opens a vehicle is in its row."""
    page = walk.scene.view(grid.INVENTORY)
    if await page.is_visible("filter_on"):
        await grid.clear_filter(page)
    if await grid.unfold(page):
        walk.scene.tell("click", "unfolds the groups of the grid")
    await walk.scene.quiet()


async def _know_grid(walk: Walk) -> None:
    """Let anything of the grid tell that it is there; which vehicle it opens is seen later."""
    if any([await walk.scene.look_of(name) for name in _PARTS[:3]]):
        return
    for _, family in await _families(walk):
        walk.scene.use(bookout=family.selectors[0])
        return
    for option in candidates("filter_off", await walk.scene.elements()):
        walk.scene.use(filter_off=option.selector)
        return


async def _chains(walk: Walk, menu: Candidate) -> AsyncIterator[dict[str, Candidate]]:
    """Yield the ways from a menu to a CSV file, the best first: the three items of each.

    Each is yielded before anything else is opened: the right one may be the first.
    """
    await walk.scene.go_to(walk.site.inventory_url, "the inventory")
    start = await walk.scene.elements()
    walk.take(menu)
    new, opened = await _open(walk, "export_menu", start)
    if not new and said("export_csv", menu.element.looks) > 0:
        # A button that exports at once.
        yield dict.fromkeys(_MENU, menu)
        return
    within = [each for each in opened if each.looks in new] or opened
    # A menu of two levels.
    direct = candidates("export_csv", within, walk.plan.known.get("export_csv"), new=new)
    flat = [each for each in direct if each.element.looks in new][:MOST_TRIES]
    is_fresh = True
    for columns in await walk.options("export_all_columns", within, new):
        # What perhaps leads to the columns is opened after what is surely the file.
        while flat and flat[0].score > columns.score + _SURER:
            yield _two_levels(menu, flat.pop(0))
            is_fresh = False
        if not is_fresh:
            await walk.scene.go_to(walk.site.inventory_url, "the inventory")
            walk.take(menu)
            await _open(walk, "export_menu", start)
        is_fresh = False
        walk.take(columns)
        below, shown = await _open(walk, "export_all_columns", opened)
        for csv in await walk.options("export_csv", shown, below):
            yield {"export_menu": menu, "export_all_columns": columns, "export_csv": csv}
    for csv in flat:
        yield _two_levels(menu, csv)


def _two_levels(menu: Candidate, csv: Candidate) -> dict[str, Candidate]:
    return {"export_menu": menu, "export_all_columns": csv, "export_csv": csv}


async def _open(walk: Walk, name: str, before: list[Element]) -> tuple[set[Looks], list[Element]]:
    """Open a menu by the mouse, else by a click. Return what has appeared, and all there is."""
    await walk.scene.hold(name)
    with contextlib.suppress(PageChanged):
        await walk.scene.view(grid.INVENTORY, trial=TRIAL_S).hover(name)
    end = time.monotonic() + MENU_OPENS_S
    new: set[Looks] = set()
    after = before
    # As long as a run does: a menu may open late.
    while not new and time.monotonic() < end:
        await walk.scene.quiet()
        after = await walk.scene.elements()
        new = appeared(after, before)
    if not new:
        look = await walk.scene.look_of(name)
        if look is not None and said("export_csv", look) <= 0:
            await walk.scene.click(name)
            after = await walk.scene.elements()
            new = appeared(after, before)
    return set(new), after


async def _exported(walk: Walk, chain: dict[str, Candidate]) -> bool:
    """Export as a run does. Return True if a CSV file came that can be read."""
    for name, option in chain.items():
        walk.scene.use(**{name: option.selector})
    if not chain and not await _may_export(walk):
        return False
    walk.scene.log_click("export_csv")
    try:
        if chain:
            await walk.scene.go_to(walk.site.inventory_url, "the inventory")
        await walk.scene.hold("export_csv")
        page = walk.scene.view(grid.INVENTORY, trial=TRIAL_S)
        exporting = export_csv(page.page, page.site)
        exported = await walk.scene.requests.unless_held(exporting, TRIAL_S)
        vehicles, _ = read_inventory(exported)
    except LoggedOut:
        raise
    except (SiteError, InventoryError, PlaywrightError) as error:
        _reject_export(walk, chain, str(error))
        return False
    if not vehicles:
        _reject_export(walk, chain, "the file holds no vehicle")
        return False
    walk.vehicles = vehicles
    reader.compare_with(vehicles)
    for name in _MENU:
        await walk.believe(name, chain[name].shown if chain else "")
    await keep_inventory(walk)
    return True


async def _may_export(walk: Walk) -> bool:
    """Return True if the menu as it is known may lead to a CSV file."""
    page = walk.scene.view(grid.INVENTORY, trial=TRIAL_S)
    for name, below in MENUS:
        if (look := await walk.scene.look_of(name)) is None or not is_allowed(name, look):
            return False
        await walk.scene.hold(name)
        try:
            await open_export_menu(page, name, below)
        except PageChanged:
            return False
    look = await walk.scene.look_of("export_csv")
    return look is not None and said("export_csv", look) >= 0 and is_allowed("export_csv", look)


def _reject_export(walk: Walk, chain: dict[str, Candidate], why: str) -> None:
    csv = chain.get("export_csv")
    if csv is not None:
        walk.reject(csv, why.splitlines()[0][:120])
    else:
        walk.rejected.setdefault("export_csv", set()).add(walk.site.export_csv)


# The rows of the grid


async def find_rows(walk: Walk) -> None:
    """Find what stands in the row of each vehicle and may open it, the best first."""
    walk.begin("grid", "looks for the rows of the grid")
    await walk.scene.go_to(walk.site.inventory_url, "the inventory")
    own = walk.plan.site.bookout
    walk.scene.use(bookout=own)
    await _show_all(walk)
    found: list[tuple[float, str]] = []
    look = await walk.scene.look_of("bookout")
    if look is not None and is_allowed("bookout", look) and await _tied(walk, own):
        found.append((2.0 if said("bookout", look) >= 0 else 0.3, own))
    if not found:
        walk.scene.tell("missing", f"bookout ('{own}') is not there", "bookout", own)
    for score, family in await _families(walk):
        for selector in family.selectors[:3]:
            if selector != own and await _tied(walk, selector):
                if not found or found[0][1] != own:
                    text = f"{family.looks.tag} '{family.looks.shown}' may be bookout ({score:.2f})"
                    walk.scene.tell("proposal", text, "bookout", selector)
                found.append((score, selector))
                break
    found.sort(key=lambda pair: -pair[0])
    walk.ways = [selector for _, selector in found[:MOST_TRIES]]
    if not walk.ways:
        raise walk.not_repaired("bookout")
    await use_way(walk, walk.ways[0])


async def _families(walk: Walk) -> list[tuple[float, Element]]:
    """Return what stands in each row and may be clicked, with how much speaks for it."""
    known = walk.plan.known.get("bookout")
    found = []
    for family in await walk.scene.families():
        score, _ = rate("bookout", family.looks, known)
        if score >= 0 and is_allowed("bookout", family.looks):
            found.append((score, family))
    found.sort(key=lambda pair: -pair[0])
    return found[:_MOST_WAYS]


async def _tied(walk: Walk, selector: str) -> list[tuple[Row, Vehicle]]:
    """Return the rows around what a selector finds that are vehicles, with these."""
    walk.scene.use(bookout=selector)
    page = walk.scene.view(grid.INVENTORY, trial=TRIAL_S)
    untied = UnmatchedVehicles(v for v in walk.vehicles or () if v.reference.strip())
    try:
        rows = await grid.rows(page)
        tied = [(row, vehicle) for row in rows if (vehicle := untied.take(row)) is not None]
        if not tied and rows:
            details = await grid.rows_in_detail(page, rows[:_MOST_DETAILS])
            tied = [(row, vehicle) for row in details if (vehicle := untied.take(row)) is not None]
    except (PlaywrightError, PageChanged):
        return []
    return tied


async def use_way(walk: Walk, selector: str) -> bool:
    """Take the row of one vehicle, with what may open it. Return False if there is none."""
    tied = await _tied(walk, selector)
    wanted = [pair for pair in tied if pair[1].reference.strip() == walk.plan.reference.strip()]
    # One link that leads elsewhere says nothing of the others.
    usable = [pair for pair in tied if pair[0].url or pair[0].is_script]
    best = wanted or usable or tied
    if not best:
        return False
    walk.row, walk.vehicle = best[0]
    return True
