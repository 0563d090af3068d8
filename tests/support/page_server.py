"""One page of a server of its own, opened in the browser as a vehicle's is."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from playwright.async_api import async_playwright

from jdp_spider.browser.provider import find_browser, launch_options
from jdp_spider.pages.site import Site

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Page


def on_page(
    work: Callable[[Page, Site], Awaitable[Any]],
    first: str,
    rest: str = "",
    *,
    ends: bool = True,
    seconds: float = 5,
) -> Any:
    """What `work` comes to on a page that was gone to as a vehicle's is."""

    async def run() -> Any:
        left = asyncio.Event()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + first.encode())
            await writer.drain()
            # Long enough for a look at what is there.
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(left.wait(), 0.4 if ends else None)
            writer.write(rest.encode())
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        options = launch_options(find_browser(), headless=True, block_images=False)
        async with server, async_playwright() as playwright:
            browser = await playwright.chromium.launch(**options)
            page = await browser.new_page()
            await page.goto(address, wait_until="commit")
            try:
                return await work(page, Site(address, page_timeout=seconds))
            finally:
                left.set()
                await browser.close()

    return asyncio.run(run())
