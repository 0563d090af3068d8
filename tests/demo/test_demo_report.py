from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.reports import make_report
from jdp_spider.demo.vehicles import make_vehicles

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.demo_client import Client

    Start = Callable[..., Client]


def lines(pdf: bytes) -> list[str]:
    pages = PdfReader(io.BytesIO(pdf), strict=True).pages
    return [line.strip() for page in pages for line in page.extract_text().splitlines()]


def test_vehicle_page_names_its_vehicle(start: Start) -> None:
    client = start()
    vehicle = client.site.vehicles[7]
    page = client.ask(f"vehicle/BookOut/{vehicle.id}").text
    assert f"<dd>{vehicle.reference}</dd>" in page
    assert f"<dd>{vehicle.vin}</dd>" in page
    assert vehicle.name in page


def test_script_links_show_last_selected_vehicle(start: Start) -> None:
    client = start(link_kind="script")
    first, second = client.site.vehicles[:2]
    assert f"openBookOut({first.id})" in client.ask("vehicle/").text
    assert client.ask(f"vehicle/BookOut/{first.id}").status == 404
    assert client.ask("vehicle/BookOut").url.endswith("/vehicle/")
    for vehicle in (first, second):
        client.ask("vehicle/SelectVehicle", {"vehicleId": vehicle.id})
    page = client.ask("vehicle/BookOut").text
    assert second.vin in page
    assert first.vin not in page


@pytest.mark.parametrize("form", [False, True])
def test_each_request_makes_a_report(start: Start, form: bool) -> None:
    client = start()
    vehicle = client.site.vehicles[3]
    path, fields = "Report/GetPdfReport", {"vehicleId": vehicle.id, "reports": "bookout"}
    for _ in range(2):
        address = path if form else f"{path}?vehicleId={vehicle.id}&reports=bookout"
        answer = client.ask(address, fields if form else None)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == "inline"
    assert {f"Stock #: {vehicle.reference}", f"VIN: {vehicle.vin}"} <= set(lines(answer.body))
    assert client.site.log.reports == {vehicle.id: 2}


def test_unknown_vehicle_has_no_report(start: Start) -> None:
    client = start()
    assert client.ask("Report/GetPdfReport?vehicleId=1").status == 404
    assert not client.site.log.reports


def test_reports_of_all_vehicles_are_accepted() -> None:
    page_counts = set()
    for vehicle in make_vehicles(DemoOptions(vehicles=60, nasty_references=True)):
        pdf = make_report(vehicle)
        assert 40_000 <= len(pdf) <= 70_000
        text = lines(pdf)
        assert f"Stock #: {vehicle.reference}".strip() in text
        assert f"VIN: {vehicle.vin}" in text
        assert f"Vehicle: {vehicle.name}" in text
        page_counts.add(len(PdfReader(io.BytesIO(pdf)).pages))
    assert page_counts == {1, 2}


def test_report_is_reproducible_and_vin_optional() -> None:
    vehicle = make_vehicles(DemoOptions(vehicles=1))[0]
    assert make_report(vehicle) == make_report(vehicle)
    assert vehicle.vin not in "\n".join(lines(make_report(vehicle, names_vin=False)))
