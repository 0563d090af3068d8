"""The short way: a report's address, learned from the first vehicles and built for the others."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from jdp_spider.pages.bookout import ReportRequest

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

SAMPLES_NEEDED = 5
"""So many vehicles in a row must have had just the request that would have been built."""

_PLACE = "\0"
_NUMBER = re.compile("[0-9]{1,20}")
"""A vehicle's id: nothing else, whoever wrote it into links.jsonl, gets into an address."""


class DirectReports:
    """Learns how a vehicle's report is asked for, and builds the request from the vehicle's id.

    Every report that is fetched so is checked like any other. The first that is refused ends it
    for the run: a site may insist on opening the vehicle first.
    """

    def __init__(self, crawler: Crawler, *, wanted: bool) -> None:
        self._crawler = crawler
        self._is_wanted = wanted
        self._pattern: ReportRequest | None = None
        self._samples = 0

    @property
    def is_known(self) -> bool:
        """Whether requests can be built by now."""
        return self._is_wanted and self._samples >= SAMPLES_NEEDED

    def request(self, vehicle_id: str) -> ReportRequest | None:
        """Return the request for the bookout of the vehicle with this id; None if not known."""
        if not self.is_known or not _NUMBER.fullmatch(vehicle_id) or self._pattern is None:
            return None
        url, method, body = self._pattern
        return ReportRequest(
            url.replace(_PLACE, vehicle_id), method, body and body.replace(_PLACE, vehicle_id)
        )

    def add_sample(self, vehicle_id: str, request: ReportRequest) -> None:
        """Take a lesson from a report that was had by the full way."""
        if not self._is_wanted or self.is_known:
            return
        pattern = _pattern(vehicle_id, request)
        if pattern is None or pattern != self._pattern:
            self._pattern, self._samples = pattern, 0
        if pattern is not None:
            self._samples += 1
        if self.is_known:
            logger.info("Reports are asked for directly from now on, without the vehicle's page")

    def give_up(self, error: BaseException) -> None:
        """Ask for no report directly any more: the site did not give one that was asked for so."""
        if self._is_wanted:
            self._is_wanted = False
            self._crawler.stats.set_value("jdp/direct/given_up", 1)
            logger.warning(
                "A report that was asked for directly did not come right (%s): all further ones "
                "are taken from the vehicle's page",
                error,
            )


def _pattern(vehicle_id: str, request: ReportRequest) -> ReportRequest | None:
    """Return the request with a mark where the id stands; None where it does not stand just once.

    In the site's own name it is no id.
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
