"""What the elements of a page say of a click on them, in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.repair.barred import barred_word
from jdp_spider.repair.scene import Scene
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

PAGE = """
    <button id=b0>Go</button>
    <a id=b1 href="/vehicle?action=delete&amp;id=5">Go</a>
    <button id=b2 onclick="if (open5) { this.blur(); }           /* a long way to what
        it does: it opens the dialog, then asks, then */ deleteVehicle(5)">Go</button>
    <button id=b3><img src="/images/trashcan.png"></button>
    <span onclick="eraseAll()"><b id=b4 tabindex=0>Go</b></span>
    <button id=b5 hx-delete="/vehicle/5">Go</button>
    <form action="/vehicle/save"><button id=b6>Go</button></form>
    <button id=b7><i aria-label="Delete"></i>Go</button>
    <button id=b8 style="background-image: url(/images/remove.png)">Go</button>
    <form onsubmit="updateClock()">
        <button id=b9 type=button onclick="clicked = 1">Go</button></form>
"""


async def barred(page: SitePage) -> Any:
    await page.page.wait_for_load_state()
    scene = Scene(page.page, page.site, lambda _: None)
    found = {each.looks.id: barred_word(each.looks) for each in await scene.elements()}
    return [found.get(f"b{n}") for n in range(10)]


def test_code_address_and_picture_of_a_click_bar_an_element() -> None:
    words = ["", "delete", "delete", "trash", "erase", "delete", "save", "delete", "remove", ""]
    assert on_page(barred, f"<body>{PAGE}") == words
