"""Turning the pages of a grid in the browser."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages import grid, row_waits
from jdp_spider.pages.evaluation import evaluate_until
from jdp_spider.pages.network import watch
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from playwright.async_api import Route

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
            setTimeout(() => ROWS && show(2), 900);
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
NO_PAGERS = (
    "<div class=pager><span>Next</span></div>",
    "<p onclick='turn()'>Next</p>",
    """<ul class=pagination><li class="page-item disabled"><a class=page-link href="#">
        <span onclick='turn()'>Next</span></a></ul>""",
    """<nav><div onclick='turn()'>Home</div><div onclick='turn()'>Sold</div>
        <b onclick='turn()'>2</b></nav>""",
)


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


LATE = """
    <a class=dxgvFilterBarLink onclick="ShowFilterControl()">Create Filter</a>
    <table><tbody></tbody></table>
    <script>
        const body = document.querySelector('tbody');
        setTimeout(() => {
            body.innerHTML = '<tr><td> <td><a id=bookOutButton_1 title=Bookout href=/1>open</a>';
        }, ROW);
        setTimeout(() => { body.querySelector('td').textContent = '165548'; }, TEXT);
    </script>"""


@pytest.mark.parametrize(("row", "text"), [(0, 900), (900, 950)], ids=["text", "row"])
def test_row_and_text_that_come_after_the_grid_are_awaited(row: int, text: int) -> None:
    async def work(page: SitePage) -> Any:
        await page.page.wait_for_load_state()
        await grid.wait_for_grid(page)
        return [row.cells[0] for row in await grid.rows(page)]

    html = LATE.replace("ROW", str(row)).replace("TEXT", str(text))
    assert on_page(work, html) == ["165548"]


def test_grid_is_not_empty_while_its_rows_are_asked_for() -> None:
    html = GRID.replace(
        "setTimeout(() => ROWS && show(2), 900)", "fetch('/rows').then(() => show(2))"
    )

    async def work(page: SitePage) -> Any:
        asked: list[Route] = []

        async def hold(route: Route) -> None:
            asked.append(route)

        await page.page.route("**/rows", hold)
        reading = asyncio.ensure_future(next_rows(page))
        # As long as a grid that waits for nothing may have no rows.
        empty = "() => Date.now() - window.jdpEmptySince > 4000"
        assert await evaluate_until(page.page, empty, None, 20)
        await asked[0].fulfill(body="")
        return await reading

    assert on_page(work, html, seconds=60) == ["2"]


def test_grid_is_not_empty_while_the_site_may_send_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    # A computer may be too slow for the seconds that such rows are given.
    monkeypatch.setattr(row_waits, "_SENT_S", 60)

    async def work(page: SitePage) -> Any:
        watch(page.page)
        await page.page.route("**/news", lambda _: None)
        await page.page.evaluate("() => { window.news = new EventSource('/news'); }")
        reading = asyncio.ensure_future(next_rows(page))
        # As long as a grid that waits for nothing may have no rows.
        empty = "() => Date.now() - window.jdpEmptySince > 4000"
        assert await evaluate_until(page.page, empty, None, 20)
        await page.page.evaluate("show(2)")
        return await reading

    html = GRID.replace("setTimeout(() => ROWS && show(2), 900)", "0")
    assert on_page(work, html, seconds=120) == ["2"]


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


# Two pages of a grid; what is beside it has pages, pictures and links of its own.
PAGES = """
    <main>BESIDE<section class=stock><table><tbody></tbody></table>PAGER</section>BELOW</main>
    <script>{
        window.strayed = [];
        window.stray = what => strayed.push(what);
        const body = document.querySelector('.stock tbody');
        window.turn = number => {
            body.innerHTML = `<tr><td>${number}<td><a id=bookOutButton_${number} title=Bookout
                href=/${number}>open</a>`;
            const [next] = document.querySelectorAll('.stock [rel=next]');
            if (number > 1) next?.remove();
            document.querySelector('.stock [rel=prev]')?.removeAttribute('hidden');
        };
        turn(1);
    }</script>"""
NAV = """<nav><a href=/home>Home</a><a href=/vehicles>Inventory</a>
    <a onclick="stray('nav')">Next</a></nav>"""
CAROUSEL = """<div class="hero carousel"><img alt=Car><button onclick="stray('carousel')">Previous
    </button><button onclick="stray('carousel')">Next</button></div>"""
PICTURES = """<div><img alt=Car><button onclick="stray('pictures')">Next</button></div>"""
TABLE = """<section><table><tr><th>Name<th>Role<tr><td>Ann<td>Sales<tr><td>Bob<td>Lot</table>
    <div class=pager><a onclick="stray('table')">2</a><a onclick="stray('table')">Next</a></div>
    </section>"""
WITH_NAVIGATION = {
    "named": """<div class=pager><a rel=prev hidden onclick="turn(1)">Previous</a>
        <a rel=next onclick="turn(2)">Next</a></div>""",
    "nav": """<nav><a rel=prev hidden onclick="turn(1)">Previous</a>
        <a rel=next onclick="turn(2)">Next</a></nav>""",
    "plain": """<div><a onclick="turn(2)" rel=next>Next</a></div>""",
}


@pytest.mark.parametrize("beside", [NAV, CAROUSEL, TABLE], ids=["nav", "carousel", "table"])
def test_only_the_pager_of_the_grid_turns_its_pages(beside: str) -> None:
    async def work(page: SitePage) -> list[Any]:
        found = []
        for html in WITH_NAVIGATION.values():
            for places in ((beside, ""), ("", beside)):
                before, after = places
                whole = PAGES.replace("BESIDE", before).replace("BELOW", after)
                await page.page.set_content(whole.replace("PAGER", html))
                await grid.first_page(page)
                found.append((await all_numbers(page), await page.page.evaluate("strayed")))
        return found

    assert on_page(work, "<body>") == [(["1", "2"], [])] * 6


def test_next_of_something_else_is_no_page_where_the_grid_has_a_pager() -> None:
    async def work(page: SitePage) -> Any:
        whole = PAGES.replace("BESIDE", PICTURES).replace("BELOW", "")
        await page.page.set_content(whole.replace("PAGER", WITH_NAVIGATION["named"]))
        return await all_numbers(page), await page.page.evaluate("strayed")

    assert on_page(work, "<body>") == (["1", "2"], [])


SIZES = """<div class=pager><span><a onclick="stray('size')">2</a><a onclick="stray('size')">5</a>
    </span><ul><li class=current>1</li><li><a onclick="turn(2)">2</a></li></ul></div>"""


def test_number_of_rows_on_a_page_is_no_page() -> None:
    async def work(page: SitePage) -> Any:
        html = PAGES.replace("BESIDE", "").replace("BELOW", "").replace("PAGER", SIZES)
        await page.page.set_content(html)
        assert await grid.next_page(page, 1)
        return await page.page.evaluate("strayed"), [row.cells[0] for row in await grid.rows(page)]

    assert on_page(work, "<body>") == ([], ["2"])


# Two rows a page, whose links have the numbers of the rows as ids; the same elements on each page.
ROW_IDS = """
    <table><tbody><tr><td><td><a id=row_1 title=Bookout>open</a>
        <tr><td><td><a id=row_2 title=Bookout>open</a></table>
    <div class=pager><a onclick="turn()">Next</a></div>
    <script>{
        let first = 1;
        window.show = () => document.querySelectorAll('tr').forEach((row, n) => {
            const link = row.querySelector('a');
            row.cells[0].textContent = first + n;
            LINK
        });
        window.turn = () => { first += SHIFT; show(); };
        show();
    }</script>"""
LINKS = {
    "addresses": ("link.href = `/v/40001${first + n}?row=${n + 1}`;", 2),
    "short addresses": ("link.href = `/v/${first + n + 10}`;", 2),
    # As rows that are scrolled: one of them was there before.
    "window": ("link.href = `/v/40001${first + n}`;", 1),
    # Elements of their own, as there is nothing else that tells.
    "scripts": ("link.removeAttribute('data-jdp-id'); link.replaceWith(link.cloneNode(true));", 2),
}  # fmt: skip


async def ids_of_rows(page: SitePage) -> list[list[str]]:
    """Return the ids of the rows with the same text, seen on several pages."""
    site = page.site.with_changes({"bookout": "a[title=Bookout]"})
    page = replace(page, site=site)
    found: dict[str, dict[str, None]] = {}
    for number in (1, 2, 3):
        for row in await grid.rows(page):
            found.setdefault(row.cells[0], {})[row.id] = None
        assert await grid.next_page(page, number)
    return [list(each) for each in found.values()]


def test_number_of_a_row_on_its_page_is_no_id_of_a_vehicle() -> None:
    async def work(page: SitePage) -> dict[str, list[int]]:
        found = {}
        for name, (link, shift) in LINKS.items():
            html = ROW_IDS.replace("LINK", link).replace("SHIFT", str(shift))
            await page.page.set_content(html)
            ids = await ids_of_rows(page)
            found[name] = [len(ids), len({each for of_one in ids for each in of_one})]
        return found

    assert on_page(work, "<body>") == {
        "addresses": [6, 6], "short addresses": [6, 6], "window": [4, 4], "scripts": [6, 6],
    }  # fmt: skip
