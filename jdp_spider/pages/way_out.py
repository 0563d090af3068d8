"""The logout link or button, which may be in a menu."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from jdp_spider.pages.errors import PageChanged
from jdp_spider.pages.evaluation import evaluate_until
from jdp_spider.pages.view import DOM
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

_WAY_OUT = load_js("pages/js/way_out.js", DOM)
_CLICK_HIDDEN = "selector => document.querySelector(selector)?.click()"
_MOST_MENUS = 3


async def open_menu(inside: SitePage) -> str:
    """Open the next menu that may contain the logout.

    Return "menu" where one was opened; "there" if the way out or the login is seen; "hidden" if it
    is there, and no menu is left that may show it; else "none".
    """
    site = inside.site
    looked_at = [site.log_out, [site.user_name]]
    found = str(await evaluate_until(inside.page, _WAY_OUT, looked_at, site.page_timeout))
    if found == "menu":
        menu = replace(site, log_out="[data-jdp-menu]", fingerprints=None)
        # It may be covered, or gone: there may be others.
        with contextlib.suppress(PageChanged):
            await replace(inside, site=menu).click("log_out")
    return found


async def use_hidden_way_out(inside: SitePage) -> bool:
    """Open menus until the logout is visible. Return True if it had to be used invisibly."""
    found = await open_menu(inside)
    for _ in range(_MOST_MENUS):
        if found != "menu":
            break
        found = await open_menu(inside)
    if found != "hidden":
        return False
    await inside.act(_CLICK_HIDDEN, inside.site.log_out)
    return True
