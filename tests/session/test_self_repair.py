from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.config.dotenv import ENV_FILE
from jdp_spider.inventory_table import InventoryError
from jdp_spider.pages.errors import (
    LoggedOut,
    LoginRefused,
    PageChanged,
    ServerError,
    UnknownPage,
)
from jdp_spider.repair.run import Repaired
from jdp_spider.repair.walk import Change, NotRepaired
from jdp_spider.session.account import Account
from jdp_spider.session.cookies import SessionCookies
from jdp_spider.session.self_repair import Known, SelfRepair, may_be_repaired
from tests.support.factories import config
from tests.support.fake_browser import crawling

if TYPE_CHECKING:
    from collections.abc import Callable

    from jdp_spider.meta import PageTask
    from jdp_spider.pages.site import Site

ERROR = PageChanged("Vehicle", "reports", "button.old", "opens the reports dialog")
FOUND = Repaired(
    {"reports": "#new", "log_out": "#bye"},
    {"reports": Change("reports", "button.old", "#new", "button 'Reports'")},
    was_sent=False,
    untried={"log_out": Change("log_out", "#btnLogout", "#bye", "a 'Exit'")},
)


class Night:
    """A session that can be repaired, and what its repairs were asked for."""

    def __init__(self, folder: Path, wanted: bool = True) -> None:
        self.crawler, self.events = crawling()
        made = config(self_repair=wanted, state_folder=folder)
        self.site: Site = made.site
        account = Account(made)
        known = Known(lambda: self.site, self.put)
        cookies = SessionCookies(account)
        self.repair = SelfRepair(self.crawler, made, account, cookies, known)
        self.plans: list[Any] = []
        self.result: Repaired | Exception = FOUND

    def put(self, site: Site) -> None:
        self.site = site

    async def run(self, url: str, task: PageTask) -> Any:
        self.plans += task.args
        # A later task of this context begins with the session's cookies: they must be the newest.
        assert task.reset_cookies == task.renews_cookies
        await asyncio.sleep(0)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    async def attempt(self, error: Exception = ERROR) -> bool:
        return await self.repair.attempt(error, self.run, is_live=True)


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Night]:
    (tmp_path / ".env").touch(0o600)
    monkeypatch.setenv(ENV_FILE, str(tmp_path / ".env"))
    return lambda **more: Night(tmp_path, **more)


def test_repaired_selector_is_used_and_written_once_proved(
    night: Callable[..., Night], tmp_path: Path
) -> None:
    made = night()
    assert asyncio.run(made.attempt())
    assert (made.site.reports, made.site.log_out) == ("#new", "#bye")
    text = (tmp_path / "selectors.toml").read_text("utf-8")
    assert 'reports = "#new"' in text
    assert "log_out" not in text
    made.repair.logged_out()
    assert 'log_out = "#bye"' in (tmp_path / "selectors.toml").read_text("utf-8")
    assert made.events == ["repair_started", "repaired"]
    assert made.crawler.stats.get_value("jdp/repair/change_count") == 2
    assert (made.plans[0].is_live, made.plans[0].may_log_in) == (True, False)


def test_repair_lasts_for_the_run_where_there_is_no_place_for_the_file(
    night: Callable[..., Night], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = night()
    monkeypatch.setenv(ENV_FILE, os.devnull)
    assert asyncio.run(made.attempt())
    assert made.site.reports == "#new"
    assert "JDP_ENV_FILE names no file" in caplog.text


def test_concurrent_callers_share_one_repair_per_run(night: Callable[..., Night]) -> None:
    made = night()

    async def three() -> list[bool]:
        first = await asyncio.gather(made.attempt(), made.attempt())
        return [*first, await made.attempt()]

    assert asyncio.run(three()) == [True, True, False]
    assert len(made.plans) == 1


def test_nothing_is_repaired_if_the_setting_is_off(night: Callable[..., Night]) -> None:
    made = night(wanted=False)
    assert not asyncio.run(made.attempt())
    assert made.plans == []


def test_failed_repair_changes_nothing_and_reports_its_candidates(
    night: Callable[..., Night], tmp_path: Path
) -> None:
    made = night()
    before = made.site
    made.result = NotRepaired(before, "Vehicle", "reports")
    assert not asyncio.run(made.attempt())
    assert made.site == before
    assert not (tmp_path / "selectors.toml").exists()
    assert made.repair.proposals == " A repair found what may be it: nothing"


def test_selectors_written_by_another_crawl_are_read_first(
    night: Callable[..., Night], tmp_path: Path
) -> None:
    made = night()
    (tmp_path / "selectors.toml").write_text('reports = "#theirs"\n', "utf-8")
    made.result = Repaired({}, {}, was_sent=False)
    assert asyncio.run(made.attempt())
    assert (made.plans[0].site.reports, made.site.reports) == ("#theirs", "#theirs")


LOOKS = 25
"""How often the first process looks whether the second repairs meanwhile."""


def repair_in_process(folder: str, name: str) -> None:
    """Repair as one account's crawl of a group does; the first goes on while the second waits."""
    place = Path(folder)
    made = Night(place)

    async def run(_: str, task: PageTask) -> Repaired:
        (place / f"{name}.begins").write_text(task.args[0].site.reports, "utf-8")
        if name == "second":
            return Repaired({}, {}, was_sent=False)
        await until(place / "second.waits")
        for _look in range(LOOKS):
            assert not (place / "second.begins").exists()
            await asyncio.sleep(0.02)
        return FOUND

    async def until(file: Path) -> None:
        while not file.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.02)

    async def attempt() -> bool:
        if name == "second":
            await until(place / "first.begins")
            (place / "second.waits").touch()
        return await made.repair.attempt(ERROR, run, is_live=True)

    print(asyncio.run(attempt()), made.site.reports)


def test_second_process_uses_the_repair_of_the_first(tmp_path: Path) -> None:
    (tmp_path / ".env").touch(0o600)
    call = f"from {__name__} import *; repair_in_process(*sys.argv[1:])"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", call, str(tmp_path), name],
            env={**os.environ, ENV_FILE: str(tmp_path / ".env")},
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("first", "second")
    ]
    said = [each.communicate(timeout=60)[0] for each in started]
    assert [text.split() for text in said] == [["True", "#new"], ["True", "#new"]]
    assert (tmp_path / "second.begins").read_text("utf-8") == "#new"


def test_unchanged_site_is_not_reported_as_repaired(night: Callable[..., Night]) -> None:
    made = night()
    made.result = Repaired({}, {}, was_sent=False)
    assert not asyncio.run(made.attempt())


def test_refused_login_during_a_repair_is_raised(night: Callable[..., Night]) -> None:
    made = night()
    made.result = LoginRefused("The site refused the login")
    with pytest.raises(LoginRefused):
        asyncio.run(made.attempt())


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ERROR, True),
        (UnknownPage("x"), True),
        (InventoryError("x"), True),
        (ServerError(404, "the inventory"), True),
        (ServerError(503, "the inventory"), False),
        (ServerError(429, "the inventory", 5.0), False),
        (LoggedOut("x"), False),
    ],
)
def test_errors_of_a_changed_site_may_be_repaired(error: Exception, expected: bool) -> None:
    assert may_be_repaired(error) == expected
