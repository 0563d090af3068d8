"""Turning the pages of a grid in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages import grid
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from playwright.async_api import Page

    from jdp_spider.pages.site import Site

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


async def next_rows(page: Page, site: Site) -> Any:
    await page.wait_for_load_state()
    assert await grid.next_page(page, 1, site)
    return [row.cells[0] for row in await grid.rows(page, site)]


def test_rows_that_are_taken_away_before_the_new_ones_come_are_waited_for() -> None:
    assert on_page(next_rows, GRID.replace("ROWS", "true")) == ["2"]


def test_a_page_that_stays_without_rows_is_a_page() -> None:
    assert on_page(next_rows, GRID.replace("ROWS", "false")) == []
