"""The JavaScript world of our own, whatever the page's scripts do in theirs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages import grid, world
from jdp_spider.pages.clicked_file import click_for_file, open_here
from jdp_spider.pages.evaluation import Navigated, navigation_detected
from jdp_spider.pages.file_request import Wanted
from jdp_spider.pages.settling import PAGE_TEXT
from jdp_spider.pages.world import evaluate_inside, evaluate_once, find_once
from jdp_spider.repair.scene import _ELEMENTS as ELEMENTS
from jdp_spider.utils.javascript import load_js
from tests.pages.replaced_builtins import SCRIPT
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

PAGE = f"""{SCRIPT}
    <h1>165548</h1><input id=StockNumberInput><button class=reportButton
        onclick="window.pressed = true">Print</button>
    <table><tr><td>165548<td><a id=bookOutButton_1 title=Bookout href=/1>open</a></table>
    <script>
        function vehicleGridViewFilterChanged(field) {{
            window.searched = [field, document.querySelector('input').value].join();
            document.querySelector('table').innerHTML = '<tr><td>165549<td>'
                + '<a id=bookOutButton_2 title=Bookout href=/2>open</a>';
        }}
    </script>"""
FIELD = "() => document.querySelector('input')"


def test_page_that_replaces_builtins_is_read_clicked_and_typed_into() -> None:
    async def work(page: SitePage) -> dict[str, Any]:
        text = await page.evaluate(PAGE_TEXT)
        before = [row.cells for row in await grid.rows(page)]
        await page.click("reports")
        await grid.search(page, "165549")
        after = [row.cells for row in await grid.rows(page)]
        pressed = await evaluate_inside(page.page, "() => String([pressed, searched])")
        return {"text": text[:7], "rows": [before, after], "page": pressed}

    assert on_page(work, PAGE) == {
        "text": "\n165548",
        "rows": [[("165548", "open")], [("165549", "open")]],
        "page": "true,StockNumber,165549",
    }


OPENS = {
    "in a tab": "window.open('/Report/GetPdfReport')",
    "by a link": "Object.assign(document.createElement('a'), "
    "{href: '/Report/GetPdfReport', target: '_blank'}).click()",
}


@pytest.mark.parametrize("opens", OPENS.values(), ids=OPENS)
def test_page_that_replaces_builtins_opens_its_report_here(opens: str) -> None:
    async def work(page: SitePage) -> bool:
        await open_here(page)
        async with page.page.expect_request("**/GetPdfReport") as asked:
            await page.click("reports")
        return (await asked.value).frame == page.page.main_frame

    assert on_page(work, f'{SCRIPT}<button class=reportButton onclick="{opens}">Print</button>')


def test_page_that_replaces_builtins_gives_a_file_that_it_made() -> None:
    async def work(page: SitePage) -> bytes:
        wanted = Wanted(page.site.is_report, lambda _: True, 1000, "")
        return (await click_for_file(page, "reports", wanted)).body

    made = "window.open('data:application/pdf;base64,JVBERi0=')"
    html = f'{SCRIPT}<button class=reportButton onclick="{made}">Print</button>'
    assert on_page(work, html) == b"%PDF-"


def test_frame_that_replaces_builtins_opens_its_report_here() -> None:
    opens = '<button onclick="window.open(`/Report/GetPdfReport`)">Print</button>'

    async def work(page: SitePage) -> bool:
        await page.page.wait_for_load_state()
        await open_here(page)
        async with page.page.expect_request("**/GetPdfReport") as asked:
            await page.evaluate(
                "() => document.querySelector('iframe').contentDocument.querySelector('button')"
                ".click()"
            )
        return (await asked.value).frame == page.page.main_frame

    assert on_page(work, f"<iframe srcdoc='{SCRIPT.replace(chr(39), chr(34))}{opens}'></iframe>")


def test_page_does_not_see_our_variables() -> None:
    async def work(page: SitePage) -> Any:
        await page.click("reports")
        await page.evaluate("() => { window.jdpMine = 1; }")
        named = "Object.keys(window).filter(name => name.startsWith('jdp'))"
        return await page.page.evaluate(named), await page.evaluate("() => window.jdpMine")

    assert on_page(work, "<button class=reportButton>Print</button>") == ([], 1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_field_of_a_page_that_was_left_takes_nothing(host: str) -> None:
    """Also where the page that came has another renderer."""

    async def work(page: SitePage) -> Any:
        await page.page.wait_for_load_state()
        field = await find_once(page.page, FIELD)
        assert field is not None
        await page.page.goto(page.site.base_url.replace("127.0.0.1", host))
        with pytest.raises(Navigated), navigation_detected():
            await field.evaluate("field => { field.value = 'secret'; }")
        await page.page.wait_for_load_state()
        return await page.evaluate("() => document.querySelector('input').value")

    assert on_page(work, "<input>") == ""


def test_page_that_is_left_before_it_answers_is_told_from_others() -> None:
    async def work(page: SitePage) -> Any:
        waiting = asyncio.ensure_future(evaluate_once(page.page, "() => new Promise(() => {})"))
        await evaluate_once(page.page, "() => 1")
        await page.page.goto(page.site.base_url)
        with pytest.raises(Navigated), navigation_detected():
            await waiting
        await page.page.close()
        with pytest.raises(PlaywrightError, match="has been closed"):
            await evaluate_once(page.page, "() => 1")

    on_page(work, "<p>A page</p>")


def test_answers_are_those_of_the_function() -> None:
    function = "each => [each, undefined, {a: undefined}, [NaN], '\u20ac']"

    async def work(page: SitePage) -> Any:
        answer = await evaluate_once(page.page, function, {"\u20ac": [1.5, None]})
        assert answer == await evaluate_inside(page.page, function, {"\u20ac": [1.5, None]})
        with pytest.raises(PlaywrightError, match=r"TypeError: one$"):
            await evaluate_once(page.page, "() => { throw new TypeError('one\\ntwo'); }")
        return answer[:3], await evaluate_once(page.page, "() => undefined")

    assert on_page(work, "<p>A page</p>") == ([{"\u20ac": [1.5, None]}, None, {}], None)


def test_page_that_logs_out_whoever_is_idle_is_kept_awake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it was looked at: whatever it waits for, and also where no task uses it."""
    monkeypatch.setattr(world, "_WINDOW", load_js("pages/js/awake.js", "10"))
    idle = "addEventListener('mousemove', () => { window.moved = (window.moved || 0) + 1; })"

    async def work(page: SitePage) -> None:
        for _ in range(2):
            await evaluate_once(page.page, "() => 1")
            await page.page.wait_for_function("window.moved > 2")
            await page.page.reload()

    on_page(work, f"<script>document.{idle}</script>")


NAMES = (
    "children",
    "parentElement",
    "id",
    "className",
    "contains",
    "matches",
    "parentNode",
    "title",
)
FORM = f"""<form id=f>{"".join(f"<input type=hidden name={name} value=x>" for name in NAMES)}
    {PAGE.removeprefix(SCRIPT)}</form>"""


def test_fields_that_are_called_as_their_forms_properties_hide_nothing() -> None:
    """As forms of WebForms have them, which are around everything."""

    async def work(page: SitePage) -> Any:
        rows = [row.cells for row in await grid.rows(page)]
        await page.click("reports")
        found = await page.evaluate(ELEMENTS)
        button = next(each for each in found if each["tag"] == "button")
        return rows, await page.page.evaluate("window.pressed"), button["parents"][0]

    html = FORM.replace("<button", "<button type=button")
    assert on_page(work, html) == ([("165548", "open")], True, "form#f")
