"""The logout link or button and what it leads to; what else may be in a closed menu."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from jdp_spider.pages.answer import is_inside
from jdp_spider.pages.click import MARK_YES, say_yes
from jdp_spider.pages.errors import PageChanged
from jdp_spider.pages.evaluation import evaluate_until
from jdp_spider.pages.navigation import follow
from jdp_spider.pages.network import watch
from jdp_spider.pages.view import DOM
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

_WAY_OUT = load_js("pages/js/way_out.js", DOM)
_LOGGED_OUT = load_js("pages/js/logged_out.js", DOM, MARK_YES)
_CLICK_HIDDEN = "selector => document.querySelector(selector)?.click()"
_MOST_MENUS = 3
_LOOK_S = 0.25


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
