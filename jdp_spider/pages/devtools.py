"""DevTools sessions of pages, begun before they are needed, and the answers that they hold back."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import CDPSession, Page

_attached: weakref.WeakKeyDictionary[Page, asyncio.Future[tuple[CDPSession, str]]] = (
    weakref.WeakKeyDictionary()
)
"""DevTools sessions of pages that were prepared, and the main frames' ids."""

_FILES = ("pdf", "octet-stream", "download", "binary", "csv", "excel", "spreadsheet", "zip")
"""Parts of the content types of files."""


def prepare_transfer(page: Page) -> None:
    """Prepare the page's next transfer while the page still waits for the site.

    It saves 30 ms of a report.
    """
    if page not in _attached:
        _attached[page] = attaching = asyncio.ensure_future(_attach(page))
        # The transfer raises it, if there ever is one.
        attaching.add_done_callback(lambda done: done.cancelled() or done.exception())


async def _attach(page: Page) -> tuple[CDPSession, str]:
    devtools = await page.context.new_cdp_session(page)
    frames = await devtools.send("Page.getFrameTree")
    return devtools, frames["frameTree"]["frame"]["id"]


async def attached(page: Page) -> tuple[CDPSession, str]:
    """Return a session of the page for one transfer, and the main frame's id."""
    prepare_transfer(page)
    return await _attached.pop(page)


@contextlib.asynccontextmanager
async def without_cache(page: Page) -> AsyncIterator[None]:
    """Have the page take nothing from the browser's cache.

    Some sites have one address for the reports of all vehicles, and let it be kept.
    """
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Network.enable")
    await devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    try:
        yield
    finally:
        # The page may be gone.
        with contextlib.suppress(PlaywrightError):
            await devtools.detach()


def headers_of(event: dict[str, Any]) -> dict[str, str]:
    """Return the headers of an answer that the browser holds back, by name in lower case."""
    return {each["name"].lower(): each["value"] for each in event.get("responseHeaders", ())}


def carries_file(headers: dict[str, str], *, by_script: bool) -> bool:
    """Return whether an answer is a file rather than a page, or data of a script."""
    if headers.get("content-disposition", "").strip().lower().startswith("attachment"):
        return True
    kind = headers.get("content-type", "").partition(";")[0].lower()
    return any(part in kind for part in (_FILES[:1] if by_script else _FILES))
