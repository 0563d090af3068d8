"""Closes a page for certain."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

if TYPE_CHECKING:
    from playwright.async_api import Page

_FORGOTTEN_S = 0.5
_CLOSING_S = 10.0


async def close(page: Page) -> bool:
    """Close the page. Return False if it is still open after 10 seconds.

    Chromium answers that it closes a page and then forgets it if a new document is just taking the
    old one's place: about three of ten pages that are closed as soon as an error status is known.
    Playwright waits for their end, and does not ask again. The second request is not forgotten.
    """
    closing = asyncio.ensure_future(page.close())
    try:
        await asyncio.wait([closing], timeout=_FORGOTTEN_S)
        if not closing.done():
            await asyncio.wait_for(_close_again(page, closing), _CLOSING_S)
    except asyncio.TimeoutError:
        return False
    finally:
        closing.cancel()
    # Its browser may have ended first.
    return True


async def _close_again(page: Page, closing: asyncio.Future[None]) -> None:
    with contextlib.suppress(PlaywrightError):
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Page.close")
    with contextlib.suppress(PlaywrightError):
        await closing
