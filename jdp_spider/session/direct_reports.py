"""Direct requests: a bookout's address, learned from the first vehicles, built for the others."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING

from jdp_spider.failures import FailureKind
from jdp_spider.session.report_template import ReportTemplate, Sample, facts_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp_spider.failures import Failure
    from jdp_spider.inventory import Vehicle
    from jdp_spider.pages.file_request import ReportRequest

logger = logging.getLogger(__name__)

SAMPLES_NEEDED = 5
"""Consecutive vehicles whose requests must share one template."""

COMPARISONS_NEEDED = 3
"""Vehicles whose direct bookout must equal the one from their page."""

_MOST_SHUT_OUT = 3
"""Logins in a row whose direct requests were answered by the login, before that is no chance: one
may end, and leave the next one with a token that is of no use."""

_UNREADABLE = "unreadable"
"""Stands for the text of a bookout that cannot be compared."""


class DirectReports:
    """Learns how a bookout is requested, and builds the direct request from what is known.

    Opening a vehicle may be what renews its values. So the first vehicles that are asked for
    directly are opened afterwards, and both bookouts compared: that of the page counts. Each
    bookout is verified like any other. The first refusal or difference ends direct requests for
    the run: a site may insist on opening the vehicle's page first. Only a new login, which may
    bring new tokens, is a reason to learn again.
    """

    def __init__(self, crawler: Crawler, *, wanted: bool) -> None:
        self._crawler = crawler
        self._is_wanted = wanted
        self._samples: OrderedDict[str, Sample] = OrderedDict()
        """The last ones, by vehicle."""
        self._template: ReportTemplate | None = None
        self._generation = 0
        """Of the login in which the template was learned."""
        self._shut_out: set[int] = set()
        """Of the logins whose direct requests were answered by the login since one succeeded."""
        self._failed: set[str] = set()
        """Keys of the vehicles whose direct requests have failed."""
        self._opened: set[str] = set()
        """Keys of the vehicles whose pages were opened: their values may be renewed."""
        self._compared: dict[str, str] = {}
        """What the direct bookouts of vehicles say that wait for their pages, by key; empty until
        it has come."""
        self._same = 0
        """Comparisons without a difference."""

    def request(self, vehicle: Vehicle, number: str, address: str) -> ReportRequest | None:
        """Return the direct request for a vehicle; None if its page must be opened first.

        `number` is the site's own number of it, if known, `address` that of its page.
        """
        if self._is_wanted and self._template is not None:
            request = self._template.request(facts_of(vehicle, number, address))
            if request is not None and self._may_be_direct(vehicle.key):
                return request
        if self._is_wanted:
            self._opened.add(vehicle.key)
        return None

    def _may_be_direct(self, key: str) -> bool:
        if key in self._failed:
            return False
        if self._same >= COMPARISONS_NEEDED:
            return True
        if key in self._compared:
            return not self._compared[key]
        under_way = self._same + len(self._compared)
        if key in self._opened or under_way >= COMPARISONS_NEEDED:
            return False
        self._compared[key] = ""
        return True

    def is_compared(self, vehicle: Vehicle, says: str) -> bool:
        """Return True if this text of a direct bookout must be compared with that of the page."""
        if vehicle.key not in self._compared:
            return False
        self._compared[vehicle.key] = says or _UNREADABLE
        return True

    def compare(self, vehicle: Vehicle, says: str) -> None:
        """Compare the bookout of a vehicle's page with the direct one, if there was one."""
        direct = self._compared.pop(vehicle.key, "")
        if not direct or not self._is_wanted:
            return
        self._crawler.stats.inc_value("jdp/direct/compared_count")
        if direct == says:
            self._same += 1
            return
        self._is_wanted = False
        self._crawler.stats.set_value("jdp/direct/given_up", 1)
        logger.warning(
            "The report of vehicle %s says something else when it is requested directly than after "
            "the vehicle was opened, which is kept: all further ones are taken from the vehicle's "
            "page",
            vehicle.label,
        )

    def drop(self, vehicle: Vehicle) -> None:
        """Compare another vehicle instead, because an attempt at this one has failed."""
        self._compared.pop(vehicle.key, None)

    def add_sample(
        self,
        vehicle: Vehicle,
        number: str,
        address: str,
        request: ReportRequest,
        generation: int,
    ) -> None:
        """Learn from the request of a bookout that was created on the vehicle's page.

        `generation` is that of the login.
        """
        if not self._is_wanted or self._template is not None:
            return
        self._samples.pop(vehicle.key, None)
        self._samples[vehicle.key] = Sample(facts_of(vehicle, number, address), request)
        if len(self._samples) > SAMPLES_NEEDED:
            self._samples.popitem(last=False)
        if len(self._samples) == SAMPLES_NEEDED:
            self._template = ReportTemplate.learn(list(self._samples.values()))
        if self._template is not None:
            self._generation = generation
            logger.info(
                "Reports can be requested directly, without the vehicle's page: %d are compared "
                "first",
                COMPARISONS_NEEDED,
            )

    def record_success(self) -> None:
        """Note that a direct request has brought the vehicle's bookout."""
        self._shut_out.clear()

    def record_failure(self, vehicle: Vehicle, failure: Failure, generation: int) -> bool:
        """Note a direct request that has failed: the vehicle's next attempt opens its page.

        `generation` is that of the login. Return True if the request is to blame.
        """
        self._failed.add(vehicle.key)
        may_learn = generation > self._generation
        if failure.kind is FailureKind.LOGGED_OUT:
            # Some sites answer so whatever they refuse, and the session lives.
            self._shut_out.add(generation)
            is_over = len(self._shut_out) >= _MOST_SHUT_OUT
            if is_over or (may_learn and len(self._shut_out) > 1):
                self._give_up(failure.error, may_learn=not is_over)
            return False
        # Not by what was requested in the way that an earlier login had.
        if failure.refuses_bookout and generation >= self._generation:
            self._give_up(failure.error, may_learn=may_learn)
        return failure.refuses_bookout

    def _give_up(self, error: BaseException, *, may_learn: bool) -> None:
        """Build no more direct requests, since the site refused one; learn again after a login."""
        if not self._is_wanted or self._template is None:
            return
        if may_learn:
            self._template = None
            self._samples.clear()
            logger.info("Reports are requested differently since the new login: learning again")
            return
        self._is_wanted = False
        self._crawler.stats.set_value("jdp/direct/given_up", 1)
        logger.warning(
            "A report that was requested directly was wrong (%s): all further ones "
            "are taken from the vehicle's page",
            error,
        )
