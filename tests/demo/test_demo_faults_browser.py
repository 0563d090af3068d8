"""Faults and behaviours that only a browser notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error

from jdp_spider.demo.faults import Fault
from jdp_spider.demo.renames import RENAMES
from tests.support.demo_browser import log_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Dialog, Page

    from tests.support.demo_client import Client

    Start = Callable[..., Client]

pytestmark = pytest.mark.browser

REPORT_BUTTON = "button.reportButton:not(.requiresVehicle)"


def open_vehicle(start: Start, page: Page, *faults: Fault, wait: str = "load") -> Client:
    client = start(logged_in=False, faults=faults)
    log_in(page, client)
    page.goto(
        f"{client.site.base_url}vehicle/BookOut/{client.site.vehicles[0].id}", wait_until=wait
    )
    return client


def test_load_fault_withholds_load_event(start: Start, page: Page) -> None:
    fault = Fault("vehicle", "no-load-event", 1)
    open_vehicle(start, page, fault, wait="domcontentloaded")
    assert page.locator(REPORT_BUTTON).count() == 1
    with pytest.raises(Error, match="Timeout"):
        page.wait_for_load_state("load", timeout=500)


def test_dialog_fault_opens_dialogs(start: Start, page: Page) -> None:
    shown: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        shown.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", dismiss)
    open_vehicle(start, page, Fault("vehicle", "alert", 1))
    assert shown == ["alert", "confirm"]


def test_dialog_fault_hides_reports_dialog(start: Start, page: Page) -> None:
    open_vehicle(start, page, Fault("vehicle", "no-dialog", 1))
    page.click(REPORT_BUTTON)
    page.wait_for_timeout(300)
    assert not page.is_visible("#reportDialog")
    page.reload()
    page.click(REPORT_BUTTON)
    assert page.wait_for_selector("#reportDialog")


def test_create_pdf_fault_does_nothing(start: Start, page: Page) -> None:
    client = open_vehicle(start, page, Fault("vehicle", "no-popup", 1))
    page.click(REPORT_BUTTON)
    page.get_by_role("button", name="Create PDF").click()
    page.wait_for_timeout(300)
    assert len(page.context.pages) == 1
    assert client.site.log.reports == {}


def test_torn_page_only_fires_request_failure(start: Start, page: Page) -> None:
    """Chromium fires neither DOMContentLoaded nor load for it, so that a goto would time out."""
    client = open_vehicle(start, page)
    client.site.faults.set(Fault("inventory", "reset", 1))
    with page.expect_event("requestfailed") as failed:
        page.goto(f"{client.site.base_url}vehicle/", wait_until="commit")
    assert failed.value.is_navigation_request()
    assert failed.value.failure == "net::ERR_CONNECTION_RESET"
    with pytest.raises(Error, match="Timeout"):
        page.wait_for_load_state("domcontentloaded", timeout=300)


@pytest.mark.parametrize("report_kind", ["script", "form"])
def test_session_report_address_names_no_vehicle(
    start: Start, page: Page, report_kind: str
) -> None:
    client = start(logged_in=False, report_address="session", report_kind=report_kind)
    first, second = client.site.vehicles[:2]
    log_in(page, client)
    page.goto(f"{client.site.base_url}vehicle/BookOut/{first.id}")
    page.click(REPORT_BUTTON)
    page.context.request.get(f"{client.site.base_url}vehicle/BookOut/{second.id}")
    with page.context.expect_event("response", lambda one: "GetPdfReport" in one.url) as report:
        page.get_by_role("button", name="Create PDF").click()
    assert "vehicleId" not in report.value.url + (report.value.request.post_data or "")
    assert client.site.log.reports == {second.id: 1}


def test_site_that_renamed_everything_still_works(start: Start, page: Page) -> None:
    client = start(logged_in=False, licence=True, renamed=tuple(RENAMES))
    page.goto(client.site.base_url)
    page.fill("#userField", "demo")
    page.fill("#secretField", "demo-password")
    page.click("#signInButton")
    page.click("#termsCheckBox")
    page.click("nav a[href='/ValuesOnline/vehicle/?from=menu']")
    page.click("#primaryMenu_DXI6_T")
    page.hover("#primaryMenu_DXI4i5_T")
    with page.expect_download() as download:
        page.click("#primaryMenu_DXI4i1i7_")
    assert download.value.suggested_filename == "Inventory.csv"
    page.fill("#StockFilterInput", "165548A")
    page.evaluate("vehicleGridFilter('StockNumber')")
    page.wait_for_selector("a.dxgvFilterAction[onclick*='ClearFilter']")
    page.click("a[id^='openVehicle_']")
    page.click("button.printButton:not(.requiresVehicle)")
    with page.context.expect_event("response", lambda one: "GetPdfReport" in one.url):
        page.get_by_role("button", name="Print now").click()
    page.click("#signOutLink")
    page.wait_for_selector("#signInButton")
