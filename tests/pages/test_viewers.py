"""Viewers of reports, which save what they show by a menu: one kind to a page."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages.bookout import report_wanted
from jdp_spider.pages.clicked_file import click_for_file
from jdp_spider.pages.errors import SiteError
from jdp_spider.pages.file_request import Answer, ReportRequest, Wanted
from jdp_spider.pages.viewers import patience
from tests.support.page_server import open_pages

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

WANTED = Wanted(lambda _: False, lambda _: True, 1000, "JDP_MOST")
ASKS = "<button onclick=\"window.open('/viewer')\">Create PDF</button>"
ASKS_DIRECTLY = "<button onclick=\"window.open('/GetPdfReport?v=1')\">Create PDF</button>"
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


OWN = "/GetPdfReport?v=1"
MADE = f"{OWN}&pdf=1"
OTHER = "/files/77"
FETCHED = (
    "<div id=toolbarViewer><button id=download title=Download></button></div><canvas></canvas>"
    f"<script>let data; fetch('{MADE}').then(r => r.blob()).then(blob => data = blob);"
    "download.onclick = () => Object.assign(document.createElement('a'),"
    " {href: URL.createObjectURL(data), download: 'B.pdf'}).click()</script>"
)
SHOWN = {
    "pdf.js": FETCHED,
    "plugin": f"<embed src='{MADE}' type='application/pdf' width=100% height=100%>",
    "plugin of an own address": f"<embed src='{OTHER}.pdf' width=800 height=900>",
    "object": f"<object data='{OTHER}' type='application/pdf' width=80 height=90>No</object>",
    "frame": f"<title>Report</title><iframe src='{OTHER}' width=800 height=900></iframe>",
    "frame by a script": (
        f"<p id=r>Report</p><script>setTimeout(() => r.innerHTML = `<iframe src='{OTHER}'>"
        "</iframe>`, 700)</script>"
    ),
    "form of ASP.NET": (
        "<script>function __doPostBack() { theForm.submit(); }</script>"
        f"<p>Bookout report</p><a href='{OTHER}' target=_blank>Open in a new window</a>"
    ),
    "link to a window": (
        f"<p>If your report does not open in 1 second, <a href='{OTHER}'>click here</a></p>"
    ),
    "button to a window": (
        f"<p>Bookout<button onclick=\"window.open('{OTHER}')\">View the report</button></p>"
    ),
    "form to a window": (
        f"<form method=post action='{OTHER}' target=_blank><button>Open report in new window"
        "</button></form>"
    ),
    "link to a file": f"<p>Your report: <a href='{OTHER}.pdf'>Bookout.pdf</a></p>",
}
REFUSALS = (
    "<h1>No values are available for this vehicle</h1><a href=/x>Export</a><iframe src=/x>",
    "<p>You have reached your daily limit of 3 reports.</p><button>Save</button>",
)


async def _shown(page: SitePage, viewer: str) -> Any:
    """What comes of a report's address that is answered by a page, and what was asked for."""
    asked = []

    async def answer(route: Any) -> None:
        url = route.request.url.removeprefix("http://site")
        asked.append(url)
        is_page = url == OWN
        kind = "text/html" if is_page else "application/pdf"
        await route.fulfill(body=viewer if is_page else "%PDF-", content_type=kind)

    for pattern in ("**/GetPdfReport*", "**/files/*"):
        await page.page.route(pattern, answer)
    page = dataclasses.replace(page, site=dataclasses.replace(page.site, report_timeout=1))
    wanted = report_wanted(page.site, page.site.is_report, clicks=True)
    return (await click_for_file(page, "create_pdf", wanted)).body, asked


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


def test_viewer_at_the_address_of_the_report_gives_it_once() -> None:
    menus = {each: SAVE + OTHERS + VIEWERS[each] for each in ("ssrs", "telerik", "direct")}
    viewers = menus | SHOWN
    kinds = iter(viewers)

    async def work(page: SitePage) -> Any:
        kind = next(kinds)
        body, asked = await _shown(page, viewers[kind])
        made = await page.page.evaluate("localStorage.made ?? ''") if kind in menus else ""
        return kind, body, len(asked), asked[0], made

    found = [(each, b"%PDF-", 1, OWN, "1") for each in menus]
    found += [(each, b"%PDF-", 2, OWN, "") for each in SHOWN]
    assert sorted(open_pages([ASKS_DIRECTLY] * len(viewers), work, 20)) == sorted(found)


def test_page_that_says_why_there_is_no_report_is_taken_at_once() -> None:
    pages = iter(REFUSALS)

    async def work(page: SitePage) -> Any:
        html = next(pages)
        return await _shown(page, html) == (html.encode(), [OWN])

    assert open_pages([ASKS_DIRECTLY] * len(REFUSALS), work, 20) == [True] * len(REFUSALS)


def test_viewer_is_no_report_where_nobody_clicks() -> None:
    def is_awaited(html: str) -> bool:
        answer = Answer(200, OWN, {"content-type": "text/html"}, html.encode(), ReportRequest(OWN))
        return patience(answer, "GetPdfReport", clicks=False) is not None

    frame = f"<iframe src='{MADE}'></iframe>"
    assert [is_awaited(each) for each in (*SHOWN.values(), frame)].count(True) == 2
    assert is_awaited(frame) and is_awaited(SHOWN["form of ASP.NET"])


@pytest.mark.parametrize(
    ("url", "html", "seconds"),
    [
        (OWN, "<button>Export</button>", 0.0),
        (OWN, "<button>Export</button><script>form.submit()</script>", 6.0),
        (OWN, "<script>location.href = '/x'</script>", math.inf),
        (OWN, "<button>Export</button><input type=password>", None),
        (OWN, f"<button>Export</button>{'x ' * 600} errors and omissions are not excluded", 0.0),
        (OWN, "<p>Not found. <button>Export</button>", None),
        ("/ValuesOnline/vehicle/", "<button>Export</button>", None),
    ],
)
def test_buttons_of_a_viewer_are_clicked_unless_it_goes_on(
    url: str, html: str, seconds: float | None
) -> None:
    answer = Answer(200, url, {"content-type": "text/html"}, html.encode(), ReportRequest(url))
    assert patience(answer, "getpdfreport", clicks=True) == seconds


def test_nothing_else_of_a_page_is_clicked() -> None:
    pages = iter(NO_VIEWERS)

    async def work(page: SitePage) -> Any:
        with pytest.raises(SiteError):
            await _viewed(page, next(pages))
        return await page.page.evaluate("window.pressed ?? ''")

    assert open_pages([ASKS] * len(NO_VIEWERS), work, 4) == [""] * len(NO_VIEWERS)
