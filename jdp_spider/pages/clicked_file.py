"""Takes the file that comes of a click, whatever way the page opens it."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import TYPE_CHECKING

from jdp_spider.pages.click import ClickResult
from jdp_spider.pages.errors import PageChanged, ReportNotOpened, ReportTimeout
from jdp_spider.pages.network import watch
from jdp_spider.pages.transfer import Answer, ReportRequest, transfer
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from jdp_spider.pages.page import SitePage
    from jdp_spider.pages.transfer import Transfer, Wanted

_PIECE = 1 << 20
"""Bytes that are read from the page at a time."""
_OPEN_HERE = load_js("pages/js/open_here.js")
_FILE_PIECE = load_js("pages/js/file_piece.js")
_FILE_MADE = load_js("pages/js/file_made.js")
_FILE = ClickResult(_FILE_MADE, "report_mark")
_MADE = ReportRequest("")
"""Of a file that the page has made: there is no request to learn from."""


async def click_for_file(page: SitePage, name: str, wanted: Wanted) -> Answer:
    """Click something; return the file that comes of it, whatever way that opens.

    Raises ReportNotOpened where nothing is asked for within a page's time, ReportTimeout, what
    `SitePage.click` raises, and the errors of `transfer`.
    """
    async with transfer(page.page, wanted) as running:
        await page.page.evaluate(_OPEN_HERE)
        clicking = _file_made(page, name, running, wanted)
        making = asyncio.ensure_future(watch(page.page).unbroken(clicking))
        try:
            # A page that is on its way elsewhere answers no question: it ends nothing by itself.
            seconds = max(page.site.report_timeout, page.site.page_timeout)
            done, _ = await asyncio.wait(
                {making, running.answer}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not done and running.has_asked:
                raise ReportTimeout(f"{page.name}: the file did not come in time")
            return running.answer.result() if running.answer.done() else await making
        finally:
            making.cancel()
            await asyncio.wait({making})


async def _file_made(page: SitePage, name: str, running: Transfer, wanted: Wanted) -> Answer:
    """Click until something comes of it. Return the file, where the page makes that itself."""
    waiting: Awaitable[int] = page.click(
        name, until=_FILE._replace(has_begun=lambda: running.has_asked)
    )
    while True:
        try:
            size = await waiting - 1
            return Answer(200, page.page.url, {}, await _read_file(page, size, wanted), _MADE)
        except PageChanged as error:
            if error.names != _FILE.name:
                raise
        quiet_s = time.monotonic() - running.asked_at
        if running.shown is not None and quiet_s >= page.site.page_timeout:
            # It does not go on: what it says is why there is no file.
            return running.shown
        if not running.has_asked:
            raise ReportNotOpened(f"{page.name}: nothing came of the click")
        waiting = page.poll(_FILE_MADE, None, _FILE.name)


async def _read_file(page: SitePage, size: int, wanted: Wanted) -> bytes:
    wanted.check_size(size)
    starts = range(0, size, _PIECE)
    pieces = [await page.evaluate(_FILE_PIECE, [start, start + _PIECE]) for start in starts]
    return b"".join(map(base64.b64decode, pieces))
