"""Viewers of reports, which save what they show by a menu: one kind to a page."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages.clicked_file import click_for_file
from jdp_spider.pages.errors import SiteError
from jdp_spider.pages.transfer import Wanted
from tests.support.page_server import open_pages

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

WANTED = Wanted(lambda _: False, lambda _: True, 1000, "JDP_MOST")
ASKS = "<button onclick=\"window.open('/viewer')\">Create PDF</button>"
IN_FRAME = """<button class=reportButton>Print/Email Reports</button><button onclick="
    document.body.append(Object.assign(document.createElement('iframe'), {src: '/viewer'}))
    ">Create PDF</button>"""
SAVE = """<script>function save(target) {
    localStorage.made = Number(localStorage.made ?? 0) + 1;
    const url = URL.createObjectURL(new Blob(['%PDF-']));
    target ? window.open(url, target) : Object.assign(document.createElement('a'),
        {href: url, download: 'report.pdf'}).click();
} function press(what) { window.pressed = what; }</script>"""
OTHERS = "".join(
    f"<button title='{each}' onclick='press(title)'>{each}</button>"
    for each in ("Print", "Email", "Send", "Share", "Delete", "Close", "Refresh")
)
FORMATS = ("Word", "Excel", "CSV (comma delimited)", "TIFF file")
MENU = "<div id=menu hidden>{}</div>"


def menu(item: str, others: str = "<div onclick='press(innerText)'>{}</div>") -> str:
    return MENU.format("".join(map(others.format, FORMATS)) + item)


OPENS = "onclick='menu.hidden = false'"
VIEWERS = {
    # It ignores the button while it loads.
    "devexpress": "<p id=state>Loading...</p><script>setTimeout(() => state.remove(), 1500)"
    "</script><div role=button title='Export To' onclick='if (!window.state) menu.hidden = false'>"
    "Export To</div>" + menu("<div role=menuitem onclick=save()>PDF</div>"),
    "not ready at once": "<script>setTimeout(() => window.ready = true, 2000)</script>"
    "<button onclick='menu.hidden = !window.ready'>Export</button>"
    + menu("<span style='cursor: pointer' onclick=save()>PDF</span>"),
    "ssrs": f"<a href='javascript:void(0)' title='Export drop down menu' {OPENS}><img width=9 "
    "height=9></a>" + menu("<a title=PDF href='javascript:save(\"_blank\")'>PDF</a>"),
    "telerik": f"<ul><li><a href=# title=Export {OPENS}><span>&nbsp;&nbsp;</span></a></ul>"
    + menu("<ul><li><a href=# onclick='save()'>Acrobat (PDF) file</a></ul>"),
    "picture": f"<button {OPENS}><i class='fa fa-download'></i></button>"
    + menu("<li onclick=save()>Portable Document Format (PDF)</li>"),
    "select": "<select onchange='link.hidden = value !== \"p\"'><option>Select a format"
    "<option>Excel<option>Word<option value=p>Acrobat (PDF) file</select>"
    "<a id=link hidden href=# title=Export onclick=save()>Export</a>",
    "direct": "<img width=20 height=20 alt='' title='Export to PDF' onclick=save()>",
    "save": "<input type=number value=1> of 1 <button title=Save onclick=save()></button>",
    "status": "<table><td>Bookout<td id=state>Queued</table><button onclick='state.innerHTML = "
    "link.innerHTML'>Refresh</button><template id=link><a href=# onclick=save()>View PDF"
    "</a></template>",
}
NO_VIEWERS = (
    "<button onclick='press(1)'>Export to Excel</button>",
    "<a href=# onclick='press(1)'>Terms of Use (PDF)</a><p>PDF</p>",
    f"<button onclick='menu.hidden = false'>Export</button>{menu('')}",
    "<input><input><button onclick='press(1)'>Save</button>",
    "<button class=reportButton>Reports</button><button onclick='press(1)'>Export</button>",
)


async def _viewed(page: SitePage, viewer: str) -> Any:
    # Where nothing is made yet, it is looked for again.
    others = "" if "Queued" in viewer else OTHERS

    async def answer(route: Any) -> None:
        await route.fulfill(body=SAVE + others + viewer, content_type="text/html")

    await page.page.route("**/viewer", answer)
    page = dataclasses.replace(page, site=dataclasses.replace(page.site, report_timeout=1))
    return (await click_for_file(page, "create_pdf", WANTED)).body


def test_viewer_saves_its_report_once_as_a_pdf() -> None:
    framed = ("ssrs", "save", "status")
    kinds = {ASKS: iter(VIEWERS), IN_FRAME: iter(framed)}

    async def work(page: SitePage) -> Any:
        is_framed = await page.page.locator(".reportButton").count() > 0
        kind = next(kinds[IN_FRAME if is_framed else ASKS])
        body = await _viewed(page, VIEWERS[kind])
        return body, await page.page.evaluate("localStorage.made + (window.pressed ?? '')")

    pages = [ASKS] * len(VIEWERS) + [IN_FRAME] * len(framed)
    assert open_pages(pages, work, 40) == [(b"%PDF-", "1")] * len(pages)


def test_nothing_else_of_a_page_is_clicked() -> None:
    pages = iter(NO_VIEWERS)

    async def work(page: SitePage) -> Any:
        with pytest.raises(SiteError):
            await _viewed(page, next(pages))
        return await page.page.evaluate("window.pressed ?? ''")

    assert open_pages([ASKS] * len(NO_VIEWERS), work, 4) == [""] * len(NO_VIEWERS)
