"""A whole repair, from the login to one right report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jdp_spider.repair.entrance import find_entrance, get_in
from jdp_spider.repair.leaving import find_way_out
from jdp_spider.repair.reporting import find_report
from jdp_spider.repair.scene import Scene
from jdp_spider.repair.searching import find_filter, find_search
from jdp_spider.repair.stock import export, find_inventory, find_rows
from jdp_spider.repair.walk import Walk

if TYPE_CHECKING:
    from playwright.async_api import Page

    from jdp_spider.repair.walk import Change, Plan

STEPS = (
    find_entrance,
    get_in,
    find_way_out,
    find_inventory,
    export,
    find_rows,
    find_search,
    find_filter,
    find_report,
)
"""In the order in which a run needs them."""


@dataclass
class Repaired:
    """What came of a repair that has read one vehicle's right report."""

    values: dict[str, str]
    """All that is another one now, by name: what can only be tried at the end as well."""
    changes: dict[str, Change]
    """What was seen to work."""
    was_sent: bool
    """True if a login was sent."""
    cookies: list[dict[str, Any]] = field(default_factory=list, repr=False)
    untried: dict[str, Change] = field(default_factory=dict)


async def go_through(walk: Walk) -> None:
    """Go through the site and find what has changed, up to one right report.

    Raise NotRepaired where nothing works, and whatever keeps from going on: LoginRefused,
    ActiveSession, LoggedOut, SiteMoved, ServerError and the like.
    """
    async with walk.scene.requests.on():
        for step in STEPS:
            await step(walk)


async def repair(page: Page, plan: Plan) -> Repaired:
    """Go through the site on a page of the browser. Return what was found; raise as `go_through`.

    What can only be tried at the end, the way out, is in the site that is returned, too.
    """
    walk = Walk(Scene(page, plan.site, plan.tell), plan)
    await go_through(walk)
    changes = {name: change.after for name, change in walk.changes.items()}
    changes |= {name: change.after for name, change in walk.untried.items()}
    cookies = [dict(cookie) for cookie in await page.context.cookies()]
    return Repaired(changes, walk.changes, walk.was_sent, cookies, walk.untried)
