"""The way out of a site, wherever it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages.errors import PageChanged
from jdp_spider.pages.login import log_out
from jdp_spider.pages.seen import Fingerprints
from jdp_spider.pages.site import Site
from jdp_spider.pages.way_out import leave_by_address, logout_address, reveal
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
ASKS = (
    "<a id=btnLogout onclick='body.append(t.content)'>Log Out</a><a href='#/vehicle/'>Inventory</a>"
    "<template id=t><div style='position: fixed; inset: 0; background: white'>{}</div></template>"
)
SAYS = "document.body.innerHTML = '<h1>{}</h1><a href=#>Log in again</a>'"
ANSWERS = {
    "asks in a layer": ASKS.format(
        "Unsaved changes will be lost. Log out? <button>No</button>"
        f'<button onclick="{SAYS.format("Bye")}">Yes</button>'
    ),
    "asks in the page": "<a id=btnLogout onclick='document.body.innerHTML = t.innerHTML'>Log Out"
    "</a><template id=t><h1>Do you want to sign out?</h1><p role=dialog><button>No</button>"
    f"""<button onclick='{SAYS.replace("'", "`").format("Bye")}'>Sign out</button></template>""",
    "says so": f'<a id=btnLogout onclick="{SAYS.format("You have been logged out.")}">Log Out</a>',
}
NONE = {"nothing": "<p>Home</p>", "barred": WRONG.format("Delete all")}
SHOW = "html => { document.title = ''; document.body.innerHTML = html; }"
FORGET = "() => { window.jdpMenus = null; }"


async def ways_out(page: SitePage) -> dict[str, str]:
    """What came of logging out on each page, and whether a wrong menu was opened for it."""
    await page.page.wait_for_load_state()
    found = {}
    for name, html in (PAGES | ANSWERS | NONE).items():
        await page.page.evaluate(SHOW, html)
        await page.evaluate(FORGET)
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
    assert found == dict.fromkeys(PAGES | ANSWERS, "out") | dict.fromkeys(NONE, "log_out")


@pytest.mark.parametrize("goes_on", [False, True])
def test_page_of_unknown_words_after_the_logout_is_tried(goes_on: bool) -> None:
    out = "<a id=btnLogout onclick=\"document.body.innerHTML = 'Bye'\">Log Out</a>"
    grid = "<a class=dxgvFilterBarLink onclick='ClearFilter()'>Clear</a>"

    async def work(page: SitePage) -> Any:
        inventory = out + grid if goes_on else "<input id=usernameInput>"
        await page.page.route(
            page.site.inventory_url,
            lambda route: route.fulfill(body=inventory, content_type="text/html"),
        )
        return await log_out(page.page, page.site)

    if goes_on:
        with pytest.raises(PageChanged, match="the session goes on"):
            on_page(work, out, seconds=8)
    else:
        assert on_page(work, out, seconds=8) is True


ANSWERED = {
    "says so": ("You have been logged out.", "", True),
    "asks": (
        (
            "<h1>Do you want to sign out?</h1><p role=dialog><button>No</button>"
            "<button onclick='document.body.innerHTML = `Bye`'>Sign out</button></p>"
        ),
        "<input id=usernameInput>",
        True,
    ),
    "home": ("<a href='/vehicle/'>Inventory</a> Welcome", "<input id=usernameInput>", True),
    "nothing ended": ("Open in another tab", "Open in another tab", False),
}


@pytest.mark.parametrize("case", ANSWERED)
def test_session_that_is_ended_by_an_address_is_known_by_the_login(case: str) -> None:
    answer, login, is_out = ANSWERED[case]

    async def work(page: SitePage) -> Any:
        await page.page.route(
            page.site.login_url,
            lambda route: route.fulfill(body=login, content_type="text/html"),
        )
        return await leave_by_address(page.page, page.site)

    if is_out:
        assert on_page(work, answer, seconds=2) is True
    else:
        with pytest.raises(PageChanged):
            on_page(work, answer, seconds=2)


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ("", "http://a.test/b/Home/Logout"),
        ("/b/Account/LogOff", "http://a.test/b/Account/LogOff"),
        ("http://a.test/out", "http://a.test/out"),
        # Another host, a script, what depends on its page, what is masked.
        ("https://sso.test/out", "http://a.test/b/Home/Logout"),
        ("javascript:out()", "http://a.test/b/Home/Logout"),
        ("LogOff", "http://a.test/b/Home/Logout"),
        ("/b/out/#", "http://a.test/b/Home/Logout"),
    ],
)
def test_address_of_the_logout_is_the_one_that_a_page_has_shown(shown: str, found: str) -> None:
    kept = Fingerprints()
    kept.seen["log_out"] = {"address": shown}
    assert logout_address(Site("http://a.test/b/", fingerprints=kept)) == found


@pytest.mark.parametrize(
    ("item", "found"),
    [("<p id=primaryMenu_DXI4_T>Export</p>", ["there", ""]), ("", ["none", "none"])],
)
def test_menu_of_a_narrow_window_is_opened_for_what_is_in_it(item: str, found: list[str]) -> None:
    html = (
        "<button aria-expanded=false onclick=\"menu.style.display = ''\">Menu</button>"
        f"<nav id=menu style='display: none'>{item}</nav>"
    )

    async def work(page: SitePage) -> Any:
        return [await reveal(page, "export_menu"), await page.page.evaluate("menu.style.display")]

    assert on_page(work, html) == found
