"""The end of a session: the logout, from whatever page still leads to it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from jdp_spider.meta import PageTask
from jdp_spider.pages.errors import ConnectionFailed, SiteMoved, one_line
from jdp_spider.pages.login import log_out
from jdp_spider.pages.way_out import leave_by_address, logout_address
from jdp_spider.session.control_page import SITE_FAILURES, ControlPage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Page

    from jdp_spider.pages.site import Site

logger = logging.getLogger(__name__)

_WAY_OUT_S = 10.0
"""How long to look for the logout if no page after the login was seen."""


async def leave(
    control_page: ControlPage, site: Site, timeout: float, *, was_live: bool
) -> bool | None:
    """End the session. Return whether there was one; None where it may go on."""
    ended = False
    if not was_live:
        site = replace(site, page_timeout=min(site.page_timeout, _WAY_OUT_S))
    for last_try in (False, True) if was_live else (True,):
        try:
            ended = await _leave(control_page, site.inventory_url, log_out, site, timeout)
            # One server of several may show the login although the session lives.
            if ended:
                break
        except (*SITE_FAILURES, asyncio.TimeoutError) as error:
            if last_try or isinstance(error, SiteMoved):
                if await _can_leave_by_address(error, control_page, site, timeout):
                    return True
                logger.warning(
                    "Could not log out (%s): the next run continues with the session, or waits "
                    "until the site has ended it",
                    one_line(error),
                )
                return None
    return ended


async def _leave(
    control_page: ControlPage,
    address: str,
    function: Callable[[Page, Site], Awaitable[bool]],
    site: Site,
    timeout: float,
) -> bool:
    # No more vehicles come; with all contexts open, memory use would be at its peak.
    task = PageTask(function, (site,), timeout=timeout, reset_cookies=True, exclusive=True)
    # Bounded: a pagination that hangs must not keep the run from ending.
    turn = control_page.take_turn(address, task)
    ended: bool = await asyncio.wait_for(turn, 2 * timeout)
    return ended


async def _can_leave_by_address(
    error: Exception, control_page: ControlPage, site: Site, timeout: float
) -> bool:
    """Return True if the session was ended by the logout's address, as no page shows a way out."""
    if isinstance(error, (ConnectionFailed, SiteMoved)):
        return False
    with contextlib.suppress(*SITE_FAILURES, asyncio.TimeoutError):
        return await _leave(control_page, logout_address(site), leave_by_address, site, timeout)
    return False
