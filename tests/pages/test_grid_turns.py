"""Turning the pages of a grid in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages import grid
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

# The bar of the filter is no part of what is replaced.
GRID = """
    <a class=dxgvFilterBarLink onclick="ShowFilterControl()">Create Filter</a>
    <table><tbody></tbody></table>
    <div class=pager><a onclick="turn()" title=Next>Next</a></div>
    <script>
        const body = document.querySelector('tbody');
        const show = number => {
            body.innerHTML = `<tr><td>${number}<td><a id=bookOutButton_${number} title=Bookout
                href=/${number}>open<img title=Bookout src=/book.png></a>`;
        };
        function turn() {
            body.innerHTML = '';
            setTimeout(() => ROWS && show(2), 100);
        }
        show(1);
    </script>"""


async def next_rows(page: SitePage) -> Any:
    await page.page.wait_for_load_state()
    assert await grid.next_page(page, 1)
    return [row.cells[0] for row in await grid.rows(page)]


def test_rows_removed_before_the_new_ones_arrive_are_awaited() -> None:
    assert on_page(next_rows, GRID.replace("ROWS", "true")) == ["2"]


@pytest.mark.parametrize(
    "link", ["href=#7 onclick=\"window.open('/7', 'bookout')\"", "href=/7 target=_blank"]
)
def test_row_that_opens_a_new_tab_is_opened_in_this_one(link: str) -> None:
    async def work(page: SitePage) -> Any:
        await page.page.wait_for_load_state()
        [row] = await grid.rows(page)
        async with page.page.expect_navigation(url="**/7"):
            await grid.open_row(page, row)
        return len(page.page.context.pages)

    html = f"<table><tr><td>7<td><a id=bookOutButton_7 title=Bookout {link}>open</a></table>"
    assert on_page(work, html) == 1


PAGERS = {
    "jqGrid's": """<table class=ui-pg-table><tr><td onclick="turn()" title="Next Page">
        <span>&nbsp;</span></table>""",
    "ag-Grid's": """<div class=ag-paging-panel><div role=button aria-label="Next Page">&nbsp;</div>
        </div><script>document.querySelector('[role=button]').onclick = () => turn()</script>""",
    "Kendo's": "<p class=k-pager><a title='Go to the next page' onclick='turn()'>&nbsp;</a></p>",
    "RadGrid's": "<div class=rgPager><input type=button title='Next Page' onclick='turn()'></div>",
    "QuickGrid's": "<div class=paginator><button title='Go to next page' onclick='turn()'></div>",
    "DevExpress's old": """<table class=dxpControl><tr><td class=dxpSummary>Page 1 of 2
        <td onclick="turn('PBN')"><img alt=Next width=9 height=9></table>""",
    "Ant's": """<ul class=ant-pagination><li title="Next Page" style="cursor: pointer">&gt;</ul>
        <script>document.querySelector('li').onclick = () => turn()</script>""",
}
NO_PAGERS = ("<div class=pager><span>Next</span></div>", "<p onclick='turn()'>Next</p>")


def test_pager_of_any_grid_is_used() -> None:
    link = '<div class=pager><a onclick="turn()" title=Next>Next</a></div>'

    async def work(page: SitePage) -> Any:
        found = []
        for pager in (*PAGERS.values(), *NO_PAGERS):
            html = GRID.replace("ROWS", "true").replace(link, "")
            await page.page.set_content(f"<div>{html.replace('const ', 'var ')}</div>{pager}")
            found.append(await grid.next_page(page, 1, anywhere=False))
        return found

    assert on_page(work, "<body>") == [True] * len(PAGERS) + [False] * len(NO_PAGERS)


def test_page_that_stays_empty_is_a_page() -> None:
    assert on_page(next_rows, GRID.replace("ROWS", "false")) == []


# A window of three rows over nine, in a box; more rows below those that are there; a link for more.
ROWS = """
    const row = n => `<tr style="height: 40px"><td>${n}<td><a id=bookOutButton_${n} title=Bookout
        href=/${n}>open</a>`;
    const rows = (first, last) => {
        let all = '';
        for (let n = first; n <= Math.min(last, 9); n++) all += row(n);
        return all;
    };
    const body = document.querySelector('tbody');
    let last = 3;"""
BOX = """
    <div id=box style="height: 100px; overflow: auto; position: relative"><div id=space></div>
    <table style="position: absolute; top: 0; border-spacing: 0"><tbody></tbody></table></div>"""
WINDOW = """
    space.style.height = '360px';
    box.onscroll = () => setTimeout(() => {
        const first = Math.floor(box.scrollTop / 40);
        body.parentElement.style.top = `${40 * first}px`;
        body.innerHTML = rows(first + 1, first + 3);
    }, 50);
    body.innerHTML = rows(1, 3);"""
BELOW = """
    body.innerHTML = rows(1, last);
    box.onscroll = () => box.scrollTop + box.clientHeight > box.scrollHeight - 5
        && setTimeout(() => { body.innerHTML = rows(1, last += 3); }, 50);"""
BESIDE = f"""
    <div style="display: flex"><table style="border-spacing: 0"><tbody></tbody></table>
    <div id=box style="height: 100px; overflow: auto; width: 200px"><div id=space></div></div></div>
    <script>{{{ROWS}
    space.style.height = '360px';
    box.onscroll = () => {{
        const first = Math.floor(box.scrollTop / 40);
        body.innerHTML = rows(first + 1, first + 3);
    }};
    body.innerHTML = rows(1, 3);}}</script>"""
MORE = f"""
    <table><tbody></tbody></table><button id=more>Load more</button>
    <script>{{{ROWS}
    more.onclick = () => {{
        body.innerHTML = rows(1, last += 3);
        more.hidden = last === 9;
    }};
    body.innerHTML = rows(1, last);}}</script>"""


# A text that unfolds, a link to another page, and news that come whenever somebody scrolls.
OTHER_MORE = f"""
    <table><tbody></tbody></table><script>{{{ROWS} body.innerHTML = rows(1, 9);}}</script>
    <a href=/news>View more</a>
    <button onclick="this.after('There is a new column.')">Show more</button><div id=news></div>
    <script>
        const tell = () => news.insertAdjacentHTML('beforeend', '<p style="height: 900px">News');
        tell();
        onscroll = () => setTimeout(tell, 50);
    </script>"""


async def all_numbers(page: SitePage) -> list[str]:
    await page.page.wait_for_load_state()
    found = dict.fromkeys(row.vehicle_id for row in await grid.rows(page))
    number = 1
    while await grid.next_page(page, number):
        found |= dict.fromkeys(row.vehicle_id for row in await grid.rows(page))
        number += 1
    return list(found)


async def numbers_in_each(page: SitePage) -> list[list[str]]:
    found = []
    for html in (
        f"{BOX}<script>{{{ROWS}{WINDOW}}}</script>",
        f"{BOX}<script>{{{ROWS}{BELOW}}}</script>",
        BESIDE,
        MORE,
    ):
        await page.page.set_content(html)
        found.append(await all_numbers(page))
    return found


def test_rows_loaded_on_scrolling_are_read() -> None:
    assert on_page(numbers_in_each, "<body>") == [list("123456789")] * 4


def test_unrelated_more_button_and_endless_list_are_not_pages() -> None:
    async def work(page: SitePage) -> Any:
        return await all_numbers(page), page.page.url.endswith("/news")

    assert on_page(work, OTHER_MORE, seconds=30) == (list("123456789"), False)
