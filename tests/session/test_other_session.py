"""When the login is tried again while the account is in use elsewhere."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from jdp_spider.failures import RunEnded
from jdp_spider.session import other_session as module
from jdp_spider.session.login import LoginProcess
from jdp_spider.session.other_session import OtherSession


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def tries(clock: Clock, seconds: float, *, most: int = 99) -> list[float]:
    """The minutes at which tries of one wait are made, all of them refused."""
    other, begun = OtherSession(), clock.now
    made: list[float] = []
    other.refused()
    other.begin(seconds)
    while not other.is_over and len(made) < most:
        clock.now = other.next_try()
        made.append((clock.now - begun) / 60)
        other.refused()
    return made


def test_tries_are_made_after_1_2_4_minutes_and_at_the_end(clock: Clock) -> None:
    assert tries(clock, 1200) == [1, 3, 7, 15, 20]


def test_a_wait_shorter_than_a_minute_is_kept(clock: Clock) -> None:
    assert tries(clock, 10) == [10 / 60]


def test_enter_allows_a_try_every_30_s_and_ten_per_hour(clock: Clock) -> None:
    other, begun = OtherSession(), clock.now
    other.begin(3600)
    made = []
    for _ in range(11):
        other.refused()
        made.append(clock.now - begun)
        clock.now = other.earliest_try()
    assert made == [*range(0, 300, 30), 3600]


def test_session_that_has_ended_ours_is_left_alone_until_the_wait_is_over(clock: Clock) -> None:
    other = OtherSession()
    other.refused()
    other.give_way()
    other.begin(300)
    assert (other.next_try(), other.earliest_try() <= clock.now) == (clock.now + 300, True)
    other.refused()
    assert other.next_try() == clock.now + 60


def test_requested_try_is_made_once() -> None:
    other = OtherSession()
    other.ask()
    assert [other.take_request(), other.take_request()] == [True, False]


def test_countdown_shows_the_try_that_was_asked_for_too_early() -> None:
    other = OtherSession()
    shown: list[str] = []
    other.refused()
    other.begin(3600)
    login: Any = SimpleNamespace(other=other, waiting_for="", _is_ending=False)

    async def wait() -> None:
        login._closing = asyncio.Event()
        # Without a pause between two looks.
        login._closing.set()
        waiting = asyncio.ensure_future(LoginProcess._wait_for_other(login))
        for _ in range(2):
            for _ in range(20):
                await asyncio.sleep(0)
            shown.append(login.waiting_for)
            other.ask()
        login._is_ending = True
        with pytest.raises(RunEnded):
            await waiting

    asyncio.run(wait())
    assert shown == ["next login in 60 s", "next login in 30 s"]
