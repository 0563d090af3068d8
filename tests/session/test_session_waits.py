from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from jdp_spider.reasons import RunEnded
from jdp_spider.session.session import Session
from tests.support.factories import config


@pytest.mark.parametrize(("asked", "waited"), [(240.4, 240), (0.0, 10), (6e7, 3600), (1e12, 3600)])
def test_a_wait_for_another_session_is_bounded_shown_and_noted(asked: float, waited: int) -> None:
    noted: list[Any] = []
    counted: list[str] = []
    crawler = SimpleNamespace(
        crawling=True,
        signals=SimpleNamespace(send_catch_log=lambda signal, **event: noted.append(event)),
        stats=SimpleNamespace(inc_value=counted.append),
    )
    account = SimpleNamespace(load_session=list)

    async def wait() -> list[str]:
        session = Session(crawler, config(), account)
        shown = [session.waiting_for]
        waiting = asyncio.ensure_future(session._wait_for_other(asked))
        await asyncio.sleep(0)
        shown.append(session.waiting_for)
        session.end()
        with pytest.raises(RunEnded):
            await waiting
        return [*shown, session.waiting_for]

    assert asyncio.run(wait()) == ["", f"next login in {waited} s", ""]
    text = f"The account was in use elsewhere: {waited} s to wait"
    assert noted == [{"kind": "waiting", "text": text, "outside": "", "more": {"seconds": waited}}]
    assert counted == ["jdp/session/wait_count"]
