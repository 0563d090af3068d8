"""What the site may do that nobody knows, and what it does to a session."""

from __future__ import annotations

import contextlib
import http.client
import io
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.parse import urlsplit

import pytest
from pypdf import PdfReader

from jdp_spider.demo.faults import Fault
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.renames import RENAMES, renamed
from tests.support.demo_client import LICENCE, Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.demo_client import Answer

    Start = Callable[..., Client]


def printed_reference(report: Answer) -> str:
    text = PdfReader(io.BytesIO(report.body)).pages[0].extract_text()
    (reference,) = re.findall("Stock #: (.+)", text)
    return reference


def timed(client: Client, paths: list[str]) -> tuple[float, list[Answer]]:
    started = time.monotonic()
    with ThreadPoolExecutor(len(paths)) as pool:
        answers = list(pool.map(client.ask, paths))
    return time.monotonic() - started, answers


@pytest.mark.parametrize("lock", [False, True])
def test_session_lock_serialises_requests(start: Start, lock: bool) -> None:
    client = start(session_lock=lock)
    client.site.faults.set(Fault("vehicle", "slow", 1, seconds=0.3))
    paths = [f"vehicle/BookOut/{vehicle.id}" for vehicle in client.site.vehicles[:4]]
    seconds, answers = timed(client, paths)
    assert [answer.status for answer in answers] == [200] * 4
    assert (seconds >= 1.2) == lock
    assert client.site.log.max_in_flight["vehicle"] == 4


def test_assets_do_not_wait_for_the_session(start: Start) -> None:
    client = start(session_lock=True)
    client.site.faults.set(Fault("vehicle", "slow", 1, seconds=1))
    with ThreadPoolExecutor() as pool:
        page = pool.submit(client.ask, f"vehicle/BookOut/{client.site.vehicles[0].id}")
        assert client.ask("Content/site.css").status == 200
        assert not page.done()


def test_waiting_request_finds_session_ended(start: Start) -> None:
    client = start(session_lock=True)
    client.site.faults.set(Fault("vehicle", "slow", 1, seconds=0.5))
    first, second = (f"vehicle/BookOut/{vehicle.id}" for vehicle in client.site.vehicles[:2])
    with ThreadPoolExecutor() as pool:
        one = pool.submit(client.ask, first)
        time.sleep(0.1)
        other = pool.submit(client.ask, second)
        time.sleep(0.1)
        assert client.site.end_sessions() == 1
        assert (one.result().status, other.result().url[-len(LICENCE) :]) == (200, LICENCE)


@pytest.mark.parametrize("link_kind", ["href", "script"])
@pytest.mark.parametrize("lock", [False, True])
def test_report_address_without_vehicle_prints_last_opened(
    start: Start, link_kind: str, lock: bool
) -> None:
    client = start(report_address="session", link_kind=link_kind, session_lock=lock)
    first, second = client.site.vehicles[:2]
    assert client.ask("Report/GetPdfReport").status == 404
    for vehicle in (first, second):
        if link_kind == "href":
            page = client.ask(f"vehicle/BookOut/{vehicle.id}")
        else:
            client.ask("vehicle/SelectVehicle", {"vehicleId": vehicle.id})
            page = client.ask("vehicle/BookOut")
    assert 'data-report-address="session"' in page.text
    report = client.ask(f"Report/GetPdfReport?vehicleId={first.id}")
    assert printed_reference(report) == second.reference
    assert client.site.log.reports == {second.id: 1}


def test_report_prints_vehicle_open_at_request(start: Start) -> None:
    client = start(report_address="session")
    first, second = client.site.vehicles[:2]
    client.site.faults.set(Fault("report", "slow", 1, seconds=0.4))
    client.ask(f"vehicle/BookOut/{first.id}")
    with ThreadPoolExecutor() as pool:
        report = pool.submit(client.ask, "Report/GetPdfReport")
        time.sleep(0.15)
        client.ask(f"vehicle/BookOut/{second.id}")
        assert printed_reference(report.result()) == first.reference


def test_page_token_is_good_until_another_vehicle_is_opened(start: Start) -> None:
    client = start(like=("page-token",))
    first, second = client.site.vehicles[:2]
    found = []
    for vehicle in (first, second):
        page = client.ask(f"vehicle/BookOut/{vehicle.id}").text
        (token,) = re.findall('data-page-token="(.+?)"', page)
        found.append(f"Report/GetPdfReport?vehicleId={vehicle.id}&page={token}")
    assert [client.ask(path).status for path in found] == [500, 200]


def test_kept_report_comes_for_every_vehicle(start: Start) -> None:
    client = start(like=("kept-report",))
    paths = [f"Report/GetPdfReport?vehicleId={each.id}" for each in client.site.vehicles[:2]]
    reports = [client.ask(path) for path in paths]
    assert reports[0].body == reports[1].body
    client.site.state.kept_report = (0.0, b"")
    assert client.ask(paths[1]).body != reports[0].body


def refused(client: Client) -> bool:
    address = urlsplit(client.site.base_url)
    try:
        socket.create_connection((address.hostname, address.port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def comes_back(client: Client) -> bool:
    deadline = time.monotonic() + 5
    while refused(client) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not refused(client)


def test_outage_refuses_connections_but_keeps_sessions(start: Start) -> None:
    client = start()
    client.site.outage(0.3)
    assert refused(client)
    with pytest.raises(URLError, match="refused"):
        client.ask("vehicle/")
    assert comes_back(client)
    assert client.ask("vehicle/").url.endswith("/vehicle/")
    assert client.site.log.logins == 1


def test_outage_resets_open_connections(start: Start) -> None:
    client = start()
    address = urlsplit(client.site.base_url)
    kept = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
    with contextlib.closing(kept):
        kept.request("GET", "/ValuesOnline/Content/site.css")
        kept.getresponse().read()
        client.site.outage(0.1)
        with pytest.raises(ConnectionResetError):
            assert kept.sock.recv(1)


def test_outage_may_follow_outage(start: Start) -> None:
    client = start()
    client.site.outage(60)
    client.site.outage(0.1)
    assert comes_back(client)
    client.site.outage(60)  # The site must be able to end while it is down.


def test_overlapping_outages_extend_each_other(start: Start) -> None:
    client = start()
    with ThreadPoolExecutor() as pool:
        list(pool.map(client.site.outage, [0.1] * 5))
    assert comes_back(client)
    client.site.outage(0.1)
    assert refused(client)
    assert comes_back(client)


def test_outage_fault_starts_with_request(start: Start) -> None:
    client = start(faults=(Fault("vehicle", "outage", 1, seconds=0.3),))
    path = f"vehicle/BookOut/{client.site.vehicles[0].id}"
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        client.ask(path)
    assert refused(client)
    assert comes_back(client)
    assert client.ask(path).status == 200
    assert client.site.log.faults == {"outage": 1}


@pytest.mark.parametrize(
    ("state", "message", "reason"),
    [
        ("expired", "Your password has expired.", "password_expired"),
        ("locked", "This account has been locked.", "account_locked"),
    ],
)
def test_right_password_may_be_refused(start: Start, state: str, message: str, reason: str) -> None:
    client = start(logged_in=False, password_state=state)
    assert message in client.log_in().text
    assert client.site.log.refused_logins == {reason: 1}
    assert client.site.log.logins == 0


@pytest.mark.parametrize(
    ("state", "reason"), [("expired", "wrong_password"), ("locked", "account_locked")]
)
def test_wrong_password_of_unusable_account_is_logged(
    start: Start, state: str, reason: str
) -> None:
    client = start(logged_in=False, password_state=state)
    client.log_in(password="wrong")
    assert client.site.log.refused_logins == {reason: 1}


def test_ended_sessions_let_another_log_in(start: Start) -> None:
    client = start()
    site = client.site
    assert site.end_sessions("nobody") == 0
    assert site.end_sessions("demo") == 1
    other = Client(site)
    assert other.log_in().url == site.base_url
    assert client.ask("vehicle/").url.endswith(LICENCE)
    assert "already an active session" in client.log_in().text
    assert (site.log.logins, site.log.logouts, site.log.max_live_sessions) == (2, 0, 1)


def everything(client: Client) -> str:
    """All that the site sends of pages, script and style sheet."""
    vehicle = client.site.vehicles[0]
    site = [LICENCE, "vehicle/", f"vehicle/BookOut/{vehicle.id}", "Scripts/site.js"]
    sent = [client.ask(path).text for path in site]
    client.ask("Home/Logout")
    sent.append(client.ask(LICENCE).text)
    client.site.faults.set(Fault("other", "licence-again", 1))
    client.log_in()
    return "".join([*sent, client.ask(LICENCE).text])


@pytest.mark.parametrize("name", RENAMES)
def test_renamed_selector_is_gone_everywhere(start: Start, name: str) -> None:
    old, new = RENAMES[name]
    sent = everything(start(renamed=(name,)))
    assert (old in sent, new in sent) == (False, True)
    assert (old in everything(start()), new in everything(start())) == (True, False)


def test_all_selectors_may_be_renamed_at_once() -> None:
    page = "".join(old for old, _ in RENAMES.values()).encode()
    assert renamed(page, tuple(RENAMES)).decode() == "".join(new for _, new in RENAMES.values())


def test_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"renamed must be one of usernameInput, .* got 'button'"):
        DemoOptions(renamed=("button",))
