"""What the doctor keeps of a login that the site has not taken."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.doctor import login
from jdp_spider.pages.postponed import Delay, LoginPostponed
from jdp_spider.session.account import Account
from tests.support.factories import config

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

COOKIE = {"name": "session", "value": "x", "domain": "127.0.0.1", "path": "/"}
FULL = LoginPostponed(Delay.TOO_MANY, "Try again in 15 minutes", 900.0)
DOWN = LoginPostponed(Delay.OUTAGE, "Down", None, may_be_live=True)


async def cookies() -> list[dict[str, Any]]:
    return [COOKIE]


async def nothing(*_: object) -> list[str]:
    return []


@pytest.mark.parametrize(("error", "is_live"), [(FULL, False), (DOWN, True)])
def test_postponed_login_leaves_its_time_and_a_session_that_may_live(
    error: LoginPostponed, is_live: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Awaitable[None]:
        raise error

    monkeypatch.setattr("jdp_spider.pages.login.log_in", refuse)
    monkeypatch.setattr(login, "_lacking", nothing)
    settings = config(state_folder=tmp_path)
    account = Account(settings)
    context = SimpleNamespace(cookies=cookies)
    doctor: Any = SimpleNamespace(
        config=settings, account=account, context=context, page=None, site=settings.site
    )
    account.lock.acquire()
    with pytest.raises(LoginPostponed):
        asyncio.run(login.check_login(doctor))
    account.lock.release()
    assert doctor.maybe_live == is_live
    assert account.load_session() == [COOKIE] * is_live
    known = account.refused_login.find()
    left = known.asked if isinstance(known, LoginPostponed) else None
    assert (left is not None) == (error.asked is not None)
