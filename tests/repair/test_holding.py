from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jdp_spider.repair.holding import RequestHold

ROOT = "http://site/ValuesOnline/"
PAGE: Any = SimpleNamespace(url=f"{ROOT}vehicle/")


def held(name: str, path: str, method: str = "POST", body: str = "", kind: str = "fetch") -> bool:
    """Return whether a request is held back while a click for a name is tried."""
    hold = RequestHold(PAGE, ROOT)
    hold.may_be_sent(request("vehicle/GridCallback", "POST", "", "fetch"))
    hold.trying(name)
    return not hold.may_be_sent(request(path, method, body, kind))


def request(path: str, method: str, body: str, kind: str) -> Any:
    return SimpleNamespace(
        url=ROOT + path, method=method, resource_type=kind, post_data_buffer=body.encode()
    )


@pytest.mark.parametrize(
    ("name", "path", "more"),
    [
        ("log_in", "Account/Login", {}),
        ("licence", "Home/Accept", {}),
        ("log_out", "Account/Logoff", {"kind": "document"}),
        ("search", "vehicle/List", {"body": "order[0][dir]=asc&search[value]=165548"}),
        ("search", "vehicle/ApplyFilter", {}),
        ("filter_on", "vehicle/ClearFilter", {}),
        ("export_csv", "vehicle/Export", {"kind": "document"}),
        ("create_pdf", "Report/GetPdfReport", {"kind": "document"}),
        ("reports", "vehicle/ReportDialogPartial", {}),
        ("bookout", "vehicle/SelectVehicle", {}),
        ("export_csv", "vehicle/", {"body": "__EVENTTARGET=ctl00$lnkCsv", "kind": "document"}),
        # What the page has sent before anything was clicked.
        ("export_menu", "vehicle/GridCallback", {"body": "action=page&value=PN1"}),
        ("export_menu", "vehicle/?order=asc", {"method": "GET", "kind": "document"}),
        ("reports", "js/delete.js", {"method": "GET", "kind": "script"}),
    ],
)
def test_what_a_step_is_for_is_sent(name: str, path: str, more: dict[str, str]) -> None:
    assert not held(name, path, **more)


@pytest.mark.parametrize(
    ("name", "path", "more"),
    [
        ("export_menu", "vehicle/Jobs/17", {}),
        ("export_all_columns", "vehicle/Export", {}),
        ("menu", "vehicle/List", {}),
        ("search", "vehicle/UpdateAll", {}),
        ("search", "vehicle/5", {"method": "DELETE"}),
        ("search", "graphql", {"body": '{"query": "mutation { setPrice(id: 5) }"}'}),
        ("search", "vehicle/", {"body": "__EVENTTARGET=ctl00$btnRecalculate&__VIEWSTATE=abc"}),
        ("search", "vehicle/", {"body": "stock=1&btnSave=OK"}),
        ("filter_on", "vehicle/GridCallback", {"body": "__CALLBACKPARAM=c0:GB|9;DELETEROW|1;5"}),
        ("export_csv", "vehicle/Jobs/17", {}),
        ("bookout", "vehicle/Toggle/5", {}),
        ("bookout", "vehicle/", {"body": "__EVENTTARGET=ctl00$lnkFlag"}),
        ("search", "vehicle/5", {"body": "StockNumber=165548"}),
        ("create_pdf", "Report/SendMail", {}),
        ("create_pdf", "vehicle/Notes", {}),
        ("bookout", "vehicle/Delete/5", {"method": "GET", "kind": "document"}),
        ("reports", "vehicle/?action=delete&id=5", {"method": "GET", "kind": "document"}),
        ("export_menu", "vehicle/GridCallback", {"body": "action=delete&value=5"}),
        ("reports", "api", {"body": '[{"op": "remove", "path": "/5"}]', "method": "PATCH"}),
    ],
)
def test_what_could_change_data_is_held_back(name: str, path: str, more: dict[str, str]) -> None:
    assert held(name, path, **more)


def test_all_is_sent_while_nothing_is_tried() -> None:
    hold = RequestHold(PAGE, ROOT)
    hold.trying("reports")
    hold.opened()
    assert hold.may_be_sent(request("vehicle/Seen", "POST", "", "fetch"))
