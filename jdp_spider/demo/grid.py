"""The server's side of the inventory grid: filter, page and pager."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jdp_spider.demo.sessions import Session
    from jdp_spider.demo.vehicles import DemoVehicle

PAGES_AT_ENDS = 2
PAGES_AROUND_CURRENT = 3


@dataclass(frozen=True)
class GridPage:
    """The part of the grid that one answer shows."""

    rows: list[tuple[int, DemoVehicle]]
    """Each with its index in the full list, as DevExpress numbers its rows."""
    page: int
    pages: int
    total: int
    filter_text: str

    @property
    def pager(self) -> list[int | None]:
        """The page numbers to show; None is an ellipsis."""
        near = range(self.page - PAGES_AROUND_CURRENT, self.page + PAGES_AROUND_CURRENT + 1)
        first = range(1, PAGES_AT_ENDS + 1)
        final = range(self.pages - PAGES_AT_ENDS + 1, self.pages + 1)
        shown: list[int | None] = []
        last = 0
        for number in sorted({*near, *first, *final}):
            if not 1 <= number <= self.pages:
                continue
            if number > last + 1:
                shown.append(None)
            shown.append(number)
            last = number
        return shown


def filtered(vehicles: Sequence[DemoVehicle], filter_text: str) -> list[DemoVehicle]:
    """Return the vehicles whose reference contains the text, ignoring case."""
    wanted = filter_text.casefold()
    return [vehicle for vehicle in vehicles if wanted in vehicle.reference.casefold()]


def grid_page(vehicles: Sequence[DemoVehicle], session: Session, page_size: int) -> GridPage:
    """Return the session's current page, and correct the session if that page does not exist."""
    found = filtered(vehicles, session.filter_text)
    pages = max(1, -(-len(found) // page_size))
    session.page = min(max(1, session.page), pages)
    start = (session.page - 1) * page_size
    rows = list(enumerate(found[start : start + page_size], start))
    return GridPage(rows, session.page, pages, len(found), session.filter_text)


def page_asked_for(argument: str, current: int) -> int:
    """Return the page of a pager's argument: PN3 (from 0), PBN, PBP, PBF or PBL.

    Raise ValueError for any other argument.
    """
    moves = {"PBN": current + 1, "PBP": current - 1, "PBF": 1, "PBL": 10**9}
    if argument in moves:
        return moves[argument]
    if not argument.startswith("PN"):
        raise ValueError(f"unknown pager argument: {argument!r}")
    return int(argument[2:]) + 1
