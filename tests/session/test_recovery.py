from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy.utils.test import get_crawler

from jdp_spider import signals
from jdp_spider.failures import classify
from jdp_spider.pages.errors import (
    BrowserFailed,
    ConnectionFailed,
    NoBookoutLink,
    PageChanged,
    ReportNotOpened,
    ReportTimeout,
    ServerError,
    SiteUnreachable,
    WrongVehicle,
)
from jdp_spider.pages.network import SiteDown
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.session import circuit_breaker, in_flight, recovery
from jdp_spider.session.circuit_breaker import CircuitBreaker
from jdp_spider.session.recovery import RecoveryPolicy
from tests.support.factories import VINS, config, vehicle

VEHICLES = [vehicle(str(1000 + number), number % 9) for number in range(40)]
BROKEN = ServerError(500, "a vehicle")


class Run:
    """A recovery, and what it asked for."""

    def __init__(self) -> None:
        self.crawler = get_crawler()
        self.crawler._apply_settings()
        self.asked: list[str] = []
        self.circuit_breaker = CircuitBreaker(self.crawler, lambda: False, 600)
        self.measures = {
            signals.recycle_contexts: lambda: self.asked.append("contexts"),
            signals.restart_browser: lambda: self.asked.append("browser"),
        }
        for signal, receiver in self.measures.items():
            self.crawler.signals.connect(receiver, signal)
        self.recovery = RecoveryPolicy(
            self.crawler,
            config(recovery_pause=0),
            SimpleNamespace(circuit_breaker=self.circuit_breaker),  # type: ignore[arg-type]
            self.asked.append,
        )

    def fail(self, error: Exception, *numbers: int) -> list[bool]:
        """Let attempts of these vehicles fail so; return which of them were cross-talk."""
        failure = classify(error)
        return [self.recovery.record_failure(VEHICLES[number], failure) for number in numbers]

    def stats(self, stem: str) -> dict[str, Any]:
        found = self.crawler.stats.get_stats()
        return {name: value for name, value in found.items() if stem in name}


@pytest.fixture
def run() -> Run:
    return Run()


# Many failures in a row


def test_streak_recycles_contexts_then_restarts_the_browser_then_ends_the_run(run: Run) -> None:
    for first in (0, 5, 10):
        assert run.fail(BROKEN, *range(first, first + 5)) == [False] * 5
    assert run.asked == ["contexts", "browser", "too_many_failures"]
    assert run.stats("recovery_count") == {
        "jdp/recovery_count": 3,
        "jdp/recovery_count/contexts": 1,
        "jdp/recovery_count/browser": 1,
        "jdp/recovery_count/end": 1,
    }


def test_end_names_the_last_failure(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    error = BookoutRejected("html_page", "A web page; the page says: You have reached your limit")
    run.fail(error, *range(15))
    assert run.asked[2:] == ["too_many_failures"]
    assert caplog.messages[-1] == (
        "5 vehicles failed in a row, in spite of all measures: the run ends; the last one: "
        "A web page; the page says: You have reached your limit"
    )


def test_connections_that_no_measure_helps_are_an_outage(run: Run) -> None:
    for first in (0, 5, 10):
        run.fail(ConnectionFailed("reset"), *range(first, first + 5))
    assert run.asked == ["contexts", "browser"]
    assert run.circuit_breaker.is_open
    run.fail(ConnectionFailed("reset"), *range(30))
    assert run.asked == ["contexts", "browser"]
    run.recovery.record_success(VEHICLES[9])
    run.fail(BROKEN, 0, 1, 2, 3, 4)
    assert (run.circuit_breaker.is_open, run.asked[2:]) == (False, ["contexts"])


def test_broken_connections_among_other_failures_end_the_run(run: Run) -> None:
    run.fail(BROKEN, *range(10))
    run.fail(ConnectionFailed("reset"), *range(10, 14))
    run.fail(BROKEN, 14)
    assert run.asked == ["contexts", "browser", "too_many_failures"]


@pytest.mark.parametrize("status", [502, 503, 504])
def test_site_that_is_down_holds_everything_back(status: int, run: Run) -> None:
    assert run.fail(SiteDown(status, "a vehicle"), *range(30)) == [False] * 30
    assert (run.asked, run.circuit_breaker.is_open) == ([], True)
    assert run.circuit_breaker.waiting_for.startswith("the site is down (")
    assert not run.circuit_breaker.is_exhausted


def test_saved_vehicle_resets_the_streak(run: Run) -> None:
    run.fail(BROKEN, 0, 1, 2, 3, 4)
    run.recovery.record_success(VEHICLES[9])
    run.fail(BROKEN, 0, 1, 2, 3)
    run.recovery.record_success(VEHICLES[9])
    run.fail(BROKEN, 4)
    assert run.asked == ["contexts"]
    run.fail(BROKEN, 5, 6, 7, 8)
    assert run.asked == ["contexts", "contexts"]


def test_repeated_failures_of_a_vehicle_make_no_streak(run: Run) -> None:
    run.fail(BROKEN, *[0] * 20)
    assert run.asked == []


@pytest.mark.parametrize(
    ("error", "vehicles"),
    [
        (BROKEN, 5),
        (PageChanged("Vehicle", "reports", "#a", "b"), 5),
        (ReportNotOpened("x"), 5),
        (PlaywrightTimeout("Timeout 60000ms exceeded."), 5),
        (ConnectionFailed("reset"), 5),
        (BookoutRejected("html_page", "x"), 5),
        (BookoutRejected("empty", "x"), 5),
        (BookoutRejected("other_reference", "x"), 20),
        (BookoutRejected("no_text", "x"), 20),
        (BookoutRejected("too_heavy", "x"), 20),
        (WrongVehicle("x"), 20),
    ],
)
def test_streak_length_depends_on_the_error(error: Exception, vehicles: int, run: Run) -> None:
    run.fail(error, *range(vehicles - 1))
    assert run.asked == []
    run.fail(error, vehicles - 1)
    assert run.asked == ["contexts"]


@pytest.mark.parametrize("error", [NoBookoutLink("x"), KeyError("a programmer's")])
def test_failures_of_the_vehicle_make_no_streak(error: Exception, run: Run) -> None:
    run.fail(error, *range(40))
    assert run.asked == []


# Vehicles that disturb each other


def of(number: int) -> str:
    return f"Stock #: {VEHICLES[number].reference}\nVIN: {VEHICLES[number].vin}"


def refused(text: str) -> BookoutRejected:
    error = BookoutRejected("other_reference", "not yours")
    error.text = text
    return error


def together(run: Run, *numbers: int) -> None:
    async def enter() -> None:
        for number in numbers:
            await run.recovery.acquire(VEHICLES[number])

    asyncio.run(enter())


def test_three_bookouts_of_other_vehicles_serialize_the_run(run: Run) -> None:
    together(run, 0, 1, 2, 3)
    assert run.fail(refused(of(3)), 0, 1) == [True, True]
    assert not run.recovery.in_flight.serialized
    assert run.fail(WrongVehicle("x", of(3)), 2) == [True]
    assert run.recovery.in_flight.serialized
    assert run.stats("disturbed") | run.stats("one_at") == {
        "jdp/disturbed_count": 3,
        "jdp/one_at_a_time": 1,
    }
    assert run.asked == []


def test_three_vehicles_refused_beside_others_serialize_the_run(run: Run) -> None:
    together(run, 0, 1, 2)
    assert run.fail(ServerError(409, "the report"), 0, 1, 2) == [True] * 3
    assert run.recovery.in_flight.serialized
    for number in (1, 2):
        run.recovery.finish(VEHICLES[number])
    # Alone it is the vehicle's own failure.
    assert run.fail(ServerError(409, "the report"), 0) == [False]


TOO_MANY = ServerError(429, "the report")


def test_site_that_soon_refuses_several_again_and_again_gets_one_at_a_time(run: Run) -> None:
    for _ in range(4):
        assert not run.recovery.in_flight.serialized
        together(run, 0, 1, 2)
        run.fail(TOO_MANY, 1, 2)
        run.recovery.record_success(VEHICLES[0])
        run.circuit_breaker._until = 0
        for number in range(3):
            run.recovery.finish(VEHICLES[number])
    assert run.recovery.in_flight.serialized


@pytest.mark.parametrize("saved", [0, 30])
def test_site_that_refuses_all_for_a_while_serves_several_at_a_time(run: Run, saved: int) -> None:
    together(run, 0, 1, 2, 3, 4)
    for _ in range(9):
        run.fail(TOO_MANY, 0, 1, 2, 3, 4)
        for _ in range(saved):
            run.recovery.record_success(VEHICLES[9])
    assert not run.recovery.in_flight.serialized
    assert run.asked == []


def test_vehicle_in_flight_for_part_of_the_attempt_counts_as_cross_talk(run: Run) -> None:
    together(run, 0, 1)
    run.recovery.finish(VEHICLES[1])
    assert run.fail(refused(of(1)), 0) == [True]


@pytest.mark.parametrize(
    "error",
    [
        refused(of(9)),
        refused(""),
        refused(f"Stock #: {VEHICLES[1].reference}\nVIN: {VINS[5]}"),
        WrongVehicle("x", "Stock #: 10011"),
    ],
)
def test_vehicle_not_in_flight_is_not_cross_talk(error: Exception, run: Run) -> None:
    together(run, 0, 1)
    assert run.fail(error, 0) == [False]
    assert run.stats("disturbed") == {}


@pytest.mark.parametrize("others", [0, 1])
def test_report_of_a_vehicle_that_is_gone_makes_all_wait_if_no_other_is_in_flight(
    others: int, run: Run
) -> None:
    run.recovery._wrong_reports._first_wait_s = 5.0
    together(run, *range(1 + others))
    run.fail(refused(of(9)), 0)
    assert bool(run.circuit_breaker.waiting_for) is not bool(others)


def test_vehicle_that_began_after_the_attempt_is_not_cross_talk(run: Run) -> None:
    together(run, 0)
    run.recovery.finish(VEHICLES[0])
    together(run, 1)
    assert run.fail(refused(of(0)), 1) == [False]


def test_serialized_run_has_one_vehicle_in_flight(run: Run) -> None:
    async def story() -> list[int]:
        run.recovery.in_flight.serialized = True
        at_work = []

        async def work(number: int) -> None:
            await run.recovery.acquire(VEHICLES[number])
            at_work.append(len(run.recovery.in_flight))
            await asyncio.sleep(0)
            run.recovery.finish(VEHICLES[number])

        await asyncio.gather(*(work(number) for number in range(5)))
        return at_work

    assert asyncio.run(story()) == [1] * 5


def test_serialized_run_waits_for_vehicles_in_flight(run: Run) -> None:
    async def story() -> bool:
        await run.recovery.acquire(VEHICLES[0])
        await run.recovery.acquire(VEHICLES[1])
        run.recovery.in_flight.serialized = True
        entering = asyncio.ensure_future(run.recovery.acquire(VEHICLES[2]))
        run.recovery.finish(VEHICLES[0])
        await asyncio.sleep(0.01)
        early = entering.done()
        run.recovery.finish(VEHICLES[1])
        await entering
        return early

    assert asyncio.run(story()) is False


# Nothing finished


def looks(run: Run, clock: SimpleNamespace, seconds: float) -> bool:
    """Whether the last of the looks of so many seconds finds the run stuck."""
    end, is_stuck = clock.now + seconds, False
    while clock.now < end:
        clock.now = min(clock.now + 5, end)
        is_stuck = run.recovery.is_stuck()
    return is_stuck


def test_stalled_run_restarts_the_browser_and_then_ends(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = SimpleNamespace(now=round(time.monotonic()), monotonic=lambda: known.now)
    for module in (recovery, in_flight):
        monkeypatch.setattr(module, "time", known)
    run.recovery.in_flight.last_finished = known.now
    limit = config().stall_timeout
    together(run, 0, 1)
    run.recovery.finish(VEHICLES[1])
    assert not looks(run, known, limit)
    assert looks(run, known, 1)
    run.recovery.recover_from_stall()
    assert (run.asked, run.recovery.is_stuck()) == (["browser"], False)
    assert looks(run, known, limit + 1)
    run.recovery.recover_from_stall()
    assert run.asked == ["browser", "too_many_failures"]


@pytest.fixture
def clock(run: Run, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time of the run, whose vehicles 0 to 4 are in flight."""
    clock = SimpleNamespace(now=time.monotonic())
    clock.monotonic = lambda: clock.now
    for module in (recovery, in_flight, circuit_breaker):
        monkeypatch.setattr(module, "time", clock)

    async def begin() -> None:
        for each in VEHICLES[:5]:
            await run.recovery.acquire(each)

    asyncio.run(begin())
    return clock


@pytest.mark.parametrize("look_first", [True, False])
def test_computer_that_slept_has_cost_no_vehicle_an_attempt(
    look_first: bool, run: Run, clock: SimpleNamespace
) -> None:
    """On Windows all time limits are over on waking, the one for the whole run as well."""
    late = PlaywrightTimeout("Timeout 60000ms exceeded.")
    assert not run.recovery.is_stuck()
    clock.now += 8 * 3600
    if look_first:
        assert not run.recovery.is_stuck()
    assert run.fail(late, *range(5)) == [True] * 5
    assert not run.recovery.is_stuck()
    assert run.asked == []
    # Another time they count, once one of them has failed alone as well.
    assert run.fail(late, *range(5)) == [False] * 5
    for number in range(5):
        run.recovery.finish(VEHICLES[number])
    together(run, 5)
    assert run.asked == []
    assert run.fail(late, 5) == [False]
    assert run.asked == ["contexts"]


@pytest.mark.parametrize(
    "error",
    [
        PageChanged("Vehicle", "reports", "#a", "b"),
        ReportNotOpened("x"),
        ReportTimeout("x"),
        ConnectionFailed("reset"),
        BookoutRejected("cut", "x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_sleep_may_cause_is_free(
    error: Exception, run: Run, clock: SimpleNamespace
) -> None:
    clock.now += 3600
    assert run.fail(error, *range(5)) == [True] * 5
    assert run.asked == []


@pytest.mark.parametrize(
    "error",
    [BROKEN, WrongVehicle("x"), BookoutRejected("other_reference", "x")],
    ids=lambda error: type(error).__name__,
)
def test_what_no_sleep_can_cause_counts(error: Exception, run: Run, clock: SimpleNamespace) -> None:
    clock.now += 3600
    assert run.fail(error, *range(5)) == [False] * 5


def test_next_attempt_after_a_sleep_counts_however_the_first_ended(
    run: Run, clock: SimpleNamespace
) -> None:
    clock.now += 3600
    assert run.fail(BrowserFailed("x"), 0) == [False]
    run.recovery.finish(VEHICLES[0])
    together(run, 0)
    assert run.fail(ReportTimeout("x"), 0) == [False]


def test_vehicles_that_begin_after_a_sleep_count(run: Run, clock: SimpleNamespace) -> None:
    clock.now += 3600
    assert not run.recovery.is_stuck()
    late = PlaywrightTimeout("Timeout 60000ms exceeded.")
    assert run.fail(late, *range(5, 10)) == [False] * 5
    assert run.asked == ["contexts"]


def test_sleep_is_no_part_of_an_outage(run: Run, clock: SimpleNamespace) -> None:
    run.recovery.record_success(VEHICLES[9])
    gone = SiteUnreachable("no network")
    run.fail(gone, 0)
    clock.now += 8 * 3600
    run.recovery.is_stuck()
    run.fail(gone, 1)
    assert not run.circuit_breaker.is_exhausted
    for _ in range(130):
        clock.now += 5
        run.recovery.is_stuck()
    run.fail(gone, 2)
    assert run.circuit_breaker.is_exhausted


def test_waiting_run_is_not_stalled(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    known = SimpleNamespace(now=1000.0, monotonic=lambda: known.now)
    for module in (recovery, in_flight):
        monkeypatch.setattr(module, "time", known)
    run.recovery.in_flight.last_finished = known.now
    known.now += 10_000
    assert not run.recovery.is_stuck()
    together(run, 0)
    run.circuit_breaker.pause(1e9, "a long pause")
    known.now += 10_000
    assert not run.recovery.is_stuck()
