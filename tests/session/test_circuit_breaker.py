from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy.utils.test import get_crawler

from jdp_spider.failures import RunEnded, classify
from jdp_spider.pages.errors import (
    ConnectionFailed,
    LoggedOut,
    Maintenance,
    ReportTimeout,
    ServerError,
    SiteError,
    SiteMoved,
    SiteUnreachable,
)
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.session import circuit_breaker as module
from jdp_spider.session.circuit_breaker import CircuitBreaker

GONE = SiteUnreachable("No answer to the request for a page (net::ERR_CONNECTION_REFUSED)")


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Site:
    """A gate whose clock, end and jitter are the test's."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.is_ending = False
        self.crawler = get_crawler()
        self.crawler._apply_settings()
        self.circuit_breaker = CircuitBreaker(
            self.crawler, lambda: self.is_ending, longest_outage_s=600
        )

    def stats(self) -> dict[str, Any]:
        found = self.crawler.stats.get_stats()
        return {name: value for name, value in found.items() if "pause" in name}

    async def passed(self, tries: int = 20) -> bool:
        """Whether a request passes the gate as it is now."""
        entering = asyncio.ensure_future(self.circuit_breaker.acquire())
        for _ in range(tries):
            await asyncio.sleep(0.001)
            if entering.done():
                break
        if not entering.done():
            entering.cancel()
            return False
        await entering
        return True


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site()
    monkeypatch.setattr(module, "time", made.clock)
    monkeypatch.setattr(module, "_LOOK_S", 0.001)
    monkeypatch.setattr(module, "jittered", lambda seconds: seconds)
    return made


def test_requests_pass_while_no_failure_is_recorded(site: Site) -> None:
    async def three() -> list[bool]:
        return [await site.passed() for _ in range(3)]

    assert asyncio.run(three()) == [True] * 3
    assert (site.circuit_breaker.waiting_for, site.stats()) == ("", {})


def test_retry_after_pauses_the_whole_account(site: Site) -> None:
    async def story() -> list[bool]:
        site.circuit_breaker.record_failure(classify(ServerError(429, "a page", retry_after=30.0)))
        seen = [await site.passed()]
        assert site.circuit_breaker.waiting_for == "the site asks for a pause (Retry-After) (30 s)"
        site.clock.now += 29.9
        seen.append(await site.passed())
        site.clock.now += 0.2
        # Everybody at once: nothing is to be found out.
        return [*seen, await site.passed(), await site.passed()]

    assert asyncio.run(story()) == [False, False, True, True]
    assert site.stats() == {
        "jdp/pause_seconds": 30,
        "jdp/pause_count": 1,
        "jdp/pause_count/retry_after": 1,
    }


@pytest.mark.parametrize(("asked", "held"), [(0.0, 1), (1.0, 1), (3600.0, 3600), (1e12, 3600)])
def test_pause_is_between_one_second_and_one_hour(asked: float, held: int, site: Site) -> None:
    site.circuit_breaker.record_failure(classify(ServerError(429, "a page", retry_after=asked)))
    assert site.circuit_breaker.waiting_for == f"the site asks for a pause (Retry-After) ({held} s)"
    assert site.stats()["jdp/pause_seconds"] == held


def test_longest_pause_applies(site: Site) -> None:
    async def story() -> list[bool]:
        site.circuit_breaker.record_failure(classify(ServerError(503, "a page", retry_after=30.0)))
        site.circuit_breaker.record_failure(classify(ServerError(429, "a page", retry_after=10.0)))
        site.clock.now += 29
        early = await site.passed()
        site.clock.now += 2
        return [early, await site.passed()]

    assert asyncio.run(story()) == [False, True]


def test_pauses_grow_where_the_site_does_not_say_how_long(site: Site) -> None:
    too_many = classify(ServerError(429, "a page"))

    def pause() -> int:
        before = site.stats().get("jdp/pause_seconds", 0)
        # Those in flight at the same time are refused with the first one.
        for _ in range(5):
            site.circuit_breaker.record_failure(too_many)
        site.clock.now += 61
        return int(site.stats()["jdp/pause_seconds"] - before)

    assert [pause() for _ in range(5)] == [10, 20, 40, 60, 60]
    site.circuit_breaker.record_success()
    assert pause() == 10


ASKS_FOR_PAUSE = classify(ServerError(429, "a page", retry_after=30.0))


@pytest.mark.parametrize("contexts", [1, 10])
def test_site_that_only_asks_for_pauses_ends_the_run(contexts: int, site: Site) -> None:
    """After as many pauses, however many requests ask for each, and as long as any outage."""

    def asks(pauses: int) -> bool:
        for _ in range(pauses):
            for _ in range(contexts):
                site.circuit_breaker.record_failure(ASKS_FOR_PAUSE)
                site.clock.now += 0.1
            site.clock.now += 31
        return site.circuit_breaker.is_exhausted

    assert [asks(18), asks(5)] == [False, True]
    with pytest.raises(RunEnded) as raised:
        asyncio.run(site.circuit_breaker.acquire())
    assert raised.value.reason == "site_trouble"


def test_long_pauses_do_not_end_the_run_by_their_length(site: Site) -> None:
    for _ in range(20):
        site.circuit_breaker.record_failure(ASKS_FOR_PAUSE)
        site.clock.now += 3600
    assert not site.circuit_breaker.is_exhausted


def test_connections_that_break_one_after_the_other_are_an_outage(site: Site) -> None:
    broken = classify(ConnectionFailed("reset"))
    for _ in range(3):
        for _ in range(4):
            site.circuit_breaker.record_failure(broken)
        assert (site.circuit_breaker.is_open, site.circuit_breaker.waiting_for) == (False, "")
        site.circuit_breaker.record_success()
    for _ in range(5):
        site.circuit_breaker.record_failure(broken)
    assert site.circuit_breaker.waiting_for == "no connection (2 s)"
    site.clock.now += 3
    site.circuit_breaker.record_failure(broken)
    assert site.circuit_breaker.waiting_for == "no connection (4 s)"
    site.circuit_breaker.record_success()
    assert not site.circuit_breaker.is_open


def test_half_open_breaker_lets_one_probe_through(site: Site) -> None:
    async def story() -> list[bool]:
        site.circuit_breaker.record_failure(classify(GONE))
        site.clock.now += 2.1
        seen = [await site.passed(), await site.passed()]
        # Not back: the next pause is longer.
        site.circuit_breaker.record_failure(classify(GONE))
        site.clock.now += 2.1
        seen += [await site.passed()]
        site.clock.now += 2
        seen += [await site.passed(), await site.passed()]
        site.circuit_breaker.record_success()
        return [*seen, await site.passed(), await site.passed()]

    assert asyncio.run(story()) == [True, False, False, True, False, True, True]
    assert site.stats()["jdp/pause_count"] == 1


def test_pauses_grow_up_to_a_minute(site: Site) -> None:
    async def story() -> list[float]:
        site.circuit_breaker.record_success()
        pauses = []
        for _ in range(8):
            before = site.crawler.stats.get_value("jdp/pause_seconds", 0)
            site.circuit_breaker.record_failure(classify(GONE))
            pauses.append(site.crawler.stats.get_value("jdp/pause_seconds") - before)
            site.clock.now += pauses[-1] + 0.1
        return pauses

    assert asyncio.run(story()) == [2, 4, 8, 16, 32, 60, 60, 60]


def test_failures_of_requests_in_flight_do_not_lengthen_the_pause(site: Site) -> None:
    for _ in range(5):
        site.circuit_breaker.record_failure(classify(GONE))
    assert site.stats() == {
        "jdp/pause_seconds": 2,
        "jdp/pause_count": 1,
        "jdp/pause_count/unreachable": 1,
    }


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (GONE, "site_unreachable"),
        (Maintenance("x"), "site_trouble"),
        (SiteMoved("A vehicle", "https://status.example", "https://own.example"), "site_trouble"),
    ],
)
def test_outage_that_takes_too_long_ends_the_run_for_what_was_found(
    site: Site, last: SiteError, reason: str
) -> None:
    async def story() -> None:
        site.circuit_breaker.record_success()
        error = Maintenance("Vehicle: the site says that it is down for maintenance")
        site.circuit_breaker.record_failure(classify(error))
        site.clock.now += 601
        site.circuit_breaker.begin_outage(classify(last))
        await site.circuit_breaker.acquire()

    with pytest.raises(RunEnded) as raised:
        asyncio.run(story())
    assert raised.value.reason == reason
    assert site.stats()["jdp/pause_count/maintenance"] == 1


def test_address_that_never_answered_has_a_shorter_timeout(site: Site) -> None:
    async def story() -> None:
        site.circuit_breaker.record_failure(classify(GONE))
        site.clock.now += 121
        site.circuit_breaker.record_failure(classify(GONE))
        await site.circuit_breaker.acquire()

    with pytest.raises(RunEnded):
        asyncio.run(story())


def test_ending_run_does_not_wait_for_the_site(site: Site) -> None:
    async def story() -> None:
        site.circuit_breaker.record_failure(classify(GONE))
        entering = asyncio.ensure_future(site.circuit_breaker.acquire())
        await asyncio.sleep(0.005)
        assert not entering.done()
        site.is_ending = True
        await entering

    with pytest.raises(RunEnded) as raised:
        asyncio.run(story())
    assert raised.value.reason == "shutdown"


@pytest.mark.parametrize(
    ("error", "is_back"),
    [
        (ServerError(500, "a page"), True),
        (LoggedOut("Vehicle: the login stands there instead"), True),
        (BookoutRejected("cut", "cut"), True),
        (ReportTimeout("No report"), False),
        (PlaywrightTimeout("Timeout 60000ms exceeded."), False),
    ],
)
def test_other_failures_do_not_pause_and_may_close_the_breaker(
    error: Exception, is_back: bool, site: Site
) -> None:
    async def story() -> list[bool]:
        site.circuit_breaker.record_failure(classify(GONE))
        site.clock.now += 3
        assert await site.passed()
        site.circuit_breaker.record_failure(classify(error))
        return [await site.passed(), await site.passed()]

    # One more may try in any case; all may when the site has answered.
    assert asyncio.run(story()) == [True, is_back]


def test_jitter_spreads_pauses_a_little() -> None:
    pauses = [module.jittered(10) for _ in range(200)]
    assert 8 <= min(pauses) < max(pauses) <= 12
