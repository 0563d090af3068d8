"""The way out of a site, wherever it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp_spider.pages.errors import PageChanged
from jdp_spider.pages.login import log_out
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

OUT = (
    "<a id=btnLogout onclick=\"document.body.innerHTML = '<input id=usernameInput>'\""
    " style='cursor: pointer'>Log Out</a>"
)
WRONG = "<button aria-haspopup=true onclick=\"document.title += 'wrong'\">{}</button>"
SHOWS = "<button aria-haspopup=true onclick='menu.hidden = false'>Demo</button>"
PAGES = {
    "seen": OUT,
    "menu": f"<header>{SHOWS}<ul id=menu hidden>{OUT}</ul></header>",
    "nearest menu": WRONG.format("Help") + f"<p>{SHOWS}<span id=menu hidden>{OUT}</span></p>",
    "made when opened": "<header><a href='#' data-toggle=dropdown class=account"
    ' onclick="menu.innerHTML = t.innerHTML">Demo</a><p id=menu></p>'
    f"<template id=t>{OUT}</template>",
    "shown by nothing": f"<style>ul {{ display: none }}</style><ul>{OUT}</ul>",
    "barred menu": WRONG.format("Send to...") + f"<ul hidden>{OUT}</ul>",
}
NONE = {"nothing": "<p>Home</p>", "barred": WRONG.format("Delete all")}
SHOW = "html => { document.title = ''; document.body.innerHTML = html; window.jdpMenus = null; }"


async def ways_out(page: SitePage) -> dict[str, str]:
    """What came of logging out on each page, and whether a wrong menu was opened for it."""
    await page.page.wait_for_load_state()
    found = {}
    for name, html in (PAGES | NONE).items():
        await page.page.evaluate(SHOW, html)
        try:
            is_out = await log_out(page.page, page.site)
        except PageChanged as error:
            found[name] = error.names
        else:
            found[name] = "out" if is_out else "was out"
        found[name] += await page.page.title()
    return found


def test_logout_is_found_in_menus_and_nothing_else_is_clicked() -> None:
    found = on_page(ways_out, "<body>", seconds=3)
    assert found == dict.fromkeys(PAGES, "out") | dict.fromkeys(NONE, "log_out")
