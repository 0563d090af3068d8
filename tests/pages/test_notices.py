"""What a page says after "Create PDF" where no report comes."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.failures import classify
from jdp_spider.inventory import Vehicle
from jdp_spider.pages import click, notices
from jdp_spider.pages.errors import ReportNotOpened, SiteError
from jdp_spider.pages.notices import ReportMailed
from jdp_spider.pages.trouble import AskedToWait
from jdp_spider.pages.vehicle import create_report
from tests.support.page_server import open_pages

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

OWN = Vehicle("165548", "", 1, "2021", "Ford", "F-150")
SHOWS = """<button onclick="document.body.dataset.n = 1 + Number(document.body.dataset.n ?? 0);
    document.body.append(t.content.cloneNode(true)); then()">Create PDF</button>
    <script>const then = () => {{ {} }}</script><template id=t>{}</template>"""
GOES = "setTimeout(() => document.querySelector('[role]').remove(), 1000)"
MAILED = {
    "<div role=dialog>Your report has been e-mailed to d***@dealer.com. <button>OK</button></div>",
    "<div class=toast>You will receive your report by email shortly.</div>",
    "<div role=status>The report was sent to your email address.</div>",
}
OTHERS = (
    (f"fetch('/x'); {GOES}", "<p role=alert>An error occurred while creating it. Try again.</p>",
     "An error occurred while creating it. Try again."),
    ("alert('The report could not be created.')", "", "The report could not be created."),
    ("", "<div role=dialog>Have it e-mailed to you? <button>Email</button></div>",
     "Have it e-mailed to you? Email"),
)  # fmt: skip
FILE = """setTimeout(() => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob(['%PDF-']));
    link.download = 'report.pdf';
    link.click();
}, 1500)"""


async def _failed(page: SitePage) -> tuple[type[SiteError], str, str]:
    with pytest.raises(SiteError) as caught:
        await create_report(page.page, OWN, page.site)
    clicks = await page.page.evaluate("document.body.dataset.n")
    return caught.type, str(caught.value).partition("the page says: ")[2], clicks


def test_report_that_was_mailed_is_asked_for_once() -> None:
    pages = [SHOWS.format("", html) for html in sorted(MAILED)]
    found = open_pages(pages, _failed, 10)
    assert {(kind, clicks) for kind, _, clicks in found} == {(ReportMailed, "1")}
    assert "Your report has been e-mailed to d***@dealer.com. OK" in [said for _, said, _ in found]
    assert classify(ReportMailed("It was mailed")).is_final


def test_notice_is_in_the_error_even_if_it_is_gone() -> None:
    pages = [SHOWS.format(then, html) for then, html, _ in OTHERS]
    found = sorted(
        said for kind, said, _ in open_pages(pages, _failed, 4) if kind is ReportNotOpened
    )
    assert found == sorted(said for _, _, said in OTHERS)


def test_notice_that_asks_to_wait_is_a_pause_for_all() -> None:
    said = "You are creating reports too quickly. Please try again."
    (found,) = open_pages([SHOWS.format(f"alert('{said}')", "")], _failed, 4)
    assert found == (AskedToWait, said, "1")


def test_file_that_comes_after_a_notice_is_taken() -> None:
    async def work(page: SitePage) -> Any:
        return (await create_report(page.page, OWN, page.site)).body

    notice = "<p role=alert>The preview failed.</p><p role=status>A copy was e-mailed to you.</p>"
    assert open_pages([SHOWS.format(FILE, notice)], work, 10) == [b"%PDF-"]


def test_page_that_answers_nothing_holds_no_error_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one does that is to be left for a report which does not come."""

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(click, "evaluate_until", never)
    monkeypatch.setattr(click, "_READY_S", 0.01)
    monkeypatch.setattr(notices.Notices, "_alerts", "")
    seen = notices.Notices(SimpleNamespace(page=None))  # type: ignore[arg-type]
    assert asyncio.run(asyncio.wait_for(seen.said(), 60)) == ""
