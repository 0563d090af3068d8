"""The limit at sites in simulated time: what it finds, what it costs, what it asks for."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

import pytest

from jdp_spider.session.concurrency import ConcurrencyLimit, Known, most_for
from tests.session.simulated_site import (
    SimulatedRun,
    freely,
    one_at_a_time,
    reports_at_a_time,
    slower_above,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.session.simulated_site import Work

MOST = 10
VEHICLES = 120
SEEDS = range(20)
FIRST_TAKES = 1.5
"""Times as long as another page takes a context's first one."""
SITES: dict[str, tuple[Callable[[Sequence[Work]], list[float]], int, float]] = {
    "free": (freely, 100, MOST),
    "one request at a time": (one_at_a_time, 100, 1),
    "two reports at a time": (reports_at_a_time(2), 100, 3),
    "three reports at a time": (reports_at_a_time(3), 100, 5),
    "five reports at a time": (reports_at_a_time(5), 100, 7.5),
    "slower above two": (slower_above(2), 100, 2),
    "slower above five": (slower_above(5), 100, 5),
    "refuses above three": (freely, 3, 3),
    "refuses above seven": (freely, 7, 7),
}
"""How requests go on; how many at a time it takes; how many vehicles keep it busy."""


class Fixed(ConcurrencyLimit):
    def _move(self, limit: int) -> None:
        pass


def runs(site: str, limits: list[ConcurrencyLimit]) -> list[SimulatedRun]:
    rates, refuses_above, _ = SITES[site]
    return [SimulatedRun(each, rates, refuses_above, seed=n) for n, each in enumerate(limits)]


def best_fixed(site: str) -> float:
    numbers = [n for n in (1, 2, 3, 5, 7, 10) if n <= SITES[site][1]]
    return max(
        fmean(run.run(VEHICLES) for run in runs(site, [Fixed(MOST, Known(n)) for _ in SEEDS]))
        for n in numbers
    )


@pytest.mark.parametrize("site", SITES)
def test_limit_is_nearly_as_fast_as_the_best_fixed_number(site: str) -> None:
    best, needed = best_fixed(site), SITES[site][2]
    first = runs(site, [ConcurrencyLimit(MOST) for _ in SEEDS])
    assert fmean(run.run(VEHICLES) for run in first) > 0.9 * best
    assert fmean(run.in_flight_seconds / run.now for run in first) < needed + 2
    assert sum(run.refused for run in first) <= 0.02 * sum(run.requests for run in first)
    second = runs(site, [ConcurrencyLimit(MOST, run.limit.known) for run in first])
    for run in second:
        run.first_takes = FIRST_TAKES
    assert fmean(run.run(VEHICLES) for run in second) > 0.93 * best
    assert fmean(run.in_flight_seconds / run.now for run in second) < needed + 2
    assert sum(run.refused for run in second) <= 0.005 * sum(run.requests for run in second)


def test_limit_falls_when_the_site_becomes_slow() -> None:
    [run] = runs("free", [ConcurrencyLimit(MOST)])
    run.run(VEHICLES)
    assert run.limit.limit == MOST
    run.rates = slower_above(3)
    run.run(400)
    assert fmean(run.limits[-100:]) < 7


def test_most_at_a_time_is_left_where_fewer_do_as_well() -> None:
    found = runs("slower above five", [ConcurrencyLimit(MOST, Known(MOST)) for _ in SEEDS])
    for run in found:
        run.run(1500)
    assert fmean(fmean(run.limits) for run in found) < MOST - 1
    [free] = runs("free", [ConcurrencyLimit(MOST, Known(MOST))])
    free.run(1500)
    assert fmean(free.limits) > MOST - 0.2


def test_limit_rises_when_the_site_becomes_fast_again() -> None:
    [run] = runs("slower above two", [ConcurrencyLimit(MOST)])
    run.run(VEHICLES)
    run.rates = freely
    run.run(800)
    assert fmean(run.limits[-50:]) > 6


def test_refusal_lowers_the_limit_once_for_all_in_flight() -> None:
    limit = ConcurrencyLimit(MOST, Known(6))
    for _ in range(6):
        limit.fail(6, refused=True)
    assert limit.limit == 5
    limit.fail(5, refused=True)
    assert limit.limit == 4
    for _ in range(9):
        limit.fail(limit.limit, refused=True)
    assert limit.limit == 1


def test_two_failures_in_a_row_lower_the_limit() -> None:
    limit = ConcurrencyLimit(MOST, Known(6))
    limit.fail(6, refused=False)
    limit.succeed(6, 6, 1.0)
    limit.fail(6, refused=False)
    assert limit.limit == 6
    limit.fail(6, refused=False)
    assert limit.limit == 5


def test_vehicles_with_too_few_others_in_flight_do_not_change_the_limit() -> None:
    limit = ConcurrencyLimit(MOST)
    for _ in range(50):
        limit.succeed(3, 2, 1.0)
        limit.succeed(2, 3, 1.0)
    assert limit.limit == 3
    assert limit.known is None


def test_direct_requests_are_measured_separately() -> None:
    limit = ConcurrencyLimit(MOST)
    for _ in range(3):
        limit.succeed(3, 3, 6.0)
    assert limit.limit == 6
    # Twice as fast, but not by the number: it is judged anew, by its own kind.
    for _ in range(5):
        limit.succeed(6, 6, 3.0, direct=True)
    for _ in range(6):
        limit.succeed(6, 6, 6.0)
    assert limit.limit == 6


def test_site_that_bears_one_at_a_time_is_remembered() -> None:
    limit = ConcurrencyLimit(MOST)
    limit.settle_at_one()
    assert (limit.limit, limit.known) == (1, Known(1, 1, 400))
    for _ in range(300):
        limit.succeed(1, 1, 1.0)
    assert limit.limit == 1


@pytest.mark.parametrize("most", [1, 2, 3])
def test_limit_stays_within_its_bounds(most: int) -> None:
    seen: list[int] = []
    limit = ConcurrencyLimit(most, Known(7), lambda each: seen.append(each.limit))
    assert limit.limit == most
    for n in range(300):
        limit.succeed(limit.limit, limit.limit, 1.0 + n % 3)
        if n % 50 == 49:
            limit.fail(limit.limit, refused=n % 100 == 99)
    assert all(1 <= each <= most for each in seen)


@pytest.mark.parametrize(
    ("megabytes", "cores", "most"), [(4000, 8, 10), (600, 8, 5), (100, 8, 1), (4000, 1, 10)]
)
def test_memory_and_cores_bound_the_limit(megabytes: int, cores: int, most: int) -> None:
    assert most_for(MOST, megabytes * 1_000_000, cores) == most
