"""Pages that are closed while a document takes the place of another one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from jdp_spider.pages.closing import close
from tests.support.lasting_browser import lasting_browser

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.browser

ANSWER = b"HTTP/1.1 419 Ended\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nEnded"
TIMES = 20


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)
    await writer.drain()
    writer.close()


async def closed(browser: Browser) -> list[bool]:
    """Close pages as soon as they have an answer, and again; return each time what came of it."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        found = []
        for _ in range(TIMES):
            page = await (await browser.new_context()).new_page()
            await page.goto(address, wait_until="commit")
            found += [await close(page) and page.is_closed(), await close(page)]
        return found


def test_close_ignored_by_the_browser_is_repeated() -> None:
    """Without that, about six of these pages stay."""
    assert lasting_browser.run(closed) == [True, True] * TIMES
