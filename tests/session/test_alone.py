"""Vehicles that fail beside others: the crawl's middlewares against sites of a few lines."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.http import Request

from jdp_spider import meta
from jdp_spider.browser.response import BookoutResponse
from jdp_spider.pages.errors import PageChanged, ServerError
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.session.alone import AloneTrials
from jdp_spider.session.direct_reports import DirectReports
from tests.support.factories import config, vehicle
from tests.test_middlewares import Run, ask, bookout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy.http import Response

BROKEN = ServerError(500, "the report")


class Site:
    """Makes each report in some steps of the loop, and counts what it is asked for."""

    def __init__(self, broken: Iterable[str] = (), error: Exception = BROKEN) -> None:
        self.broken = {*broken}
        """References of vehicles that always fail."""
        self.error = error
        self.asked: list[str] = []
        self.alone: list[str] = []
        """References of the vehicles that were alone from begin to end."""
        self._in_flight: dict[str, bool] = {}
        """By reference: whether it overlapped another."""

    async def report(self, request: Request) -> Response:
        reference = request.meta[meta.VEHICLE].reference
        self.asked.append(reference)
        self._in_flight = dict.fromkeys(self._in_flight, True)
        self._in_flight[reference] = bool(self._in_flight)
        # Of different lengths, so that not all end together.
        for _ in range(20 + 7 * (len(self.asked) % 5)):
            await asyncio.sleep(0)
        overlapped = self._in_flight.pop(reference)
        if not overlapped:
            self.alone.append(reference)
        if reference in self.broken or self.refuses(reference, overlapped=overlapped):
            raise self.error
        return bookout(request)

    def refuses(self, reference: str, *, overlapped: bool) -> bool:
        return False


class OneToken(Site):
    """A report needs the token of the page that was opened last."""

    def refuses(self, reference: str, *, overlapped: bool) -> bool:
        return self.asked[-1] != reference


class OneAtATime(Site):
    """Whatever overlaps fails."""

    def refuses(self, reference: str, *, overlapped: bool) -> bool:
        return overlapped


class EachThird(Site):
    """Something fails now and then, whatever else is in flight."""

    def refuses(self, reference: str, *, overlapped: bool) -> bool:
        return len(self.asked) % 3 == 0


class BadBegin(Site):
    """The first reports fail."""

    def refuses(self, reference: str, *, overlapped: bool) -> bool:
        return len(self.asked) < 12


def crawl(site: Site, vehicles: int, contexts: int = 5, retries: int = 2) -> tuple[Run, list[str]]:
    """Crawl the site; return the run, and the references of the vehicles that failed for good."""
    run, numbers, failed = Run(contexts), count(), []
    run.spider.direct = DirectReports(run.crawler, wanted=False)
    run.spider.config = config(retries=retries)
    queue = [(0, next(numbers), ask(vehicle(f"{n}", n % 9), str(n)), n) for n in range(vehicles)]

    for *_, request, _ in queue:
        request.meta["max_retry_times"] = retries

    async def work() -> None:
        while queue and not run.closed and not run.spider.common:
            *_, request, n = heapq.heappop(queue)
            result: Any
            try:
                result = await run.manager.download_async(site.report, request)
            except Exception as error:  # noqa: BLE001 - it is what the errback gets
                result = error
            if isinstance(result, Request):
                heapq.heappush(queue, (-result.priority, next(numbers), result, n))
            elif not isinstance(result, BookoutResponse):
                failed.append(str(n))

    async def work_all() -> None:
        await asyncio.gather(*(work() for _ in range(contexts)))
        # A worker ends once the queue is empty, though another's vehicle is tried again.
        await work()

    asyncio.run(work_all())
    return run, sorted(failed)


@pytest.mark.parametrize("vehicles", [6, 40])
@pytest.mark.parametrize("site", [OneToken, OneAtATime])
@pytest.mark.parametrize("error", [BROKEN, BookoutRejected("html_page", "x")], ids=["500", "page"])
def test_vehicles_that_fail_beside_others_are_saved_one_at_a_time(
    error: Exception, site: type[Site], vehicles: int
) -> None:
    made = site(error=error)
    run, failed = crawl(made, vehicles)
    assert failed == []
    assert run.closed == run.spider.common == []
    if vehicles > 6:
        assert run.spider.recovery.in_flight.serialized
        assert run.stats("one_at_a_time") == {"jdp/one_at_a_time": 1}
        assert run.stats("recovery_count") == {}
        assert len(made.asked) < 2 * vehicles


@pytest.mark.parametrize("site", [OneToken, OneAtATime])
def test_vehicles_are_tried_alone_before_they_fail_unless_nothing_is_tried_again(
    site: type[Site],
) -> None:
    made = site()
    assert crawl(made, 40, retries=1)[1] == []
    assert len(made.asked) < 80
    assert crawl(site(), 40, retries=0)[1] != []


@pytest.mark.parametrize("site", [EachThird, BadBegin])
def test_passing_failures_do_not_serialize_the_run(site: type[Site]) -> None:
    run, _ = crawl(site(), 60)
    assert not run.spider.recovery.in_flight.serialized


def test_broken_vehicles_cost_three_attempts_and_fail() -> None:
    broken = [str(n) for n in range(0, 60, 10)]
    made = Site(broken)
    run, failed = crawl(made, 60)
    assert failed == sorted(broken)
    assert len(made.asked) <= 54 + 3 * len(broken) + 1
    assert not run.spider.recovery.in_flight.serialized


def test_failed_trials_are_repeated_less_and_less_often() -> None:
    trials, alone = AloneTrials(), 0
    for number in range(1000):
        key = str(number)
        trials.begin(key)
        alone += trials.is_pending
        trials.fail(key, beside_others=not trials.is_pending)
        trials.finish(key)
    assert alone == 7


def test_trials_that_succeed_while_several_at_a_time_work_prove_nothing() -> None:
    trials = AloneTrials()
    for number in range(100):
        for _ in range(2 * number % 7):
            trials.succeed("one", beside_others=True)
        trials.claim("two")
        trials.begin("two")
        assert not trials.succeed("two", beside_others=False)
        trials.finish("two")
        trials.drop_claim("two")


@pytest.mark.parametrize("contexts", [5, 20])
@pytest.mark.parametrize("error", [BROKEN, PageChanged("Vehicle", "reports", "#a", "b")])
def test_site_that_fails_alone_as_well_is_given_up(error: Exception, contexts: int) -> None:
    made = Site(map(str, range(60)), error)
    run, _ = crawl(made, 60, contexts)
    assert run.closed or run.spider.common
    assert made.alone
    assert len(made.asked) < 16 + 3 * contexts
