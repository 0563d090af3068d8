"""One cookie jar for all contexts, at a site that gives a new session cookie with each answer."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.shared_cookies import cookies_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import BrowserContext

    from jdp_spider.meta import LoginCookies

_LIMIT_S = 5.0
"""How long the browser may take to return its cookies."""


class SharedJar:
    """Passes the newest cookies from task to task, and lets one task at a time to the site.

    Until `use` is called, contexts have jars of their own and tasks do not wait for each other.
    """

    def __init__(self) -> None:
        self.is_used = False
        self._turn = asyncio.Lock()
        self._generation = -1
        """Of the login whose cookies these are."""
        self._newest: list[dict[str, Any]] = []

    def use(self) -> None:
        """Share from the next task on."""
        self.is_used = True

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Have the site alone inside the block."""
        if not self.is_used:
            yield
            return
        async with self._turn:
            yield

    def cookies(self, login: LoginCookies) -> list[dict[str, Any]]:
        """Return the newest cookies of this login."""
        is_newer = self.is_used and self._generation >= login.generation
        return self._newest if is_newer else login.cookies

    async def keep(self, context: BrowserContext, login: LoginCookies) -> None:
        """Take the cookies of a context, whose task has just ended."""
        if not self.is_used or login.generation < self._generation:
            return
        if newest := await cookies_in_time(context):
            self._newest, self._generation = newest, login.generation


async def cookies_in_time(context: BrowserContext) -> list[dict[str, Any]]:
    """Return the context's cookies; none if it is closed, as what was fetched is still good."""
    with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
        return await asyncio.wait_for(cookies_of(context), _LIMIT_S)
    return []
