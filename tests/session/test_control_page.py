from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from jdp_spider.browser.response import TaskResponse
from jdp_spider.meta import ATTEMPT, TASK, Attempt, LoginCookies, PageTask
from jdp_spider.pages.errors import (
    ConnectionFailed,
    NetworkRefused,
    ServerError,
    SiteMoved,
    SiteUnreachable,
)
from jdp_spider.session.circuit_breaker import CircuitBreaker
from jdp_spider.session.control_page import ControlPage, RetryBudget, shielded
from tests.support.fake_browser import crawling
from tests.support.loop import in_loop, until

URL = "http://site/inventory"
BROKEN = ServerError(500, "the inventory")


class Page(ControlPage):
    """A control page whose tasks last until they are told to end."""

    def __init__(self) -> None:
        self.cookies = LoginCookies(1, [])
        self.attempts: list[Attempt] = []
        self.may_end = asyncio.Event()
        crawler, _ = crawling()
        handlers = SimpleNamespace(download_request_async=self._download)
        crawler.engine = SimpleNamespace(downloader=SimpleNamespace(handlers=handlers))  # type: ignore[assignment]
        super().__init__(crawler, lambda: self.cookies)

    async def _download(self, request: Any) -> TaskResponse:
        self.attempts.append(request.meta[ATTEMPT])
        await self.may_end.wait()
        return TaskResponse(request.url, result=request.meta[TASK].args)


@in_loop
async def test_task_runs_in_the_control_context_with_the_login() -> None:
    page = Page()
    page.may_end.set()
    assert await page.run(URL, PageTask(None, ("an argument",))) == ("an argument",)
    assert page.attempts == [Attempt("control", page.cookies)]


@in_loop
async def test_tasks_take_turns_and_get_the_login_of_their_start() -> None:
    page = Page()
    both = [asyncio.ensure_future(page.take_turn(URL, PageTask(None))) for _ in range(2)]
    await until(lambda: page.attempts)
    assert [attempt.login for attempt in page.attempts] == [page.cookies]
    page.cookies = LoginCookies(2, [])
    page.may_end.set()
    await asyncio.gather(*both)
    assert page.attempts[1].login == page.cookies


@in_loop
async def test_login_does_not_wait_for_its_turn() -> None:
    page = Page()
    collecting = asyncio.ensure_future(page.take_turn(URL, PageTask(None)))
    logging_in = asyncio.ensure_future(page.run(URL, PageTask(None)))
    await until(lambda: len(page.attempts) == 2)
    page.may_end.set()
    await asyncio.gather(collecting, logging_in)


@in_loop
async def test_shielded_work_continues_when_the_waiting_is_cancelled() -> None:
    page = Page()
    waiting = asyncio.ensure_future(shielded(page.take_turn(URL, PageTask(None))))
    await until(lambda: page.attempts)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    after = asyncio.ensure_future(page.take_turn(URL, PageTask(None)))
    await asyncio.sleep(0.01)
    assert len(page.attempts) == 1
    page.may_end.set()
    await after


# Retries


class Budget(RetryBudget):
    """Two retries, and the pauses before them."""

    def __init__(self) -> None:
        crawler, _ = crawling()
        self.is_ending = False
        breaker = CircuitBreaker(crawler, lambda: False, 600)
        self.pauses: list[int] = []
        breaker.pause = lambda seconds, _: self.pauses.append(round(seconds))  # type: ignore[method-assign]
        super().__init__(crawler, breaker, 2, lambda: self.is_ending)


def test_retries_are_bounded_and_pauses_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda *_: 1.0)
    budget = Budget()
    budget.spend(BROKEN)
    budget.spend(ConnectionFailed("reset"))
    with pytest.raises(ServerError):
        budget.spend(BROKEN)
    assert budget.pauses == [1, 2]


def test_progress_restores_all_retries() -> None:
    budget = Budget()
    for _ in range(2):
        budget.spend(BROKEN)
        budget.spend(BROKEN)
        budget.reset()


def test_site_that_is_down_consumes_no_retry() -> None:
    budget = Budget()
    for _ in range(9):
        budget.spend(SiteUnreachable("refused"))
    budget.spend(BROKEN)
    budget.spend(BROKEN)


@pytest.mark.parametrize(
    "error",
    [
        SiteMoved("Login", "http://other", "http://site"),
        NetworkRefused("Untrusted", "Do this"),
        BROKEN,
    ],
)
def test_run_ending_errors_and_ending_runs_are_not_retried(error: Exception) -> None:
    budget = Budget()
    budget.is_ending = error is BROKEN
    with pytest.raises(type(error)):
        budget.spend(error)
    assert budget.pauses == []
