"""Closes pages for certain, and what is larger within a time limit."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from playwright.async_api import Page

_FORGOTTEN_S = 0.5
_PAUSES_S = (1.0, 2.0, 3.0, 4.0)
"""After each further request to close a page."""
_CLOSING_S = 10.0


async def close(page: Page) -> bool:
    """Close the page. Return False if it is still open after about 10 seconds.

    Chromium answers that it closes a page and then forgets it if a new document is just taking the
    old one's place: about three of ten pages that are closed as soon as an error status is known.
    Playwright waits for their end, and does not ask again. Once the document is there, a request is
    not forgotten.
    """
    # Its browser may have ended first.
    closing = asyncio.gather(page.close(), return_exceptions=True)
    try:
        await asyncio.wait([closing], timeout=_FORGOTTEN_S)
        for pause in _PAUSES_S:
            if closing.done():
                break
            await close_in_time(_ask_to_close(page), pause)
            await asyncio.wait([closing], timeout=pause)
        return closing.done()
    finally:
        closing.cancel()


async def _ask_to_close(page: Page) -> None:
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Page.close")


async def close_in_time(closing: Awaitable[Any], limit_s: float = _CLOSING_S) -> bool:
    """Wait until something is closed or has ended already. Return False if the time is over."""
    try:
        with contextlib.suppress(PlaywrightError):
            await asyncio.wait_for(closing, limit_s)
    except asyncio.TimeoutError:
        return False
    return True
