"""What a page shows before and after a click for a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp_spider.pages.clicked_file import open_here
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

_ADDS = """html => new Promise(resolve => {
    document.body.insertAdjacentHTML('beforeend', html);
    setTimeout(() => resolve(document.querySelectorAll('object, embed').length), 300);
})"""


@pytest.mark.parametrize(
    ("before", "added"),
    [
        ("<object data='/help'></object>", "<p>a menu</p>"),
        ("<embed src='/help'>", "<p>a menu</p>"),
        ("", "<object data='/wait.svg'></object>"),
    ],
)
def test_object_that_is_no_report_stays_in_the_page(before: str, added: str) -> None:
    async def work(page: SitePage) -> tuple[int, str]:
        await open_here(page)
        return await page.page.evaluate(_ADDS, added), page.page.url

    shown, url = on_page(work, f"<p>A page</p>{before}")
    assert shown == 1
    assert url.endswith("/")


def test_object_that_comes_of_the_click_is_gone_to() -> None:
    async def work(page: SitePage) -> str:
        await open_here(page)
        async with page.page.expect_request("**/report"):
            await page.page.evaluate("document.body.innerHTML += '<object data=/report></object>'")
        return "asked for"

    assert on_page(work, "<body><object data='/help'></object>") == "asked for"
