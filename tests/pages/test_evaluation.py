"""Questions to a page that is left for another one before it answers."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from jdp_spider.pages import evaluation
from jdp_spider.pages.evaluation import ATTEMPTS, evaluate_until
from tests.support.loop import in_loop

_LEFT = PlaywrightError("Execution context was destroyed, most likely because of a navigation")


class LeftPage:
    """Stands in for a page that is left `times` before it answers, each time after the limit."""

    def __init__(self, times: int) -> None:
        self._times = times
        self.limits: list[float] = []

    async def evaluate(self, _page: Any, _: str, argument: list[Any]) -> str:
        self.limits.append(argument[1])
        if len(self.limits) > self._times:
            return "of the new page"
        await asyncio.sleep(0.02)
        raise _LEFT


async def answer(page: LeftPage) -> Any:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(evaluation, "evaluate_once", page.evaluate)
        return await evaluate_until(cast("Page", None), "() => true", None, 0.01)


@in_loop
async def test_new_page_is_asked_even_when_the_time_is_up() -> None:
    page = LeftPage(times=2)
    assert await answer(page) == "of the new page"
    assert page.limits[1:] == [0, 0]


@in_loop
async def test_page_that_is_left_again_and_again_is_given_up() -> None:
    page = LeftPage(times=100)
    assert await answer(page) is None
    assert len(page.limits) == ATTEMPTS + 1
