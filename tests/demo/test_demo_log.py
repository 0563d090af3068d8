from __future__ import annotations

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import TYPE_CHECKING

import pytest

from jdp_spider.demo.options import LATENCIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.demo_client import Client

    Start = Callable[..., Client]


def control(client: Client, path: str) -> object:
    return json.loads(client.ask(f"/__demo__/{path}").body)


def test_log_counts_kinds_without_control_paths(start: Start) -> None:
    client = start()
    vehicle = client.site.vehicles[0]
    client.ask("vehicle/")
    client.grid("page", "PBN")
    client.ask("vehicle/Export", {})
    client.ask(f"vehicle/BookOut/{vehicle.id}")
    client.ask(f"Report/GetPdfReport?vehicleId={vehicle.id}")
    client.ask("Content/site.css")
    client.ask("Home/Logout")
    control(client, "vehicles")
    expected = {"login": 2, "licence": 1, "other": 1, "inventory": 1, "grid": 1, "export": 1}
    expected |= {"vehicle": 1, "report": 1, "asset": 1, "logout": 1}
    assert client.site.log.counts == expected
    assert control(client, "log") == json.loads(json.dumps(client.site.log.as_json()))


def test_records_name_session_and_vehicle(start: Start) -> None:
    client = start()
    vehicle = client.site.vehicles[0]
    client.ask(f"vehicle/BookOut/{vehicle.id}")
    (cookie,) = client.cookies
    record = client.site.log.requests[-1]
    assert (record.method, record.path) == ("GET", f"/ValuesOnline/vehicle/BookOut/{vehicle.id}")
    assert (record.kind, record.status, record.latency) == ("vehicle", 200, 0)
    assert (record.vehicle_id, record.session) == (vehicle.id, (cookie.value or "")[:8])
    listed = control(client, "log?requests=1")
    assert isinstance(listed, dict)
    assert listed["requests"][-1]["vehicle_id"] == vehicle.id


def test_site_reports_inventory_and_resets(start: Start) -> None:
    client = start()
    assert control(client, "vehicles") == [
        {"id": vehicle.id, "reference": vehicle.reference, "vin": vehicle.vin}
        for vehicle in client.site.vehicles
    ]
    client.ask("/__demo__/reset", {})
    log = client.site.log
    assert (log.logins, log.requests, log.counts, log.live_sessions) == (0, [], {}, 1)


def test_log_has_requests_in_flight_and_latency(start: Start) -> None:
    client = start(latency="fast")
    client.ask("/__demo__/reset", {})
    paths = [f"vehicle/BookOut/{vehicle.id}" for vehicle in client.site.vehicles[:2]]
    paths.append(f"Report/GetPdfReport?vehicleId={client.site.vehicles[2].id}")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(client.ask, paths))
    highest = {"dynamic": 3, "vehicle": 2, "report": 1, "vehicle_or_report": 3}
    assert client.site.log.max_in_flight == highest
    drawn = client.site.log.drawn_seconds
    assert 2 * 0.24 <= drawn["vehicle"] <= 2 * 0.36
    assert 0.4 <= drawn["report"] <= 0.6
    assert all(record.seconds > 0.9 * record.latency > 0 for record in client.site.log.requests)


@pytest.mark.parametrize(("kind", "mean"), [("vehicle", 2), ("report", 4), ("grid", 1), ("x", 0.8)])
def test_latency_is_drawn_around_its_mean(kind: str, mean: float) -> None:
    rng = Random(1)
    drawn = [LATENCIES["field"].draw(kind, rng) for _ in range(500)]
    assert mean * 0.8 <= min(drawn) < mean * 0.85
    assert mean * 1.15 < max(drawn) <= mean * 1.2


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("Content/site.css", "text/css"),
        ("Scripts/site.js", "text/javascript"),
        ("Content/fonts/site.ttf", "font/ttf"),
        ("Content/images/book.png", "image/png"),
        ("Content/images/vehicle-0.jpg", "image/jpeg"),
        ("Content/images/user.svg", "image/svg+xml"),
    ],
)
def test_assets_may_be_cached(start: Start, path: str, content_type: str) -> None:
    client = start(logged_in=False)
    with urllib.request.urlopen(client.site.base_url + path) as answer:
        assert answer.headers["Content-Type"] == content_type
        assert answer.headers["Cache-Control"] == "public, max-age=86400"
