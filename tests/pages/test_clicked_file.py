"""What a page shows before and after a click for a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages.clicked_file import choose_report, open_here
from tests.support.page_server import on_page, open_pages

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

_ADD = """html => new Promise(resolve => {
    document.body.insertAdjacentHTML('beforeend', html);
    setTimeout(() => resolve(document.querySelectorAll('object, embed').length), 300);
})"""
_BEFORE = "<p>A page</p><object data='/help'></object><embed src='/help'>"


def test_only_an_embedded_file_added_by_the_click_is_opened() -> None:
    """Neither one that stood there before is, nor one that shows a picture."""

    async def work(page: SitePage) -> tuple[int, int, str]:
        # As a click does: what the page itself embeds is there then.
        await page.page.wait_for_load_state("domcontentloaded")
        await open_here(page)
        counts = [
            await page.page.evaluate(_ADD, added)
            for added in ("<p>a menu</p>", "<object data='/wait.svg'></object>")
        ]
        async with page.page.expect_request("**/report") as asked:
            # Later: the page may be left before it could answer.
            await page.page.evaluate(
                "void setTimeout(() => document.body.insertAdjacentHTML("
                "'beforeend', '<object data=/report></object>'), 100)"
            )
        request = await asked.value
        return counts[0], counts[1], request.resource_type

    assert on_page(work, _BEFORE) == (2, 3, "document")


REPORT = "/Report/GetPdfReport"
TABS = [
    (f"{REPORT}?of=bookout", f"{REPORT}?of=summary", f"{REPORT}?of=bookout"),
    (f"{REPORT}?of=summary", f"{REPORT}?of=bookout", f"{REPORT}?of=bookout"),
    (f"{REPORT}?of=1", f"{REPORT}?of=2", f"{REPORT}?of=1"),
    (f"{REPORT}?of=1", "/survey", f"{REPORT}?of=1"),
    ("/survey", f"{REPORT}?of=1", f"{REPORT}?of=1"),
    ("/print?of=1", "/print?of=2", "/print?of=1"),
    ("/wait", "/file/1", "/file/1"),
]


def test_of_two_tabs_that_open_at_once_the_bookout_is_taken() -> None:
    async def work(page: SitePage) -> list[str]:
        opened = []
        for first, second, _ in TABS:
            await page.page.goto(page.site.base_url)
            await open_here(page)
            opening = f"() => {{ window.open('{first}'); window.open().location = '{second}'; }}"
            await page.page.evaluate(opening)
            await page.page.wait_for_function("() => location.pathname !== '/'")
            opened.append(page.page.url.removeprefix(page.site.base_url))
        return opened

    assert on_page(work, "A page") == [wanted.removeprefix("/") for _, _, wanted in TABS]


DIALOG = "<div role=dialog>{}<button>Create PDF</button></div>"
BOX = "<label><input type=checkbox id={}>{}</label>"
DOT = BOX.replace("type=checkbox", "type=radio name=r")


def choices(kind: str, *labels: str) -> str:
    return "".join(kind.format(*label.split(" ", 1)) for label in labels)


# What the dialog shows, what is on afterwards, and what is said of it.
CHOICES = (
    (choices(BOX, "b Bookout Report", "v_checked Value Summary", "o_checked Include summary"),
     "b,o", "bookout report"),
    (choices(DOT, "v_checked Value Summary", "b Bookout"), "b", "bookout"),
    ("<select><option id=v>Value Summary<option id=b>Bookout Report</select>",
     "b", "bookout report"),
    (choices(BOX, "b_checked Bookout Report", "v_checked Value Summary"), "b,v", ""),
    (choices(BOX, "b Bookout Comments", "v_checked Value Report"), "v", ""),
    (choices(BOX, "b Bookout", "v_checked Clean condition"), "v", ""),
)  # fmt: skip


def test_bookout_is_chosen_where_a_dialog_remembers_another_report() -> None:
    async def work(page: SitePage) -> Any:
        words = await choose_report(page, "create_pdf", corrects=True)
        on = "() => [...document.querySelectorAll(':checked')].map(each => each.id).sort().join()"
        return await page.page.evaluate(on), words

    pages = [DIALOG.format(html.replace("_checked", " checked")) for html, _, _ in CHOICES]
    assert open_pages(pages, work, 5) == [(on, words) for _, on, words in CHOICES]
