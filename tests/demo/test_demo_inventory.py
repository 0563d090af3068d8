from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.demo_client import Answer, Client

    Start = Callable[..., Client]


def ids(answer: Answer) -> list[int]:
    return [
        int(found) for found in re.findall(r'id="bookOutButton_(\d+)" title="Bookout"', answer.text)
    ]


def exported(client: Client) -> list[dict[str, str]]:
    answer = client.ask("vehicle/Export", {"columns": "all", "format": "csv"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Inventory.csv"'
    assert answer.body.startswith(b"Reference Number,")
    assert answer.body.count(b"\n") == answer.body.count(b"\r\n")
    return list(csv.DictReader(io.StringIO(answer.body.decode("utf-8"), newline="")))


def test_pages_list_every_vehicle_once(start: Start) -> None:
    client = start()
    seen = ids(client.ask("vehicle/"))
    for _ in range(2):
        seen += ids(client.grid("page", "PBN"))
    assert seen == [vehicle.id for vehicle in client.site.vehicles]


def test_page_and_filter_live_in_the_session(start: Start) -> None:
    client = start()
    client.grid("page", "PN2")
    assert "Page 3 of 3 (50 items)" in client.ask("vehicle/").text
    client.grid("filter", "165548")
    page = client.ask("vehicle/").text
    assert "ClearFilter" in page
    assert "ShowFilterControl" not in page
    cleared = client.grid("filter", "").text
    assert "Page 1 of 3 (50 items)" in cleared
    assert "ShowFilterControl" in cleared
    assert "ClearFilter" not in cleared


def test_search_lists_lettered_reference_first(start: Start) -> None:
    client = start()
    found = ids(client.grid("filter", "165548"))
    references = {vehicle.id: vehicle.reference for vehicle in client.site.vehicles}
    assert [references[found_id] for found_id in found] == ["165548A", "165548"]
    assert ids(client.grid("filter", "165548a")) == found[:1]


def test_search_without_result_is_empty(start: Start) -> None:
    assert "No data to display" in start().grid("filter", "nothing like it").text


def test_session_keeps_its_page(start: Start) -> None:
    client = start(start_page=2)
    assert "Page 2 of 3" in client.ask("vehicle/").text
    stale = start(stale_filter="165548").ask("vehicle/")
    assert len(ids(stale)) == 2
    assert "ClearFilter" in stale.text


def test_plain_pager_has_no_widget_classes(start: Start) -> None:
    client = start(pager="plain", vehicles=400)
    page = client.ask("vehicle/").text
    assert "dxp" not in page
    assert page.count('href="javascript:gridGoTo(2)"') == 2
    assert '<li class="active"><span>7</span></li>' in client.grid("page", "PN6").text


@pytest.mark.parametrize("argument", ["PN", "PNx", "forward", ""])
def test_unknown_pager_argument_is_refused(start: Start, argument: str) -> None:
    assert start().grid("page", argument).status == 400


def test_export_holds_every_vehicle_in_another_order(start: Start) -> None:
    client = start(nasty_references=True, vehicles=200)
    rows = exported(client)
    truth = {vehicle.vin: vehicle.reference for vehicle in client.site.vehicles}
    assert {row["VIN"]: row["Reference Number"] for row in rows} == truth
    assert [row["VIN"] for row in rows] != list(truth)
    assert not any(str(vehicle.id) in str(rows) for vehicle in client.site.vehicles)
    makes = {row["Make"] for row in rows}
    assert {"Citroën", "Škoda"} <= makes


def test_export_is_limited_by_the_filter(start: Start) -> None:
    client = start(stale_filter="165548")
    assert {row["Reference Number"] for row in exported(client)} == {"165548", "165548A"}


def test_rows_may_lack_links(start: Start) -> None:
    client = start(without_link=("165548",))
    page = client.grid("filter", "165548")
    assert len(ids(page)) == 1
    assert ">165548<" in page.text
    (hidden,) = (vehicle.id for vehicle in client.site.vehicles if vehicle.reference == "165548")
    assert client.ask(f"vehicle/BookOut/{hidden}").status == 404
