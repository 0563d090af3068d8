"""The file that comes of a click, and what is said where none comes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages.clicked_file import click_for_file
from jdp_spider.pages.errors import ReportNotOpened, ReportTimeout
from jdp_spider.pages.transfer import Wanted
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

WANTED = Wanted(lambda _: False, lambda _: True, 1000, "JDP_MOST")


async def body(page: SitePage) -> Any:
    return (await click_for_file(page, "create_pdf", WANTED)).body


def test_button_in_a_dialog_opened_by_the_click_is_clicked() -> None:
    html = """<button onclick="dialog.hidden = false">Create PDF</button><div id=dialog hidden>
        <p>Inventory<button>Cancel</button><button onclick="save()">Export</button></div>
        <script>function save() {
            const link = document.createElement('a');
            link.href = URL.createObjectURL(new Blob(['Reference Number']));
            link.download = 'inventory.csv';
            link.click();
        }</script>"""
    assert on_page(body, html) == b"Reference Number"


@pytest.mark.parametrize(
    ("said", "button"),
    [
        ("Report", "Export to AuctionLink"),
        ("Report", "Get your offer"),
        ("The report will be mailed to the customer.", "Continue"),
    ],
)
def test_button_that_sends_something_is_not_clicked(said: str, button: str) -> None:
    html = f"""<button onclick="dialog.hidden = false">Create PDF</button><div id=dialog hidden>
        <p>{said} <button onclick="window.clicked = true">{button}</button></p></div>"""

    async def work(page: SitePage) -> Any:
        with pytest.raises(ReportNotOpened):
            await body(page)
        return await page.page.evaluate("window.clicked ?? false")

    assert on_page(work, html, seconds=2) is False


def test_message_shown_instead_of_a_file_is_in_the_error() -> None:
    html = """<p>Inventory</p><button onclick="fetch('/x'); told.hidden = false">Create PDF</button>
        <p id=told hidden>We will mail you a link.</p>"""

    def work(page: SitePage) -> Any:
        site = dataclasses.replace(page.site, report_timeout=1)
        return body(dataclasses.replace(page, site=site))

    with pytest.raises(ReportTimeout, match=r"in time; the page says: We will mail you a link\.$"):
        on_page(work, html, seconds=3)


BOX = """<table class=dxeBase onclick="turn(this)"><td><span class="dxICheckBox
    dxWeb_edtCheckBoxUnchecked" style="display: inline-block; width: 15px; height: 15px"></span>
    <td><label>{}</label></table>"""


def test_devexpress_box_is_ticked_where_an_alert_asks_to_choose() -> None:
    html = f"""<div role=dialog>{BOX.format("Email me a copy")}{BOX.format("Bookout Report")}
        {BOX.format("Value Summary")}<button onclick="save()">Create PDF</button></div><script>
        const turn = box => ['Checked', 'Unchecked'].forEach(state =>
            box.querySelector('span').classList.toggle(`dxWeb_edtCheckBox${{state}}`));
        function save() {{
            const chosen = [...document.querySelectorAll('table')]
                .filter(each => each.querySelector('[class*=CheckBoxChecked]'));
            if (!chosen.length) return alert('Please select at least one report.');
            const link = document.createElement('a');
            link.href = URL.createObjectURL(new Blob([chosen.map(each => each.innerText.trim())]));
            link.download = 'report.pdf';
            link.click();
        }}</script>"""
    assert on_page(body, html, seconds=20) == b"Bookout Report"
