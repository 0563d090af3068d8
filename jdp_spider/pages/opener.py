"""Pages that ask the one that has opened them for the report, as windows of their own do.

Here all opens in one page: without this, such a page would have no opener.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from jdp_spider.pages.devtools import headers_of
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

_SHOW_WITHIN = load_js("pages/js/show_within.js")
_OPENER = re.compile(r"\bopener\b")
_CHARSET = re.compile(r"charset=[\"']?([\w-]+)", re.IGNORECASE)
_READ_S = 3.0
"""How long such a page may take to come as a whole: most are a few lines."""
_MOST = 500_000
"""Bytes of such a page."""


class WindowPage(NamedTuple):
    """What was to be shown in a window."""

    url: str
    body: bytes
    html: str
    """The text of the body."""


class Windows:
    """Shows what one page opens as a window, where that asks its opener for something."""

    def __init__(self, devtools: CDPSession) -> None:
        self._devtools = devtools
        self._passed_on: set[str] = set()
        """The addresses of pages that have not been opened as windows."""

    async def asking_opener(self, event: dict[str, Any]) -> WindowPage | None:
        """Return the page whose answer the browser holds back, if it asks its opener.

        It is read as a whole for that, and may still be let go.
        """
        headers, url = headers_of(event), event["request"]["url"]
        kind, length = headers.get("content-type", ""), headers.get("content-length", "0")
        is_small = length.isdecimal() and int(length) <= _MOST
        is_asked_for = event["request"]["method"] == "GET" and url not in self._passed_on
        if not ("html" in kind and is_small and is_asked_for):
            return None
        with contextlib.suppress(asyncio.TimeoutError):
            number = {"requestId": event["requestId"]}
            reading = self._devtools.send("Fetch.getResponseBody", number)
            page = _page(url, kind, await asyncio.wait_for(reading, _READ_S))
            return page if _OPENER.search(page.html) else None
        return None

    async def show_within(self, page: WindowPage) -> None:
        """Show a page within its opener, or have that go there, as it would have.

        The page must have been kept from being left for it. Raise Playwright's errors.
        """
        self._passed_on.add(page.url)
        call = f"({_SHOW_WITHIN})({json.dumps([page.url, page.html])})"
        await self._devtools.send("Runtime.evaluate", {"expression": call})


def _page(url: str, kind: str, body: dict[str, Any]) -> WindowPage:
    if not body["base64Encoded"]:
        return WindowPage(url, body["body"].encode(), body["body"])
    data = base64.b64decode(body["body"])
    charset = _CHARSET.search(kind)
    try:
        html = data.decode(charset[1] if charset else "utf-8", "replace")
    except LookupError:
        html = data.decode("utf-8", "replace")
    return WindowPage(url, data, html)
