"""DevTools sessions of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page


async def attached(page: Page) -> tuple[CDPSession, str]:
    """Return a session of the page for one transfer, and the main frame's id.

    Not prepared earlier, though that would save 30 ms of a report: pages then hung now and then.
    """
    devtools = await page.context.new_cdp_session(page)
    frames = await devtools.send("Page.getFrameTree")
    return devtools, frames["frameTree"]["frame"]["id"]
