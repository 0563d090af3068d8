"""Waits for the rows of a grid: a site may send them without a request that tells of them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from jdp_spider.pages.network import watch

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

_NAMES = ("bookout", "filter_on", "filter_off")
_EMPTY = "empty"
_LOOK_S = 0.25
_SENT_S = 15.0
"""How long rows may take that come by a socket: nothing tells that some will."""
_MOST_IN_VAIN = 2
"""How often they are waited for where none has ever come so: a socket may be for anything."""
_ROWS = "rows that are sent"


async def wait_for_rows(page: SitePage, condition: str, looked_at: list[Any], purpose: str) -> None:
    """Wait until `condition` sees rows. None is an answer, too.

    It is once the site has answered what it was asked, and has had time to send some by a socket.
    """
    began, is_sent, came = time.monotonic(), False, True
    while await page.poll(condition, looked_at, *_NAMES, purpose=purpose) == _EMPTY:
        passed_s = time.monotonic() - began
        if not _is_asked_for(page, passed_s):
            if not _may_be_sent(page, passed_s):
                came = False
                break
            is_sent = True
        await asyncio.sleep(_LOOK_S)
    if is_sent:
        page.site.patience.ended(_ROWS, came=came)


def sends_rows(page: SitePage) -> bool:
    """Return whether the site has sent rows that no request had asked for."""
    return page.site.patience.has_come(_ROWS)


def _is_asked_for(page: SitePage, passed_s: float) -> bool:
    is_waiting = watch(page.page).consequences.is_waiting_since_act
    return is_waiting and passed_s <= page.site.page_timeout


def _may_be_sent(page: SitePage, passed_s: float) -> bool:
    patience = page.site.patience
    is_patient = patience.has_come(_ROWS) or patience.is_left(_ROWS, most=_MOST_IN_VAIN)
    is_early = passed_s < min(_SENT_S, page.site.page_timeout / 2)
    return is_patient and is_early and watch(page.page).consequences.listens
