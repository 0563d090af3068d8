"""The file that comes of a click, and what is said where none comes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages.clicked_file import click_for_file
from jdp_spider.pages.errors import ReportNotOpened, ReportTimeout
from jdp_spider.pages.file_request import Wanted
from tests.support.page_server import on_page, open_pages

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


@pytest.mark.parametrize(("comes", "presses"), [("1500", 0), ("1e9", 1)], ids=["comes", "not"])
def test_link_for_a_file_that_does_not_come_is_clicked_only_then(comes: str, presses: int) -> None:
    html = f"""<button onclick="made()">Create PDF</button><p id=said></p><script>
        window.presses = 0;
        const save = () => Object.assign(document.createElement('a'), {{download: 'a.pdf',
            href: URL.createObjectURL(new Blob(['a report']))}}).click();
        function made() {{
            said.innerHTML = "If your report doesn't open within 2 seconds, <a href=#"
                + " onclick='presses++; save()'>click here</a>.";
            setTimeout(save, {comes});
        }}</script>"""

    async def work(page: SitePage) -> Any:
        return await body(page), await page.page.evaluate("window.presses")

    assert on_page(work, html, seconds=20) == (b"a report", presses)


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


@pytest.mark.parametrize(
    ("files", "is_clicked"), [(["report.pdf"], True), (["a.pdf", "b.pdf"], False)]
)
def test_name_of_a_file_that_appears_after_the_click_is_clicked(
    files: list[str], is_clicked: bool
) -> None:
    links = "".join(f"<a href=# onclick='window.clicked = true'>{file}</a> " for file in files)
    html = f"{ASKS}<template id=t><p>It is ready: {links}</p></template>"

    async def work(page: SitePage) -> Any:
        with pytest.raises(ReportNotOpened):
            await body(page)
        return await page.page.evaluate("window.clicked ?? false")

    assert on_page(work, html, seconds=2) is is_clicked


SAVE = """<script>function save() {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob(['%PDF-']));
    link.download = 'report.pdf';
    link.click();
}</script>"""
QUESTIONS = {
    "Yes": "<div style='position: fixed; top: 99px'>Create the report? {}Yes</button>"
    "<button>No</button></div>",
    "OK": "<dialog open>Your report will open in a new tab. {}OK</button></dialog>",
    "Create Report": "<div role=dialog><button>Cancel</button>{}Create Report</button></div>",
    "OK ": "<div role=dialog>The report will be saved with the vehicle.{}OK</button></div>",
    "Don't Save": "<div role=dialog>Save the changes first? <button>Save</button>"
    "{}Don't Save</button></div>",
    "Generate Report": "<div role=dialog><button>&times;</button>Format"
    "<label><input type=radio name=f checked>PDF</label><label><input type=radio name=f>Excel"
    "</label><select><option>Standard</select>"
    "<button>Cancel</button>{}Generate Report</button></div>",
    "Continue": "<div role=dialog>Please confirm the mileage. <input value='41,200'>"
    "<button>Cancel</button>{}Continue</button></div>",
}


@pytest.mark.parametrize("answer", QUESTIONS)
def test_question_after_the_click_is_answered_by_its_plain_yes(answer: str) -> None:
    button = "<button onclick='this.parentElement.remove(); save()'>"
    html = QUESTIONS[answer].format(button)
    assert on_page(body, f"{SAVE}{ASKS}<template id=t>{html}</template>") == b"%PDF-"


ASKS = "<button onclick='document.body.append(t.content)'>Create PDF</button>"


def test_next_step_of_the_same_dialog_is_answered() -> None:
    step = "<p>Format <input type=radio checked>PDF</p><button>Cancel</button>"
    html = f"""{SAVE}<div role=dialog><h2>Print/Email Reports <button>&times;</button></h2>
        <p><button onclick='this.parentElement.innerHTML = t.innerHTML'>Create PDF</button></div>
        <template id=t>{step}<button onclick='save()'>Generate Report</button></template>"""
    assert on_page(body, html) == b"%PDF-"


OTHER_QUESTIONS = (
    "<div role=dialog>Send it to the customer? {}Yes</button><button>No</button></div>",
    "<div role=dialog>The report exists. Overwrite it? {}OK</button></div>",
    "<div role=dialog>End the other session? {}Yes</button></div>",
    "<div role=dialog>Your session ends. {}OK</button>{}Log out</button></div>",
    "<div role=dialog>How do you like it? {}OK</button><button>No, thanks</button></div>",
    "<div role=dialog>Mileage: <input> {}OK</button></div>",
    "<div role=dialog>Mileage: <input value=0> {}OK</button></div>",
    "<div role=dialog>Mileage: <input value=7> Name: <input value=Joe> {}OK</button></div>",
    "<div role=dialog>Copies: <input value=7> {}OK</button></div>",
    "<div role=dialog><label><input type=radio checked>Email it</label> {}OK</button></div>",
    "<div role=dialog><label><input type=radio>PDF</label> {}OK</button></div>",
    "<div role=dialog><select><option>Excel<option>PDF</select> {}OK</button></div>",
    "<div role=dialog>A fee of $2 is due. {}OK</button></div>",
    "<p>Create another? {}Yes</button></p>",
    "<div role=dialog>Do you want to rebook this vehicle? {}Yes</button></div>",
    "<div role=dialog>Was this page useful? {}Yes</button><button>No</button></div>",
    "<div role=dialog>You have a draft from 3/4. {}Discard changes</button></div>",
    "<nav style='position: fixed'>{}View inventory</button></nav>",
    "<div role=dialog>Pick one {}OK</button><button>Left</button><button>Right</button></div>",
)


def test_other_question_after_the_click_is_not_answered() -> None:
    async def work(page: SitePage) -> Any:
        with pytest.raises(ReportNotOpened):
            await body(page)
        return await page.page.evaluate("window.clicked ?? false")

    button = "<button onclick='window.clicked = innerText'>"
    pages = [
        f"{ASKS}<template id=t>{question.replace('{}', button)}</template>"
        for question in OTHER_QUESTIONS
    ]
    assert open_pages(pages, work, 4) == [False] * len(OTHER_QUESTIONS)


def test_question_that_is_not_answered_is_in_the_error() -> None:
    html = f"{ASKS}<template id=t><div role=dialog>Mileage: <input> <b>OK</b></div></template>"
    with pytest.raises(ReportNotOpened, match="nothing came of the click; the page says: Mileage"):
        on_page(body, html, seconds=2)


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
