from __future__ import annotations

import asyncio
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.job.limit import DownloadLimit

if TYPE_CHECKING:
    from collections.abc import Coroutine


LIMIT_S = 20.0
"""After this a wait counts as for ever: it fails instead of hanging."""


def ended(coroutine: Coroutine[Any, Any, Any]) -> Any:
    async def bounded() -> Any:
        return await asyncio.wait_for(coroutine, LIMIT_S)

    return asyncio.run(bounded())


async def waits(limit: DownloadLimit) -> asyncio.Task[bool]:
    """An `admit` that has been let run until it can only wait."""
    task = asyncio.ensure_future(limit.acquire())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not task.done()
    return task


def test_without_a_limit_every_vehicle_is_admitted() -> None:
    async def run() -> list[bool]:
        limit = DownloadLimit(None)
        admitted = [await limit.acquire() for _ in range(50)]
        for _ in admitted:
            limit.commit()
        return [*admitted, limit.reached]

    assert ended(run()) == [True] * 50 + [False]


@pytest.mark.parametrize("most", [1, 2, 5])
def test_limit_is_reached_after_that_many_saves(most: int) -> None:
    async def run() -> list[bool]:
        limit = DownloadLimit(most)
        reached = []
        for _ in range(most):
            assert await limit.acquire()
            reached.append(limit.reached)
            limit.commit()
        return [*reached, limit.reached, await limit.acquire(), await limit.acquire()]

    assert ended(run()) == [False] * most + [True, False, False]


@pytest.mark.parametrize(("most", "left"), [(None, [math.inf, math.inf]), (3, [3, 2])])
def test_remaining_number_decreases_with_saves(most: int | None, left: list[float]) -> None:
    limit = DownloadLimit(most)
    before = limit.remaining
    limit.commit()
    assert [before, limit.remaining] == left


def test_next_vehicle_waits_for_the_place_of_a_failed_one() -> None:
    async def run() -> list[bool]:
        limit = DownloadLimit(1)
        assert await limit.acquire()
        waiting = await waits(limit)
        limit.release()
        given = await waiting
        limit.commit()
        return [given, limit.reached, await limit.acquire()]

    assert ended(run()) == [True, True, False]


def test_waiting_vehicles_are_rejected_when_the_limit_is_reached() -> None:
    async def run() -> list[bool]:
        limit = DownloadLimit(2)
        assert await limit.acquire() and await limit.acquire()
        waiting = await waits(limit)
        limit.commit()
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waiting.done()
        limit.commit()
        return [await waiting, limit.reached]

    assert ended(run()) == [False, True]


@pytest.mark.parametrize("most", [1, 3, 7])
@pytest.mark.parametrize("failing", [0, 2, 3])
def test_vehicles_in_flight_and_saved_never_exceed_the_limit(most: int, failing: int) -> None:
    """Of 30 vehicles every `failing`-th fails; as many are saved as may be, and no more begun."""

    async def run() -> Counter[str]:
        limit, most_begun = DownloadLimit(most), []
        counts: Counter[str] = Counter()

        async def work(number: int) -> None:
            await asyncio.sleep(0)
            failed = failing and number % failing == 0
            counts["at work"] -= 1
            counts["failed" if failed else "saved"] += 1
            (limit.release if failed else limit.commit)()

        tasks = []
        for number in range(30):
            if not await limit.acquire():
                break
            counts["at work"] += 1
            most_begun.append(counts["at work"] + counts["saved"])
            tasks.append(asyncio.ensure_future(work(number)))
        await asyncio.gather(*tasks)
        assert max(most_begun) == most
        return counts

    assert ended(run())["saved"] == most
