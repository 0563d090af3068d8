from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error, expect

from tests.support.demo_browser import log_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.support.demo_client import Client

    Start = Callable[..., Client]

pytestmark = pytest.mark.browser

KINDS = [("href", "script", "devexpress"), ("script", "form", "plain")]


def search(page: Page, text: str) -> None:
    page.fill("#StockNumberInput", text)
    page.evaluate("vehicleGridViewFilterChanged('StockNumber')")
    page.wait_for_selector("a.dxgvFilterBarLink[onclick*='ClearFilter']")


@pytest.mark.parametrize(("link_kind", "report_kind", "pager"), KINDS)
def test_pager_leads_through_all_pages(
    start: Start, page: Page, tmp_path: Path, link_kind: str, report_kind: str, pager: str
) -> None:
    options = {"link_kind": link_kind, "report_kind": report_kind, "pager": pager}
    client = start(logged_in=False, licence=True, **options)
    log_in(page, client)
    # Not check(): the page is gone before it could see the box ticked.
    page.click("#agreementCheckBox")
    page.click("a[href='/ValuesOnline/vehicle/']")
    page.wait_for_selector("a.dxgvFilterBarLink[onclick*='ShowFilterControl']")

    page.click("#primaryMenu_DXI4_T")
    page.hover("#primaryMenu_DXI4i1_T")
    with page.expect_download() as download:
        page.click("#primaryMenu_DXI4i1i2_")
    download.value.save_as(tmp_path / "inventory.csv")
    assert len((tmp_path / "inventory.csv").read_bytes().splitlines()) == 51

    search(page, "165548")
    row = page.locator("tr.dxgvDataRow", has=page.get_by_text("165548", exact=True))
    row.locator("a[id^='bookOutButton_'][title='Bookout']").click()
    page.click("button.reportButton:not(.requiresVehicle)")
    with page.context.expect_event("response", lambda r: "GetPdfReport" in r.url) as report:
        page.get_by_role("button", name="Create PDF").click()
    assert report.value.headers["content-type"] == "application/pdf"
    assert report.value.request.method == ("POST" if report_kind == "form" else "GET")

    page.click("#btnLogout")
    page.wait_for_selector("#loginButton")
    (vehicle,) = (one for one in client.site.vehicles if one.reference == "165548")
    assert client.site.log.reports == {vehicle.id: 1}
    assert client.site.log.live_sessions == 0


@pytest.mark.parametrize("pager", ["devexpress", "plain"])
def test_pager_works_in_browser(start: Start, page: Page, pager: str) -> None:
    client = start(logged_in=False, pager=pager)
    log_in(page, client)
    page.goto(f"{client.site.base_url}vehicle/")
    following = "a:has(img[alt='Next'])" if pager == "devexpress" else "a:text-is('Next')"
    seen = []
    for number in ("1", "2", "3"):
        expect(page.locator(".dxp-current, li.active")).to_have_text(number)
        seen += page.locator(".dxgvDataRow .stock").all_inner_texts()
        if number != "3":
            page.click(following)
    assert page.locator(following).count() == 0
    assert seen == [vehicle.reference for vehicle in client.site.vehicles]


def test_menu_needs_the_style_sheet(start: Start, page: Page) -> None:
    page.route("**/*.css", lambda route: route.abort())
    client = start(logged_in=False)
    log_in(page, client)
    page.goto(f"{client.site.base_url}vehicle/")
    page.click("#primaryMenu_DXI4_T")
    with pytest.raises(Error, match="not visible"):
        page.click("#primaryMenu_DXI4i1_T", timeout=700)


def test_page_of_ended_session_redirects_to_login(start: Start, page: Page) -> None:
    client = start(logged_in=False)
    log_in(page, client)
    page.goto(f"{client.site.base_url}vehicle/")
    page.context.clear_cookies()
    page.click("a:has(img[alt='Next'])")
    page.wait_for_selector("#loginButton")
