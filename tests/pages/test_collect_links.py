"""The walk over a grid that loses answers, forgets its page, or goes in a circle."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages import grid, inventory, link_collector
from jdp_spider.pages.errors import PageChanged
from jdp_spider.pages.inventory import NoRowFits, collect_links
from jdp_spider.pages.link_collector import Link, LinkCollector
from jdp_spider.pages.rows import Row
from jdp_spider.pages.site import Site
from tests.support.factories import vehicle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SITE = Site("http://site/")
INVENTORY = [vehicle(str(number), vin="") for number in range(100, 112)]


class Grid:
    """A grid of two rows a page, as the session remembers it; `lost` turns get no answer."""

    def __init__(self, *, remembers: bool = True, circle: bool = False, lost: tuple[int, ...] = ()):
        self.remembers, self.circle = remembers, circle
        self.lost = list(lost)
        self.vehicles = INVENTORY
        self.foreign: set[str] = set()
        """References whose links lead away from the site."""
        self.scripts: set[str] = set()
        self.found: dict[str, Row] = {}
        """What a search finds."""
        self.listed: dict[str, set[str]] = {}
        """Rows with a link that a search for a missing vehicle lists."""
        self.text = ""
        """What each page says besides its rows with a link."""
        self.page = 1
        self.turns = self.searches = 0

    def open(self) -> None:
        if not self.remembers:
            self.page = 1

    def first_page(self) -> None:
        self.page = 1

    def rows(self) -> list[Row]:
        first = 2 * (self.page - 1)
        shown = self.vehicles[first : first + 2]
        return [self._row(v.reference) for v in shown]

    def _row(self, reference: str) -> Row:
        is_script = reference in self.scripts
        url = None if is_script or reference in self.foreign else f"http://site/{reference}"
        return Row(f"row-{reference}", url, (reference,), is_script)

    def next_page(self) -> bool:
        last = max(-(-len(self.vehicles) // 2), 1)
        if self.page == last and not self.circle:
            return False
        self.turns += 1
        self.page = self.page % last + 1
        if self.turns in self.lost:
            raise SITE.changed("Inventory", "bookout")
        return True


@pytest.fixture
def walked(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function (grid) -> (links reported by calls of `collect_links`, the collector)."""

    def walk(site: Grid) -> tuple[list[Link], LinkCollector]:
        replace(monkeypatch, site)
        links: list[Link] = []
        collector = LinkCollector(INVENTORY, {v.key for v in INVENTORY}, links.append)
        asyncio.run(to_the_end(collector))
        return links, collector

    return walk


def replace(monkeypatch: pytest.MonkeyPatch, site: Grid) -> None:
    """Let the page functions look at this grid instead of a browser's page."""

    async def find(_page: Any, wanted: Any, *_: Any) -> Row | None:
        site.searches += 1
        return site.found.get(wanted.reference)

    async def listed(_page: Any, wanted: Any) -> set[str]:
        return site.listed.get(wanted.reference, set())

    monkeypatch.setattr(grid, "listed", listed)
    monkeypatch.setattr(inventory, "open_inventory", answer(site.open))
    monkeypatch.setattr(inventory, "_text", answer(lambda: site.text))
    monkeypatch.setattr(grid, "first_page", answer(site.first_page))
    monkeypatch.setattr(grid, "rows", answer(site.rows))
    monkeypatch.setattr(grid, "rows_in_detail", answer(list))
    monkeypatch.setattr(grid, "next_page", answer(site.next_page))
    monkeypatch.setattr(grid, "clear_filter", answer(lambda: False))
    monkeypatch.setattr(grid, "find", find)


def answer(function: Callable[[], Any]) -> Callable[..., Awaitable[Any]]:
    async def page_function(*_: Any, **__: Any) -> Any:
        return function()

    return page_function


async def to_the_end(collector: LinkCollector) -> None:
    for _ in range(20):
        with contextlib.suppress(PageChanged):
            if await collect_links(None, collector, lambda: False, SITE):  # type: ignore[arg-type]
                return
    raise AssertionError("The walk did not come to its end")


ALL = [Link(v, f"http://site/{v.reference}") for v in INVENTORY]


def test_each_page_is_visited_once(walked: Any) -> None:
    site = Grid()
    links, collector = walked(site)
    assert links == ALL
    assert (site.turns, site.searches, collector.number) == (5, 0, 6)


@pytest.mark.parametrize("lost", [(), (7,)])
def test_rows_beyond_the_inventory_are_counted(lost: tuple[int, ...], walked: Any) -> None:
    """One page more than needed is read, and nothing depends on it."""
    site = Grid(lost=lost)
    more = [vehicle(str(number), vin="") for number in range(200, 210)]
    site.vehicles = [more[0], *INVENTORY, *more[1:]]
    links, collector = walked(site)
    assert links == ALL
    assert len(collector.unlisted) == (4 if not lost else 2)
    assert site.turns == 7


@pytest.mark.parametrize("lost", [(1,), (3,), (1, 2), (5,)])
def test_pagination_continues_at_the_page_of_the_session_after_a_lost_answer(
    lost: tuple[int, ...], walked: Any
) -> None:
    site = Grid(lost=lost)
    links, _ = walked(site)
    assert links == ALL
    assert site.turns == 5


def test_pagination_restarts_at_page_one_if_the_site_forgot_the_page(walked: Any) -> None:
    site = Grid(remembers=False, lost=(3,))
    links, _ = walked(site)
    assert links == ALL
    assert site.turns == 3 + 5


def test_pagination_continues_on_a_fresh_browser_page(
    walked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_collector, "_TURNS", 2)
    site = Grid()
    links, collector = walked(site)
    assert links == ALL
    assert (site.turns, collector.has_gap) == (5, False)


@pytest.mark.parametrize("foreign", [{"103"}, {"102", "103"}, {v.reference for v in INVENTORY}])
def test_vehicle_with_a_foreign_link_is_left_to_a_search(foreign: set[str], walked: Any) -> None:
    """All on a page, or all there are: they are no scripts, and the walk goes on."""
    site = Grid()
    site.foreign = foreign
    links, collector = walked(site)
    assert links == [
        link._replace(url=None) if link[0].reference in foreign else link for link in ALL
    ]
    assert (site.turns, site.searches, collector.left) == (5, 0, {})


@pytest.mark.parametrize(("foreign", "turns"), [(set(), 0), ({"100"}, 1)])
def test_page_with_script_links_ends_the_pagination(
    foreign: set[str], turns: int, walked: Any
) -> None:
    site = Grid()
    site.scripts, site.foreign = {v.reference for v in INVENTORY} - foreign, foreign
    links, _ = walked(site)
    assert [link.url for link in links] == [None] * len(INVENTORY)
    assert (site.turns, site.searches) == (turns, 0)


def test_circular_pager_ends_the_pagination(walked: Any) -> None:
    site = Grid(circle=True)
    site.vehicles = INVENTORY[:-2]
    links, collector = walked(site)
    assert links == ALL[:-2]
    assert [v.reference for v in collector.left.values()] == ["110", "111"]
    # And one for a vehicle that is known, to see whether the search works.
    assert (site.searches, collector.without_link) == (3, set())


@pytest.mark.parametrize(("back_to", "turns"), [(0, 6), (1, 8)], ids=["same page", "page one"])
def test_grid_that_loads_itself_again_does_not_end_the_pagination(
    back_to: int, turns: int, walked: Any
) -> None:
    """The third turn is lost in a grid that loads itself again just then."""

    class Reloading(Grid):
        def next_page(self) -> bool:
            if self.turns != 2:
                return super().next_page()
            self.turns += 1
            self.page = back_to or self.page
            return True

    links, collector = walked(site := Reloading())
    assert links == ALL
    assert (site.turns, site.searches, collector.left) == (turns, 0, {})


def test_appended_rows_count_as_a_page(walked: Any) -> None:
    class Growing(Grid):
        def rows(self) -> list[Row]:
            return [self._row(v.reference) for v in self.vehicles[: 2 * self.page]]

    links, collector = walked(site := Growing())
    assert links == ALL
    assert (site.turns, site.searches, collector.left) == (5, 0, {})


def test_vehicle_added_during_the_pagination_does_not_end_it(walked: Any) -> None:
    """All rows move by one: the first of the next page is known."""

    class Shifted(Grid):
        def next_page(self) -> bool:
            if self.turns == 1:
                self.vehicles = [*NEW[:1], *self.vehicles]
            return super().next_page()

    links, collector = walked(site := Shifted())
    assert links == ALL
    assert (site.turns, site.searches, collector.left) == (6, 0, {})


def test_possibly_skipped_vehicles_are_looked_for_again(walked: Any) -> None:
    """Two turns at the site, of which the second's answer was lost: a page was not seen."""

    class Jumping(Grid):
        def next_page(self) -> bool:
            self.page += self.turns == 1
            return super().next_page()

    site = Jumping(lost=(2,))
    links, collector = walked(site)
    assert sorted(link.vehicle.reference for link in links) == [v.reference for v in INVENTORY]
    assert (collector.left, site.searches) == ({}, 0)


def test_pagination_without_progress_is_not_resumed_forever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each resumed call has all retries again: a call without progress must fail."""
    site, ends = Grid(), []
    site.vehicles = []
    replace(monkeypatch, site)

    async def fails(*_: Any) -> None:
        raise SITE.changed("Inventory", "search")

    monkeypatch.setattr(grid, "find", fails)
    collector = LinkCollector(INVENTORY, {v.key for v in INVENTORY}, lambda _: None)
    for _ in range(8):
        try:
            ends.append(asyncio.run(collect_links(None, collector, lambda: False, SITE)))  # type: ignore[arg-type]
        except PageChanged:
            ends.append("failed")
    assert ends == ["failed", False] + ["failed"] * 6


NEW = [vehicle(str(number), vin="") for number in range(900, 912)]
"""Vehicles that the inventory does not know."""


@pytest.mark.parametrize(
    ("vehicles", "scripts", "read"), [(NEW, False, 6), (NEW[:3], False, 3), (NEW, True, 2)]
)
def test_rows_that_match_no_vehicle_fail_at_once(
    vehicles: list[Any], scripts: bool, read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Grid()
    site.vehicles = vehicles
    site.scripts = {v.reference for v in vehicles} if scripts else set()
    replace(monkeypatch, site)
    collector = LinkCollector(INVENTORY, {v.key for v in INVENTORY}, lambda _: None)
    for _ in range(2):
        with pytest.raises(NoRowFits, match=f"^{read} rows .* 3 vehicles searched for"):
            asyncio.run(collect_links(None, collector, lambda: False, SITE))  # type: ignore[arg-type]
        # Nothing was found out: the control page's retries do not begin anew.
        assert collector.progress == 0
    assert site.searches == 6


def test_empty_grid_is_a_site_change_unless_few_vehicles_are_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = Grid()
    site.vehicles = []
    replace(monkeypatch, site)
    collector = LinkCollector(INVENTORY, {v.key for v in INVENTORY}, lambda _: None)
    with pytest.raises(NoRowFits, match=r"^0 rows .* opens a vehicle\. "):
        asyncio.run(collect_links(None, collector, lambda: False, SITE))  # type: ignore[arg-type]
    few = LinkCollector(INVENTORY, {v.key for v in INVENTORY[:3]}, lambda _: None)
    asyncio.run(to_the_end(few))
    assert len(few.left) == 3


def test_new_vehicles_on_the_first_pages_are_not_a_site_change(walked: Any) -> None:
    site = Grid()
    site.vehicles = [*NEW[:8], *INVENTORY]
    site.found = {"101": Row("row-101", "http://site/101", ("101",))}
    links, collector = walked(site)
    assert sorted(link.vehicle.reference for link in links) == [v.reference for v in INVENTORY]
    assert (collector.left, site.searches) == ({}, 2)


def test_rows_of_vehicles_that_are_not_pending_match_too(
    walked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only one is pending, and its row is gone: the others' rows show that the grid is right."""
    site = Grid()
    site.vehicles = INVENTORY[:-1]
    replace(monkeypatch, site)
    collector = LinkCollector(INVENTORY, {INVENTORY[-1].key}, lambda _: None)
    asyncio.run(to_the_end(collector))
    assert list(collector.left) == [INVENTORY[-1].key]


def test_uncertain_vehicle_needs_its_own_row() -> None:
    unsure = dataclasses.replace(vehicle("100", vin="", occurrence=2), certain=False)
    links: list[Link] = []
    collector = LinkCollector([INVENTORY[0], unsure], {unsure.key}, links.append)
    collector.add_page(1, [Row("row-100", None, ("100",))])
    assert collector.others_than(unsure) == {"row-100"}
    assert (collector.others_than(INVENTORY[1]), links) == (set(), [])


def test_uncertain_vehicle_is_searched_for_at_once_if_links_are_scripts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = Grid()
    site.scripts = {v.reference for v in INVENTORY}
    replace(monkeypatch, site)
    unsure = dataclasses.replace(vehicle("Sold units", vin=""), certain=False)
    links: list[Link] = []
    known = [*INVENTORY, unsure]
    collector = LinkCollector(known, {v.key for v in known}, links.append)
    asyncio.run(to_the_end(collector))
    assert [link.vehicle for link in links] == INVENTORY
    assert (list(collector.left.values()), site.searches) == ([unsure], 1)


# What certainly has no link


def missing(walked: Any, *, number: int = 1, **given: Any) -> set[str]:
    """Walk a grid without the last vehicles. Return what certainly has no link."""
    site = Grid()
    site.vehicles = INVENTORY[:-number]
    last = site.vehicles[-1].reference
    site.found = {last: site._row(last)}
    for name, value in given.items():
        setattr(site, name, value)
    return walked(site)[1].without_link


def test_vehicle_without_a_row_certainly_has_no_link_if_the_search_works(walked: Any) -> None:
    assert missing(walked) == {"111#1"}
    assert missing(walked, number=3) == {"109#1", "110#1", "111#1"}
    # A part of its reference finds others, which are known.
    assert missing(walked, listed={"111": {"row-100", "row-101"}}) == {"111#1"}


@pytest.mark.parametrize(
    "given",
    [
        {"found": {}},
        {"found": {"110": Row("row-1", "http://site/110", ("110",))}},
        {"listed": {"111": {"row-100", "row-7"}}},
        {"vehicles": [*INVENTORY[:-1], *NEW[:1]]},
        {"number": 4},
        {"scripts": {v.reference for v in INVENTORY[:-1]}},
    ],
    ids=["search is dead", "search lies", "unclear row", "rows that fit none", "many", "scripts"],
)
def test_insufficient_evidence_proves_no_missing_link(given: dict[str, Any], walked: Any) -> None:
    assert missing(walked, **given) == set()


def test_missing_half_of_a_small_inventory_may_be_a_site_change() -> None:
    collector = LinkCollector(INVENTORY[:2], {v.key for v in INVENTORY[:2]}, lambda _: None)
    collector.add_page(1, [Row("row-100", "http://site/100", ("100",))])
    collector.at_end = True
    assert (list(collector.left), collector.is_sure) == (["101#1"], False)


@pytest.mark.parametrize(
    ("shown", "text", "hidden"),
    [
        (3, "", 9),
        (8, "", 4),
        (9, "", 0),
        (3, "103 104 105: 106 107 108", 0),
        (9, "109A x-110", 0),
        (8, "109A", 4),
    ],
)
def test_vehicles_of_which_no_page_says_anything_are_counted_where_they_are_many(
    shown: int, text: str, hidden: int, walked: Any
) -> None:
    site = Grid()
    site.vehicles, site.text = INVENTORY[:shown], text
    _, collector = walked(site)
    assert collector.unseen.hidden == hidden
