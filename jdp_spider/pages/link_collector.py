"""What a scan of the grid has seen and found: which rows are which vehicles, and what is left."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.pages.rows import UnmatchedVehicles, spelling_of
from jdp_spider.pages.unseen import UnseenVehicles

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from jdp_spider.inventory import Vehicle
    from jdp_spider.pages.rows import Row

logger = logging.getLogger(__name__)

_SURE = 0.95
"""Share of the rows that must be matched for a missing row or link to mean anything."""
_FEW_MISSING = 3
"""Vehicles without a row from which on that may be more than a twentieth of the inventory."""

_TURNS = 25
"""Pages of the grid that one page of the browser turns before a fresh one goes on: it grows."""


class Link(NamedTuple):
    """How a vehicle is opened: by the address of its page; None: by searching for it."""

    vehicle: Vehicle
    url: str | None
    vehicle_id: str = ""
    """The site's own number of the vehicle; empty when it is not known."""
    spelling: str = ""
    """The reference as the site has it, where a spreadsheet has changed it in the export."""


class LinkCollector:
    """What was seen in the grid and what is left to find, for a pagination that may be resumed.

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
        self.unseen = UnseenVehicles(vehicles)
        self._found = found
        self.left = {vehicle.key: vehicle for vehicle in vehicles if vehicle.key in pending}
        self.most_pages = len(vehicles) + 1
        """No grid has fewer than one vehicle a page."""
        self.number = 0
        """The grid's page that was looked at last; 0 before the first."""
        self.has_gap = False
        """Whether a page may have been passed over."""
        self.gap_at = -1
        """The progress when such a page was last looked for: without more there is none."""
        self.turns = _TURNS
        """How many pages are turned before the browser's page is renewed."""
        self.at_end = False
        """Whether the last page was reached: what is left is searched for."""
        self.searched: set[str] = set()
        self.taken: set[str] = set()
        """Rows that a search has matched."""
        self.matched: set[str] = set()
        """Rows that were matched when their page was read."""
        self.known: tuple[Vehicle, str] | None = None
        """A vehicle and its row."""
        self.without_link: set[str] = set()
        """Keys of vehicles that certainly have no bookout link in the grid."""
        self.unlisted: set[str] = set()
        """Rows that are no vehicle of the inventory, which may have been cut."""
        self._page_of: dict[str, int] = {}

    @property
    def rows_read(self) -> int:
        """Return the number of rows that were seen."""
        return len(self._page_of)

    @property
    def fits(self) -> bool:
        """Return whether any row was matched with a vehicle, be it pending or not."""
        return bool(self.matched or self.taken)

    @property
    def is_sure(self) -> bool:
        """Return whether a vehicle without a row has no link: else the grid may have changed."""
        total, missed = self.most_pages - 1, len(self.left) + len(self.taken - self.matched)
        is_usual = missed <= max(_FEW_MISSING, total * (1 - _SURE)) and 2 * missed < total
        is_whole = self.at_end and not self.has_gap
        return is_whole and is_usual and len(self.matched) > _SURE * self.rows_read

    def others_than(self, vehicle: Vehicle) -> set[str]:
        """Return the rows that a search for this vehicle leaves out.

        What may be no vehicle at all is one only if it has a row of its own.
        """
        return self.taken if vehicle.certain else self.taken | self.matched

    @property
    def progress(self) -> int:
        """Return a number that grows with progress: a failure after progress is a new one."""
        return len(self._page_of) + len(self.searched)

    def page_number_of(self, rows: list[Row]) -> int:
        """Return the number of the page with these rows; a new page gets the next number.

        One with new rows is new: others stay where a grid only adds to its rows, or when a vehicle
        was added meanwhile.
        """
        known = [self._page_of[row.id] for row in rows if row.id in self._page_of]
        return max(known) if known and len(known) == len(rows) else self.number + 1

    def add_page(self, number: int, rows: list[Row]) -> list[Row]:
        """Match the rows of this page that were not seen before; return those without a match."""
        self.number = number
        new = [row for row in rows if row.id not in self._page_of]
        self._page_of.update((row.id, number) for row in new)
        self.unlisted.update(row.id for row in new)
        return [row for row in new if not self._match(row)]

    def add_details(self, rows: list[Row]) -> None:
        """Match rows again, now with their details."""
        for row in rows:
            self._match(row)

    def _match(self, row: Row) -> bool:
        vehicle = self._untied.take(row)
        if vehicle is None:
            return False
        self.matched.add(row.id)
        self.unlisted.discard(row.id)
        self.known = vehicle, row.id
        self.unseen.take(vehicle)
        self.report(vehicle, row)
        return True

    def found_by_search(self, vehicle: Vehicle, row: Row) -> None:
        """Report what a search has matched."""
        self.taken.add(row.id)
        self.unseen.take(vehicle)
        self.unlisted.discard(row.id)
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
        """Forget all rows, because none matches: another look counts from zero."""
        self.begin_again()
        self._page_of.clear()
        self.unlisted.clear()
        self.searched.clear()

    def begin_again(self) -> None:
        """Continue at page one, and this time without a break."""
        self.number, self.has_gap = 0, False
        self.turns = self.most_pages

    def report(self, vehicle: Vehicle, row: Row | None) -> None:
        """Hand over a vehicle's link, once. Without a row it must be searched for."""
        if self.left.pop(vehicle.key, None) is not None:
            if row is None:
                self._found(Link(vehicle, None))
                return
            self._found(Link(vehicle, row.url, row.vehicle_id, spelling_of(vehicle, row)))
