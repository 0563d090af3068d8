from __future__ import annotations

import asyncio
import http.client
import io
import re
import socket
import time
from asyncio.trsock import TransportSocket
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from jdp_spider.demo.connections import reset_connection
from jdp_spider.demo.faults import WHATS, Fault, Faults, parse_fault
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.reports import make_report
from jdp_spider.demo.vehicles import make_vehicles
from tests.support.demo_client import LICENCE, Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from jdp_spider.demo.vehicles import DemoVehicle
    from tests.support.demo_client import Answer

    Start = Callable[..., Client]

STATUSES = ["status-500", "status-502", "status-503", "status-429", "status-429-date"]
LOST = (ConnectionError, http.client.HTTPException)


def ask(client: Client, kind: str, vehicle: DemoVehicle | None = None) -> Answer:
    vehicle = vehicle or client.site.vehicles[0]
    if kind in ("grid", "export"):
        path = {"grid": "vehicle/GridCallback", "export": "vehicle/Export"}[kind]
        return client.ask(path, {"action": "page", "value": "PBF"}, follow=False)
    paths = {
        "login": LICENCE,
        "inventory": "vehicle/",
        "vehicle": f"vehicle/BookOut/{vehicle.id}",
        "report": f"Report/GetPdfReport?vehicleId={vehicle.id}",
        "logout": "Home/Logout",
        "other": "",
    }
    return client.ask(paths[kind], follow=False)


def text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("what", STATUSES)
@pytest.mark.parametrize("kind", ["inventory", "grid", "export", "vehicle", "report", "logout"])
def test_status_fault_hits_once_without_effect(start: Start, kind: str, what: str) -> None:
    client = start()
    client.site.faults.set(Fault(kind, what, 1))
    assert ask(client, kind).status == int(what[7:10])
    log = client.site.log
    assert (log.reports, log.live_sessions, log.faults) == ({}, 1, {what: 1})
    assert ask(client, kind).status == (302 if kind == "logout" else 200)
    assert [record.fault for record in log.requests[-2:]] == [what, None]


def test_retry_after_has_seconds_or_date(start: Start) -> None:
    client = start()
    client.site.faults.set(Fault("vehicle", "status-429", 1, seconds=3))
    assert ask(client, "vehicle").headers["Retry-After"] == "3"
    client.site.faults.set(Fault("vehicle", "status-429-date", 1, seconds=30))
    date = parsedate_to_datetime(ask(client, "vehicle").headers["Retry-After"])
    assert 29 <= date.timestamp() - time.time() <= 31


@pytest.mark.parametrize("kind", ["login", "vehicle", "report", "grid", "logout"])
def test_reset_fault_breaks_connection(start: Start, kind: str) -> None:
    client = start(logged_in=kind != "login")
    client.site.faults.set(Fault(kind, "reset", 1))
    with pytest.raises(LOST):
        ask(client, kind)
    assert client.site.log.faults == {"reset": 1}
    assert sum(client.site.log.reports.values()) == (kind == "report")


def test_reset_of_a_login_makes_no_session(start: Start) -> None:
    client = start(logged_in=False)
    client.site.faults.set(Fault("login", "reset", 1))
    with pytest.raises(LOST):
        client.log_in()
    assert client.log_in().url == client.site.base_url
    assert client.site.log.logins == 1


def test_hanging_request_lasts_until_client_leaves(start: Start) -> None:
    client = start()
    client.site.faults.set(Fault("report", "hang", 1))
    with pytest.raises(TimeoutError):
        client.ask(f"Report/GetPdfReport?vehicleId={client.site.vehicles[0].id}", timeout=0.3)
    deadline = time.monotonic() + 5
    while not client.site.log.faults and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (client.site.log.faults, client.site.log.reports) == ({"hang": 1}, {})
    assert ask(client, "report").status == 200


def test_hanging_request_ends_without_answer(start: Start) -> None:
    client = start()
    client.site.faults.set(Fault("vehicle", "hang", 1, seconds=0.1))
    with pytest.raises(LOST):
        ask(client, "vehicle")


def test_slow_fault_delays_answers(start: Start) -> None:
    client = start(latency="fast")
    client.site.faults.set(Fault("grid", "slow", 1), Fault("vehicle", "slow", 1, seconds=0.7))
    assert (ask(client, "grid").status, ask(client, "vehicle").status) == (200, 200)
    slow = [record.latency for record in client.site.log.requests[-2:]]
    assert 10 * 0.15 * 0.8 <= slow[0] <= 10 * 0.15 * 1.2
    assert slow[1] == 0.7


@pytest.mark.parametrize("kind", ["inventory", "vehicle", "report", "grid"])
def test_maintenance_page_has_status_200(start: Start, kind: str) -> None:
    client = start()
    client.site.faults.set(Fault(kind, "maintenance", 1))
    answer = ask(client, kind)
    assert (answer.status, answer.headers.get_content_type()) == (200, "text/html")
    assert "scheduled maintenance" in answer.text
    assert "btnLogout" not in answer.text
    assert client.site.log.reports == {}


@pytest.mark.parametrize(
    ("kind", "what", "inserted"),
    [
        ("login", "no-load-event", 'src="/ValuesOnline/Scripts/never.js"'),
        ("inventory", "alert", "confirm("),
        ("other", "alert", "alert("),
        ("vehicle", "no-dialog", "stopClicks('.reportButton')"),
        ("vehicle", "no-popup", "stopClicks('#createPdfButton')"),
    ],
)
def test_page_contains_the_inserted_disturbance(
    start: Start, kind: str, what: str, inserted: str
) -> None:
    client = start(logged_in=kind != "login")
    client.site.faults.set(Fault(kind, what, 1))
    assert inserted in ask(client, kind).text
    assert inserted not in ask(client, kind).text


def test_asset_fault_never_answers(start: Start) -> None:
    with pytest.raises(TimeoutError):
        start().ask("Scripts/never.js", timeout=0.2)


def test_redirect_does_not_use_up_a_fault(start: Start) -> None:
    client = start()
    client.site.faults.set(Fault("inventory", "alert", 1))
    assert client.ask("vehicle", follow=False).status == 302
    assert client.site.log.faults == {}
    assert "alert(" in ask(client, "inventory").text


def spoilt_report(client: Client, what: str) -> tuple[bytes, bytes]:
    """The report with the fault and without."""
    client.site.faults.set(Fault("report", what, 1))
    spoilt = ask(client, "report")
    assert (spoilt.status, spoilt.headers["Content-Type"]) == (200, "application/pdf")
    assert client.site.log.reports == {client.site.vehicles[0].id: 1}
    return spoilt.body, ask(client, "report").body


def test_cut_fault_truncates_reports(start: Start) -> None:
    client = start()
    cut, whole = spoilt_report(client, "cut")
    assert cut == whole[: round(len(whole) * 0.7)]
    client.ask("/__demo__/reset", {})
    assert spoilt_report(client, "cut-tail") == (whole[:-20], whole)
    client.ask("/__demo__/reset", {})
    assert spoilt_report(client, "empty") == (b"", whole)


def test_other_vehicle_fault_sends_the_bookout_of_another_vehicle(start: Start) -> None:
    client = start()
    other, own = spoilt_report(client, "other-vehicle")
    vehicle, *others = client.site.vehicles
    assert own == make_report(vehicle)
    (printed,) = re.findall("VIN: (.{17})", text(other))
    assert printed in {one.vin for one in others}


def test_no_text_fault_sends_a_bookout_without_text(start: Start) -> None:
    scan, _ = spoilt_report(start(), "no-text")
    assert text(scan) == ""
    assert 40_000 <= len(scan) <= 90_000


@pytest.mark.parametrize("what", ["heavy", "bomb"])
def test_hostile_report_is_small_and_names_its_vehicle(start: Start, what: str) -> None:
    client = start()
    hostile, _ = spoilt_report(client, what)
    assert 10_000 <= len(hostile) <= 35_000
    vehicle = client.site.vehicles[0]
    first = PdfReader(io.BytesIO(hostile)).pages[0].extract_text()
    assert f"Stock #: {vehicle.reference}" in first
    assert f"VIN: {vehicle.vin}" in first


@pytest.mark.parametrize(
    ("what", "held"), [("html-error", "Server Error in"), ("login-page", 'id="loginButton"')]
)
def test_page_fault_sends_a_page_instead_of_a_bookout(start: Start, what: str, held: str) -> None:
    client = start()
    client.site.faults.set(Fault("report", what, 1))
    answer = ask(client, "report")
    assert (answer.status, answer.headers.get_content_type()) == (200, "text/html")
    assert held in answer.text
    assert "btnLogout" not in answer.text
    assert (client.site.log.reports, client.site.log.live_sessions) == ({}, 1)


def test_login_page_comes_instead_of_a_vehicle_though_the_session_lives(start: Start) -> None:
    client = start()
    client.site.faults.set(Fault("vehicle", "login-page", 1))
    answer = ask(client, "vehicle")
    assert (answer.status, 'id="loginButton"' in answer.text) == (200, True)
    assert client.site.log.live_sessions == 1
    assert 'id="loginButton"' not in ask(client, "vehicle").text


@pytest.mark.parametrize("kind", ["vehicle", "report", "export"])
def test_session_ends_with_a_request(start: Start, kind: str) -> None:
    client = start()
    client.site.faults.set(Fault(kind, "session-ends", 1))
    assert ask(client, kind).headers["Location"].endswith(LICENCE)
    assert ask(client, "inventory").status == 302
    assert (client.site.log.live_sessions, client.site.log.reports) == (0, {})
    assert client.log_in().url == client.site.base_url
    assert ask(client, kind).status == 200


def test_session_ends_with_a_grid_callback(start: Start) -> None:
    client = start()
    client.site.faults.set(Fault("grid", "session-ends", 1))
    assert ask(client, "grid").status == 401


def test_licence_fault_shows_the_licence_again(start: Start) -> None:
    client = start()
    client.site.faults.set(Fault("vehicle", "licence-again", 1))
    assert ask(client, "vehicle").headers["Location"].endswith(LICENCE)
    assert 'id="agreementCheckBox"' in client.ask("vehicle/").text
    client.accept()
    assert ask(client, "vehicle").status == 200
    assert (client.site.log.logins, client.site.log.faults) == (1, {"licence-again": 1})


def test_redirect_to_login_meets_no_fault(start: Start) -> None:
    client = start(logged_in=False)
    client.site.faults.set(Fault("vehicle", "status-500", 1))
    assert ask(client, "vehicle").status == 302
    client.log_in()
    assert ask(client, "vehicle").status == 500


def test_fault_hits_only_named_vehicles(start: Start) -> None:
    fault = Fault("vehicle", "status-500", references=("165548",), times=2)
    client = start(faults=(fault,))
    named = {vehicle.reference: vehicle for vehicle in client.site.vehicles}
    assert ask(client, "vehicle", named["165548A"]).status == 200
    asked = [ask(client, "vehicle", named["165548"]).status for _ in range(3)]
    assert asked == [500, 500, 200]


def hits(faults: Faults, vehicles: list[DemoVehicle], times: int) -> list[list[bool]]:
    return [
        [bool(faults.draw("vehicle", one.id, one.reference)) for _ in range(times)]
        for one in vehicles
    ]


def test_vehicle_meets_at_most_two_passing_faults() -> None:
    vehicles = make_vehicles(DemoOptions(vehicles=20))
    passing = tuple(Fault("vehicle", what, 1, times=3) for what in STATUSES)
    assert hits(Faults(passing, 1, 2), vehicles, 4) == [[True, True, False, False]] * 20
    lasting = Fault("vehicle", "slow", 1, times=None)
    assert hits(Faults((lasting, *passing), 1, 2), vehicles, 4) == [[True] * 4] * 20


def test_fault_rate_is_independent_of_order() -> None:
    vehicles = make_vehicles(DemoOptions(vehicles=1000))
    fault = Fault("any", "status-500", 0.2)
    drawn = hits(Faults((fault,), 1, 2), vehicles, 1)
    assert 170 <= sum(map(sum, drawn)) <= 230
    assert hits(Faults((fault,), 1, 2), vehicles[::-1], 1)[::-1] == drawn
    assert hits(Faults((fault,), 2, 2), vehicles, 1) != drawn


def test_faults_change_while_requests_come(start: Start) -> None:
    client = start(faults=(Fault("vehicle", "status-500", 1, times=None),))
    assert ask(client, "vehicle").status == 500
    client.site.faults.clear()
    assert ask(client, "vehicle").status == 200
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda vehicle: ask(client, "vehicle", vehicle), client.site.vehicles)
        client.site.faults.set(Fault("vehicle", "status-503", 0.5))
        assert {answer.status for answer in answers} <= {200, 503}


@pytest.mark.parametrize("what", WHATS)
def test_every_fault_of_any_kind_hits_a_request_it_can_hurt(start: Start, what: str) -> None:
    client = start(logged_in=False)
    client.log_in()
    client.site.faults.set(Fault("any", what, 1, seconds=0))
    kind = next(kind for kind in ("vehicle", "report", "export") if kind in WHATS[what])
    try:
        ask(client, kind)
    except LOST:
        assert what in ("reset", "hang", "outage", "outage-reset")
    assert client.site.log.faults == {what: 1}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("report:cut", Fault("report", "cut", 1)),
        ("any:slow:0.2", Fault("any", "slow", 0.2)),
        ("login:hang:0.5:2", Fault("login", "hang", 0.5, times=2)),
        ("vehicle:alert:1:always", Fault("vehicle", "alert", 1, times=None)),
    ],
)
def test_fault_from_the_command_line(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cut", r"a fault must be KIND:WHAT\[:RATE\]\[:TIMES\], got 'cut'"),
        ("report:cut:1:1:1", "a fault must be KIND:WHAT"),
        ("report:torn", "fault must be one of status-403, .*, got 'torn'"),
        ("page:cut", "kind of fault 'cut' must be one of any, report, got 'page'"),
        ("vehicle:cut", "kind of fault 'cut' must be one of any, report, got 'vehicle'"),
        ("report:cut:often", "a fault must have RATE from 0 to 1 and TIMES .*'report:cut:often'"),
        ("report:cut:2", r"rate of a fault must be 0 to 1, got 2\.0"),
        ("report:cut:1:0", "times of a fault must be 1 or more, got 0"),
    ],
)
def test_unknown_fault_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_fault(text)


class LateTransport(asyncio.Transport):
    """Aborts as Windows' event loop does: it shuts the socket down in the next turn."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__({"socket": TransportSocket(connection)})
        self._connection = connection

    def is_closing(self) -> bool:
        return False

    def abort(self) -> None:
        asyncio.get_running_loop().call_soon(self._lose)

    def _lose(self) -> None:
        if self._connection.fileno() != -1:
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()


def test_a_connection_is_reset_on_every_event_loop() -> None:
    async def reset(connection: socket.socket) -> None:
        reset_connection(LateTransport(connection))

    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        asyncio.run(reset(listener.accept()[0]))
        with pytest.raises(ConnectionResetError):
            client.recv(1)
