from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from samples import config
from scrapy.exceptions import CloseSpider

from jdp_spider.session import Session


def test_a_wait_for_another_session_is_shown_and_noted() -> None:
    noted: list[Any] = []
    counted: list[str] = []
    job = SimpleNamespace(note=lambda *args, **more: noted.append((*args, more)))
    crawler = SimpleNamespace(
        crawling=True,
        spider=SimpleNamespace(job=job),
        stats=SimpleNamespace(inc_value=counted.append),
    )
    account = SimpleNamespace(load_session=list)

    async def wait() -> list[str]:
        session = Session(crawler, config(), account)
        shown = [session.waiting_for]
        waiting = asyncio.ensure_future(session._wait_for_other(240.4))
        await asyncio.sleep(0)
        shown.append(session.waiting_for)
        session.end()
        with pytest.raises(CloseSpider):
            await waiting
        return [*shown, session.waiting_for]

    assert asyncio.run(wait()) == ["", "next login in 240 s", ""]
    assert noted == [
        ("waiting", "The account was in use elsewhere: 240 s to wait", {"seconds": 240})
    ]
    assert counted == ["jdp/session/wait_count"]
