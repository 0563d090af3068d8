"""Whose cookies are the session's, at sites that renew them."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages.shared_cookies import FoundSession, check_session, find_session
from jdp_spider.pages.site import Site
from tests.support.lasting_browser import lasting_browser

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Browser

pytestmark = pytest.mark.browser

GRID = "<a class=dxgvFilterBarLink onclick=ShowFilterControl() href=#>Filter</a>"
KEY = re.compile(rb"^cookie:.*\bkey=(\d+)", re.IGNORECASE | re.MULTILINE)


class Renewing:
    """A server whose cookie has a new value in each answer."""

    def __init__(self, *, is_old_good: bool, refuses: str) -> None:
        self._is_old_good = is_old_good
        self._refuses = refuses
        self.newest = 1

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        key, answer = (
            KEY.search(head),
            f"HTTP/1.0 {self._refuses}\r\n\r\n<p>Your session has ended.",
        )
        if key and b" /vehicle/ " in head and (self._is_old_good or int(key[1]) == self.newest):
            self.newest += 1
            answer = f"HTTP/1.0 200 OK\r\nSet-Cookie: key={self.newest}; path=/\r\n\r\n{GRID}"
        elif b" /vehicle/ " not in head:
            answer = "HTTP/1.0 200 OK\r\n\r\n<input id=usernameInput><input type=password>"
        writer.write(answer.replace("\r\n\r\n", "\r\nContent-Type: text/html\r\n\r\n").encode())
        await writer.drain()
        writer.close()


def looked(
    site_at: Renewing, given: int, look: Callable[..., Any], *others: int
) -> tuple[FoundSession | None, list[str]]:
    """Return what a look finds with the cookie `given`, and the values of the cookies found."""

    async def run(browser: Browser) -> FoundSession | None:
        server = await asyncio.start_server(site_at.answer, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

        def cookie(key: int) -> Any:
            return {"name": "key", "value": str(key), "url": address}

        contexts = [await browser.new_context() for _ in range(1 + len(others))]
        async with server:
            try:
                for context, key in zip(contexts, [given, *others], strict=True):
                    await context.add_cookies([cookie(key)])
                page = await contexts[0].new_page()
                known: Any = await contexts[0].cookies()
                await page.goto(f"{address}vehicle/", wait_until="commit")
                found: FoundSession | None = await look(page, Site(address, page_timeout=1), known)
                return found
            finally:
                for context in contexts:
                    await context.close()

    found = lasting_browser.run(run)
    return found, [each["value"] for each in found.cookies] if found else []


@pytest.mark.parametrize("look", [check_session, find_session])
@pytest.mark.parametrize("is_old_good", [True, False])
@pytest.mark.parametrize("refuses", ["440 Ended", "302 Found\r\nLocation: /login"])
def test_cookies_rotate_where_the_old_ones_are_refused(
    look: Callable[..., Any], is_old_good: bool, refuses: str
) -> None:
    """A cookie with another value in each answer, as of a load balancer, is no such cookie."""
    site_at = Renewing(is_old_good=is_old_good, refuses=refuses)
    found, values = looked(site_at, 1, look)
    assert found is not None
    assert (found.rotates, values) == (not is_old_good, ["2"])


def test_newest_cookie_is_found_in_another_context() -> None:
    site_at = Renewing(is_old_good=False, refuses="440 Ended")
    site_at.newest = 5
    found, values = looked(site_at, 1, find_session, 3, 5)
    assert found is not None
    assert (found.rotates, values) == (True, ["6"])
