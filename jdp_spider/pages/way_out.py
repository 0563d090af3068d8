"""The logout link or button and what it leads to; what else may be in a closed menu."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from jdp_spider.pages.answer import is_inside
from jdp_spider.pages.click import MARK_YES, say_yes
from jdp_spider.pages.errors import PageChanged
from jdp_spider.pages.evaluation import evaluate_until
from jdp_spider.pages.navigation import follow, go_to
from jdp_spider.pages.network import watch
from jdp_spider.pages.page import SitePage
from jdp_spider.pages.view import DOM, IS_VISIBLE
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from playwright.async_api import Page

    from jdp_spider.pages.site import Site

_WAY_OUT = load_js("pages/js/way_out.js", DOM)
_LOGGED_OUT = load_js("pages/js/logged_out.js", DOM, MARK_YES)
_CLICK_HIDDEN = "selector => document.querySelector(selector)?.click()"
_MOST_MENUS = 3
_LOOK_S = 0.25
_ANSWERED_S = 10.0
"""How long a page may take to say that the session is ended."""


async def open_next_menu(inside: SitePage, name: str = "log_out") -> str:
    """Open the next menu that may contain the logout, or that contains what `name` says.

    Return "menu" where one was opened; "there" if it or the login is seen; "hidden" if it is there,
    and no menu is left that may show it; else "none".
    """
    site = inside.site
    looked_at = [site.selectors(name)[0], [site.user_name], name != "log_out"]
    found = str(await evaluate_until(inside.page, _WAY_OUT, looked_at, site.page_timeout))
    if found == "menu":
        menu = replace(site, log_out="[data-jdp-menu]", fingerprints=None)
        # It may be covered, or gone: there may be others.
        with contextlib.suppress(PageChanged):
            await replace(inside, site=menu).click("log_out")
    return found


async def reveal(inside: SitePage, name: str) -> str:
    """Open menus until something is visible. Return the last answer of `open_next_menu`."""
    found = "menu"
    for _ in range(1 + _MOST_MENUS):
        if found != "menu":
            break
        found = await open_next_menu(inside, name)
    return found


async def use_hidden_way_out(inside: SitePage) -> bool:
    """Open menus until the logout is visible. Return True if it had to be used invisibly."""
    if await reveal(inside, "log_out") != "hidden":
        return False
    await inside.act(_CLICK_HIDDEN, inside.site.log_out)
    return True


def logout_address(site: Site) -> str:
    """Return the address of the logout, as a page of this run has shown it, if any has."""
    seen = site.fingerprints.seen if site.fingerprints is not None else {}
    shown = str(seen.get("log_out", {}).get("address", ""))
    # Numbers are masked, and what is relative depends on its page.
    is_whole = shown.startswith(("/", "http")) and "#" not in shown
    address = urljoin(site.base_url, shown) if is_whole else ""
    return address if site.is_own(address) else urljoin(site.base_url, site.logout_path)


async def leave_by_address(page: Page, site: Site) -> bool:
    """End the session from the logout's address, to which the page was sent. Return True.

    For a session of which no page shows a way out. Raise PageChanged unless the login is there
    then, or the page says that one is out.
    """
    inside = SitePage(page, site, "Log out", at_login=True)
    looked_at = [site.user_name, site.selectors("log_out", "inventory_link")]
    # Any other page may come of it, too: the login's own tells.
    with contextlib.suppress(PageChanged):
        found, *asked = await _soon(inside).poll(_LOGGED_OUT, looked_at, "user_name")
        if asked:
            await say_yes(inside, *asked)
        elif found != "gone":
            return True
    await go_to(page, site, site.login_url, "the login")
    await inside.poll(IS_VISIBLE, [site.user_name], "user_name")
    return True


def _soon(inside: SitePage) -> SitePage:
    seconds = min(inside.site.page_timeout, _ANSWERED_S)
    return replace(inside, site=replace(inside.site, page_timeout=seconds))


async def wait_until_out(inside: SitePage) -> None:
    """Wait until the click on the way out has ended the session; say yes if the page asks.

    The site may show the login, or a page that says so. Raise PageChanged if the session goes on.
    """
    site, end = inside.site, time.monotonic() + inside.site.page_timeout
    looked_at = [site.user_name, site.selectors("log_out", "inventory_link")]
    while time.monotonic() < end:
        found, *asked = await inside.poll(_LOGGED_OUT, looked_at, "user_name")
        if asked:
            await say_yes(inside, *asked)
        elif found != "gone":
            return
        elif not watch(inside.page).consequences.is_busy:
            break
        await asyncio.sleep(_LOOK_S)
    # It may be a page whose words are not known.
    await follow(inside.page, site, site.inventory_url)
    if await is_inside(inside.page, site):
        raise inside.changed("user_name", problem="the session goes on: found no {it}")
