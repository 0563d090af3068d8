from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from jdp_spider.job.metrics import exit_status
from jdp_spider.pages.errors import LoginRefused
from jdp_spider.reasons import ExitStatus, RunEnded
from jdp_spider.session.session import Session
from tests.support.factories import config


def test_a_login_that_is_refused_while_the_run_ends_is_told_by_the_exit_status(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reason stays that of the end, which would have the login tried again at once."""
    stats: dict[str, Any] = {"finish_reason": "shutdown"}
    crawler: Any = SimpleNamespace(
        crawling=True, stats=SimpleNamespace(set_value=stats.__setitem__)
    )
    account: Any = SimpleNamespace(load_session=list)

    async def log_in() -> None:
        session = Session(crawler, config(), account)

        async def refuse() -> None:
            session.end()
            raise LoginRefused("The site refused the login, saying: Invalid user")

        monkeypatch.setattr(session, "_try_login", refuse)
        monkeypatch.setattr(session.circuit_breaker, "acquire", lambda: asyncio.sleep(0))
        with pytest.raises(RunEnded):
            await session.ensure_logged_in()

    asyncio.run(log_in())
    assert exit_status(stats) == ExitStatus.LOGIN_REFUSED
