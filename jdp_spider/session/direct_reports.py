"""Direct requests: a bookout's address, learned from the first vehicles, built for the others."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from jdp_spider.pages.transfer import ReportRequest

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

SAMPLES_NEEDED = 5
"""Vehicles in a row whose request must equal the one that would have been built."""

COMPARISONS_NEEDED = 3
"""Vehicles whose direct bookout must say what that of their page says."""

_UNREADABLE = "unreadable"
"""What a bookout says that cannot be compared."""
_PLACE = "\0"
_NUMBER = re.compile("[0-9]{1,20}")
"""A vehicle's id: nothing else in links.jsonl gets into an address."""


class DirectReports:
    """Learns how a bookout is requested, and builds the direct request from the vehicle's id.

    Opening a vehicle may be what renews its values. So the first vehicles that are asked for
    directly are opened afterwards, and both bookouts compared: that of the page counts. Each
    bookout is verified like any other. The first refusal or difference ends direct requests for
    the run: a site may insist on opening the vehicle's page first.
    """

    def __init__(self, crawler: Crawler, *, wanted: bool) -> None:
        self._crawler = crawler
        self._is_wanted = wanted
        self._pattern: ReportRequest | None = None
        self._samples = 0
        self._opened: set[str] = set()
        """Ids of the vehicles whose pages were opened: their values may be renewed."""
        self._compared: dict[str, str] = {}
        """What the direct bookouts of vehicles say that wait for their pages, by id; empty until
        it has come."""
        self._same = 0
        """Comparisons without a difference."""

    @property
    def is_known(self) -> bool:
        """True if direct requests can be built by now."""
        return self._is_wanted and self._samples >= SAMPLES_NEEDED

    def request(self, vehicle_id: str) -> ReportRequest | None:
        """Return the direct request for this vehicle id; None if its page must be opened first."""
        if self._may_be_direct(vehicle_id) and self._pattern is not None:
            url, method, body = self._pattern
            return ReportRequest(
                url.replace(_PLACE, vehicle_id), method, body and body.replace(_PLACE, vehicle_id)
            )
        if self._is_wanted:
            self._opened.add(vehicle_id)
        return None

    def _may_be_direct(self, vehicle_id: str) -> bool:
        if not self.is_known or not _NUMBER.fullmatch(vehicle_id):
            return False
        if self._same >= COMPARISONS_NEEDED:
            return True
        if vehicle_id in self._compared:
            return not self._compared[vehicle_id]
        under_way = self._same + len(self._compared)
        if vehicle_id in self._opened or under_way >= COMPARISONS_NEEDED:
            return False
        self._compared[vehicle_id] = ""
        return True

    def is_compared(self, vehicle_id: str, says: str) -> bool:
        """Return True if the direct bookout, which says this, is to be compared with the page's."""
        if vehicle_id not in self._compared:
            return False
        self._compared[vehicle_id] = says or _UNREADABLE
        return True

    def compare(self, vehicle_id: str, label: str, says: str) -> None:
        """Compare the bookout of a vehicle's page with the direct one, if there was one."""
        direct = self._compared.pop(vehicle_id, "")
        if not direct or not self._is_wanted:
            return
        self._crawler.stats.inc_value("jdp/direct/compared_count")
        if direct == says:
            self._same += 1
            return
        self._is_wanted = False
        self._crawler.stats.set_value("jdp/direct/given_up", 1)
        logger.warning(
            "The report of vehicle %s says something else when it is asked for directly than after "
            "the vehicle was opened, which is kept: all further ones are taken from the vehicle's "
            "page",
            label,
        )

    def drop(self, vehicle_id: str) -> None:
        """Compare another vehicle instead, as an attempt at this one has failed."""
        self._compared.pop(vehicle_id, None)

    def add_sample(self, vehicle_id: str, request: ReportRequest) -> None:
        """Learn from the request of a bookout that was created on the vehicle's page."""
        if not self._is_wanted or self.is_known:
            return
        pattern = _pattern(vehicle_id, request)
        if pattern is None or pattern != self._pattern:
            self._pattern, self._samples = pattern, 0
        if pattern is not None:
            self._samples += 1
        if self.is_known:
            logger.info(
                "Reports can be asked for directly, without the vehicle's page: %d are compared "
                "first",
                COMPARISONS_NEEDED,
            )

    def give_up(self, error: BaseException) -> None:
        """Build no more direct requests, as the site refused one."""
        if self._is_wanted:
            self._is_wanted = False
            self._crawler.stats.set_value("jdp/direct/given_up", 1)
            logger.warning(
                "A report that was asked for directly did not come right (%s): all further ones "
                "are taken from the vehicle's page",
                error,
            )


def _pattern(vehicle_id: str, request: ReportRequest) -> ReportRequest | None:
    """Return the request with a placeholder for the id; None unless the id occurs just once.

    The site's host name does not count.
    """
    if not _NUMBER.fullmatch(vehicle_id):
        return None
    host_ends = request.url.find("/", request.url.find("://") + 3)
    host, rest = request.url[:host_ends], request.url[host_ends:]
    whole = re.compile(rf"(?<![0-9A-Za-z]){re.escape(vehicle_id)}(?![0-9A-Za-z])")
    if len(whole.findall(rest)) + len(whole.findall(request.body or "")) != 1:
        return None
    body = whole.sub(_PLACE, request.body) if request.body else request.body
    return ReportRequest(host + whole.sub(_PLACE, rest), request.method, body)
