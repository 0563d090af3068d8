"""One page of a server of its own, opened in the browser as a vehicle's is."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from jdp_spider.pages.page import SitePage
from jdp_spider.pages.site import Site
from tests.support.lasting_browser import lasting_browser

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Browser


def on_page(
    work: Callable[[SitePage], Awaitable[Any]],
    first: str,
    rest: str = "",
    *,
    ends: bool = True,
    seconds: float = 5,
    name: str = "Vehicle",
    at_login: bool = False,
) -> Any:
    """Return what `work` comes to on a page that was gone to as a vehicle's is."""

    async def run(browser: Browser) -> Any:
        left = asyncio.Event()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.readuntil(b"\r\n\r\n")
                head = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n"
                writer.write(head + first.encode())
                await writer.drain()
                # Long enough for a look at what is there.
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(left.wait(), 0.4 if ends else None)
                writer.write(rest.encode())
            except (asyncio.IncompleteReadError, ConnectionError):
                # A browser may connect for a request that it never sends.
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with server:
            page = await browser.new_page()
            await page.goto(address, wait_until="commit")
            try:
                site = Site(address, page_timeout=seconds)
                return await work(SitePage(page, site, name, at_login))
            finally:
                left.set()
                await page.close()

    return lasting_browser.run(run)


def open_pages(pages: list[str], work: Callable[[SitePage], Awaitable[Any]], seconds: float) -> Any:
    """What `work` comes to on each of these pages, in one browser."""

    async def run(browser: Browser) -> list[Any]:
        async def visit(html: str) -> Any:
            page = await browser.new_page()
            await page.route("http://site/*", _answering(html))
            await page.goto("http://site/")
            site = Site("http://site/", page_timeout=seconds)
            return await work(SitePage(page, site, "Vehicle"))

        return await asyncio.gather(*map(visit, pages))

    return lasting_browser.run(run)


def _answering(html: str) -> Callable[[Any], Awaitable[None]]:
    async def answer(route: Any) -> None:
        if route.request.url.endswith("never"):
            return
        await route.fulfill(body=html, content_type="text/html")

    return answer
