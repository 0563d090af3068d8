"""scrapy-playwright's download handler, made to obey the time limit of a request."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError
from scrapy.exceptions import DownloadTimeoutError
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.http import Request, Response

_CLOSING_S = 10.0
"""How long a context that ran out of time may take to close before it is left behind."""


class DownloadHandler(ScrapyPlaywrightDownloadHandler):
    """Gives up a request after its `download_timeout` and throws its context away.

    Without this nothing in scrapy-playwright ends a page that hangs, and a page that hangs
    blocks its slot and the graceful stop for ever.
    """

    async def _download_request(self, request: Request, spider: Spider | None = None) -> Response:
        seconds = request.meta.get("download_timeout")
        try:
            return await asyncio.wait_for(super()._download_request(request, spider), seconds)
        except asyncio.TimeoutError:
            await self._discard_context(request.meta.get("playwright_context", ""))
            raise DownloadTimeoutError(f"Not finished within {seconds:g} s") from None

    async def _discard_context(self, name: str) -> None:
        wrapper = self.context_wrappers.pop(name, None)
        if wrapper is None:
            return
        with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
            await asyncio.wait_for(wrapper.context.close(), _CLOSING_S)
