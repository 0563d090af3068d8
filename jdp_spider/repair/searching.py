"""The grid's search and its filter: the field, what applies it, and what takes it off again."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp_spider.inventory import normalise
from jdp_spider.pages import grid
from jdp_spider.pages.errors import LoggedOut, SiteError
from jdp_spider.pages.evaluation import evaluate
from jdp_spider.pages.view import ROOTS
from jdp_spider.repair.barred import barred_word
from jdp_spider.repair.elements import Looks, words_of
from jdp_spider.repair.scene import TRIAL_S
from jdp_spider.repair.walk import appeared
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jdp_spider.repair.elements import Element
    from jdp_spider.repair.walk import Walk

_FUNCTIONS = load_js("repair/js/functions.js", ROOTS)
_MOST_CALLS = 6
_ABOUT = ("filter", "search", "find", "lookup", "query")
_SENDS = re.compile(
    r"\b(?:POST|PUT|PATCH|DELETE)\b|\.post\(|\bsubmit\(|\bsendBeacon\b|\bconfirm\(", re.IGNORECASE
)
"""What sends something by itself: a grid's own functions ask for other rows by its library."""
_PLAIN = r"(?:change|(?:apply|clear|reset|update|set)(?: \w+)? (?:filter|search)).*"
_ENDINGS = ("Input", "Field", "Box", "Text", "TextBox", "Search", "Filter", "Edit")


async def find_search(walk: Walk) -> None:
    """Search for a vehicle, by whatever field and function list just its reference."""
    walk.begin("search", "searches for a vehicle")
    if walk.vehicle is None:
        return
    options = await walk.options("search", await walk.scene.elements())
    for option in options:
        walk.take(option)
        async for _ in _calls(walk, option.element):
            if await _lists_only(walk):
                await walk.believe("search", option.shown)
                await walk.believe("search_function", "what applies the search")
                await walk.believe("search_field", "what it is told to search in")
                return
        walk.reject(option, "a search by it does not list just the vehicle")
    raise walk.not_repaired("search" if not options else "search_function", options)


async def _calls(walk: Walk, field: Element) -> Any:
    """Yield once for each function and its argument that may apply the search, set in the site."""
    site = walk.plan.site
    looked_for = [field.looks.id, field.looks.name]
    found = await evaluate(walk.scene.page, _FUNCTIONS, looked_for, inside=True)
    pairs = list(_pairs(site.search_function, site.search_field, field.looks, found))
    # First as a run does it, then as a person does: a function may do something else than it says.
    known = [pair for pair in pairs if pair[0] == site.search_function]
    others = [pair for pair in pairs if pair not in known]
    by_enter = (grid.BY_ENTER, site.search_field)
    for function, argument in (*known[:1], by_enter, *known[1:], *others)[:_MOST_CALLS]:
        walk.scene.use(search_function=function, search_field=argument)
        yield function


def _pairs(
    function: str, argument: str, field: Looks, found: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield what may be called, the likeliest first: what was known, then what is like it."""
    # What a run calls anyway is judged by its name alone.
    functions = [
        each
        for each, sources in found["functions"].items()
        if _may_call(each, *(("", "") if each == function else sources))
    ]
    functions.sort(key=lambda each: (each != function, -_like(each, function)))
    best = [each for each in functions if each == function or _is_about_search(each)]
    given = [*found["fields"], *_arguments(field)]
    for each in best[:3]:
        called = found["calls"].get(each, [])
        first = [argument] if each == function else []
        for value in dict.fromkeys([*first, *called, *given, argument]):
            yield each, value


def _may_call(function: str, source: str, called: str | None) -> bool:
    """Return False for a function that may change data or sends something itself.

    Its name tells, its source, and that of all that it calls: None if this is too long to tell.
    """
    if called is None or _SENDS.search(source):
        return False
    # "filterChanged", "onFilterChange": what is called when somebody has typed.
    return not barred_word(Looks(script=function, acts=(called,)), plain=_PLAIN)


def _is_about_search(function: str) -> bool:
    return any(word in function.lower() for word in _ABOUT)


def _like(one: str, other: str) -> float:
    bonus = 0.3 * any(word in words_of(one) for word in ("filter", "search"))
    return SequenceMatcher(None, one.lower(), other.lower()).ratio() + bonus


def _arguments(field: Looks) -> list[str]:
    """Return the words by which a page's script may call a field: those of its id without ends."""
    names = [name for name in (field.id, field.name) if name]
    bare = []
    for name in names:
        for ending in _ENDINGS:
            bare += [name.removesuffix(ending)] if name.endswith(ending) else []
    return [*bare, *names]


async def _lists_only(walk: Walk) -> bool:
    """Search as a run does. Return True if all rows that are listed hold the reference."""
    vehicle = walk.vehicle
    assert vehicle is not None
    wanted = normalise(vehicle.reference).casefold()
    site = walk.site
    called = f" by {site.search_function}('{site.search_field}')"
    walk.scene.log_click("search", called)
    try:
        await walk.scene.go_to(site.inventory_url, "the inventory")
        await walk.scene.hold("search")
        page = walk.scene.view(grid.INVENTORY, trial=TRIAL_S)
        row = await grid.find(page, vehicle)
        rows = await grid.rows(page)
    except LoggedOut:
        raise
    except (SiteError, PlaywrightError):
        return False
    holding = [row for row in rows if any(wanted in cell.casefold() for cell in row.cells)]
    # A grid without the column of the reference shows it in no row.
    is_listed = row is not None and not (len(holding) < len(rows) and holding)
    return is_listed and (len(rows) < len(walk.vehicles or ()) or len(walk.vehicles or ()) == 1)


async def find_filter(walk: Walk) -> None:
    """Take off the filter that the search has left; find what says that there is none."""
    walk.begin("filter", "takes the filter off again")
    filtered = await walk.scene.elements()
    rows = len(await grid.rows(walk.scene.view(grid.INVENTORY)))
    plain = await _unfiltered(walk)
    await _search_again(walk)
    new = appeared(filtered, plain)
    options = await walk.options("filter_on", filtered, new)
    for option in options:
        selector = await _of_this_state(walk, option.element, plain, option.selector)
        if not selector:
            continue
        walk.scene.use(filter_on=selector)
        walk.scene.log_click("filter_on")
        try:
            await walk.scene.hold("filter_on")
            cleared = await grid.clear_filter(walk.scene.view(grid.INVENTORY, trial=TRIAL_S))
            after = len(await grid.rows(walk.scene.view(grid.INVENTORY)))
        except LoggedOut:
            raise
        except (SiteError, PlaywrightError):
            cleared, after = False, 0
        if cleared and (after > rows or len(walk.vehicles or ()) <= rows):
            await walk.believe("filter_on", option.shown)
            await _find_none(walk, filtered)
            return
        walk.reject(option, "the grid stays filtered")
        await _search_again(walk)
    raise walk.not_repaired("filter_on", options)


async def _unfiltered(walk: Walk) -> list[Element]:
    """Return what the page shows without a filter."""
    page = walk.scene.view(grid.INVENTORY, trial=TRIAL_S)
    await grid.search(page, "")
    await walk.scene.quiet()
    return await walk.scene.elements()


async def _search_again(walk: Walk) -> None:
    assert walk.vehicle is not None
    await grid.search(walk.scene.view(grid.INVENTORY, trial=TRIAL_S), walk.vehicle.reference)
    await walk.scene.quiet()


async def _of_this_state(walk: Walk, element: Element, other: list[Element], first: str) -> str:
    """Return the selector of an element that finds nothing in the page's other state.

    One of CSS: the grid's page is asked by that alone.
    """
    there = {selector for each in other for selector in each.selectors}
    for selector in (first, *element.selectors):
        if not selector.startswith("text:") and selector not in there:
            return selector
    return ""


async def _find_none(walk: Walk, filtered: list[Element]) -> None:
    """Find what says that no filter is on; a run can do without."""
    await walk.scene.quiet()
    elements = await walk.scene.elements()
    new = appeared(elements, filtered)
    for option in await walk.options("filter_off", elements, new):
        selector = await _of_this_state(walk, option.element, filtered, option.selector)
        if selector:
            walk.scene.use(filter_off=selector)
            await walk.believe("filter_off", option.shown)
            return
