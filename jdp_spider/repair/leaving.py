"""The way out, which can be tried at the end only. It may be in a menu."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.errors import PageChanged, ServerError
from jdp_spider.pages.login import log_out
from jdp_spider.pages.way_out import open_next_menu
from jdp_spider.repair.candidates import candidates
from jdp_spider.repair.scene import TRIAL_S

if TYPE_CHECKING:
    from jdp_spider.repair.elements import Element
    from jdp_spider.repair.walk import Walk

_MOST_MENUS = 3


async def find_way_out(walk: Walk) -> None:
    """Find the way out."""
    walk.begin("home", "looks for the way out")
    options = await walk.options("log_out", await _with_way_out(walk))
    if not options:
        raise walk.not_repaired("log_out")
    walk.take(options[0])
    if walk.site.log_out != walk.plan.site.log_out:
        walk.untried["log_out"] = walk.change("log_out", options[0].shown)


async def _with_way_out(walk: Walk) -> list[Element]:
    """Return what the page shows, with menus open if the way out is seen only then."""
    elements = await walk.scene.elements()
    known = walk.plan.known.get("log_out")
    for _ in range(_MOST_MENUS):
        if candidates("log_out", elements, known) or await walk.scene.look_of("log_out"):
            break
        await walk.scene.hold("menu")
        if await open_next_menu(walk.scene.view("Home", trial=TRIAL_S, at_login=True)) != "menu":
            break
        walk.scene.tell("click", "opens a menu, for log_out", "log_out")
        await walk.scene.quiet()
        elements = await walk.scene.elements()
    return elements


async def get_out(walk: Walk) -> bool:
    """Log out, as the last step. Return True if the login is back; keep what has led there."""
    walk.begin("logout", "logs out")
    for url in (walk.site.inventory_url, walk.site.base_url):
        with contextlib.suppress(ServerError):
            await walk.scene.go_to(url, "the logout")
            break
    start = walk.scene.page.url
    for option in await walk.options("log_out", await _with_way_out(walk)):
        walk.take(option)
        await walk.scene.hold("log_out")
        walk.scene.log_click("log_out")
        with contextlib.suppress(PageChanged, PlaywrightError):
            trial = walk.scene.view("Log out", trial=TRIAL_S)
            await log_out(trial.page, trial.site)
        await walk.scene.quiet()
        if await walk.scene.asks_for_login():
            await walk.believe("log_out", option.shown)
            walk.untried.pop("log_out", None)
            return True
        walk.reject(option, "the session goes on")
        await walk.scene.go_to(start, "the logout")
    return False
