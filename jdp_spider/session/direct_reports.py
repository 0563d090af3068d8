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

_PLACE = "\0"
_NUMBER = re.compile("[0-9]{1,20}")
"""A vehicle's id: nothing else in links.jsonl gets into an address."""


class DirectReports:
    """Learns how a bookout is requested, and builds the direct request from the vehicle's id.

    Each bookout fetched so is verified like any other. The first refusal ends direct requests for
    the run: a site may insist on opening the vehicle's page first.
    """

    def __init__(self, crawler: Crawler, *, wanted: bool) -> None:
        self._crawler = crawler
        self._is_wanted = wanted
        self._pattern: ReportRequest | None = None
        self._samples = 0

    @property
    def is_known(self) -> bool:
        """True if direct requests can be built by now."""
        return self._is_wanted and self._samples >= SAMPLES_NEEDED

    def request(self, vehicle_id: str) -> ReportRequest | None:
        """Return the direct request for this vehicle id; None if its page must be opened first."""
        if not self.is_known or not _NUMBER.fullmatch(vehicle_id) or self._pattern is None:
            return None
        url, method, body = self._pattern
        return ReportRequest(
            url.replace(_PLACE, vehicle_id), method, body and body.replace(_PLACE, vehicle_id)
        )

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
            logger.info("Reports are asked for directly from now on, without the vehicle's page")

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
