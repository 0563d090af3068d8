from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.state import State
from tests.support.demo_client import LICENCE, Client

if TYPE_CHECKING:
    from collections.abc import Callable

    Start = Callable[..., Client]


@pytest.mark.parametrize("path", ["", "vehicle/", "vehicle/BookOut/1", "Report/GetPdfReport"])
def test_every_page_leads_to_the_login(start: Start, path: str) -> None:
    answer = start(logged_in=False).ask(path, follow=False)
    assert answer.status == 302
    assert answer.headers["Location"] == f"/ValuesOnline/{LICENCE}"


def test_grid_callback_without_login_is_refused(start: Start) -> None:
    assert start(logged_in=False).grid("page", "PBN").status == 401


def test_login_leads_to_licence_then_home(start: Start) -> None:
    client = start(logged_in=False, licence=True)
    assert 'id="agreementCheckBox"' in client.log_in().text
    assert client.ask("vehicle/").url.endswith(LICENCE)
    answer = client.accept()
    assert answer.url == client.site.base_url
    assert 'href="/ValuesOnline/vehicle/"' in answer.text
    assert client.site.log.logins == 1


def test_licence_is_asked_once_per_account(start: Start) -> None:
    client = start(licence=True)
    client.accept()
    client.ask("Home/Logout")
    assert client.log_in().url == client.site.base_url


def test_login_sets_a_new_cookie_each_time(start: Start) -> None:
    client = start()
    first = [(cookie.name, cookie.value) for cookie in client.cookies]
    client.ask("Home/Logout")
    assert not list(client.cookies)
    client.log_in()
    second = [(cookie.name, cookie.value) for cookie in client.cookies]
    assert [name for name, _ in (*first, *second)] == ["ASP.NET_SessionId"] * 2
    assert first != second
    assert all(cookie.has_nonstandard_attr("HttpOnly") for cookie in client.cookies)


@pytest.mark.parametrize(("user", "password"), [("demo", "wrong"), ("nobody", "demo-password")])
def test_wrong_password_stays_on_the_page(start: Start, user: str, password: str) -> None:
    client = start(logged_in=False)
    answer = client.log_in(user, password)
    assert answer.url.endswith(LICENCE)
    assert "validation-summary-errors" in answer.text
    assert "active session" not in answer.text
    assert client.site.log.refused_logins == {"wrong_password": 1}
    assert client.site.log.logins == 0


def test_second_login_is_refused_until_the_first_logs_out(start: Start) -> None:
    first = start()
    second = Client(first.site)
    message = "already an active session for this account. Please wait 5 minutes and try again."
    assert message in second.log_in().text
    first.ask("Home/Logout")
    assert second.log_in().url == first.site.base_url
    log = first.site.log
    assert (log.logins, log.logouts, log.refused_logins) == (2, 1, {"active_session": 1})
    assert (log.live_sessions, log.max_live_sessions) == (1, 1)


def test_idle_session_ends(start: Start) -> None:
    first = start(active_session_wait_s=0.2)
    time.sleep(0.3)
    assert first.site.log.live_sessions == 0
    assert first.ask("vehicle/").url.endswith(LICENCE)
    assert Client(first.site).log_in().url == first.site.base_url


def test_accounts_have_sessions_and_inventories_of_their_own(start: Start) -> None:
    first = start(accounts=2, vehicles=20)
    site, second = first.site, Client(first.site)
    assert second.log_in("demo-2").url == site.base_url
    own, other = (inventory[0] for inventory in site.state.inventories.values())
    assert second.ask(f"vehicle/BookOut/{other.id}").status == 200
    # Another account's vehicle is not there.
    assert second.ask(f"vehicle/BookOut/{own.id}").status == 404
    rows = second.ask("vehicle/Export", {}).text.splitlines()[1:]
    assert sorted(row.split(",")[2] for row in rows) == sorted(
        vehicle.vin for vehicle in site.state.inventories["demo-2"]
    )
    assert (site.log.live_sessions, site.log.max_live_sessions) == (2, 1)
    assert [record.user for record in site.log.requests][-2:] == ["demo-2", "demo-2"]


def test_accounts_share_no_vehicle() -> None:
    inventories = State(DemoOptions(vehicles=200, accounts=3)).inventories
    assert list(inventories) == ["demo", "demo-2", "demo-3"]
    ids = [vehicle.id for found in inventories.values() for vehicle in found]
    assert len(ids) == len(set(ids)) == 600
