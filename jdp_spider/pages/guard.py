"""Keeps a password at the site while it is on a page: inspects requests before they are sent.

DevTools' Fetch domain sees each request of the page, those that follow a redirect as well;
Playwright's routes see those of windows that the page opens and of frames of other hosts. Neither
sees connections that are no requests: the page's own policy forbids those to other hosts.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.origin import origin_of
from jdp_spider.utils.escapes import TooManyEscapes, contains
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from playwright.async_api import CDPSession, Page, Route

    from jdp_spider.pages.errors import SiteMoved
    from jdp_spider.pages.page import SitePage
    from jdp_spider.pages.site import Site

_T = TypeVar("_T")

_CLOSE_WAYS = load_js("pages/js/close_ways.js")
_READING = ("GET", "HEAD", "OPTIONS")
_LONGEST = 1_000_000
"""Bytes of a body to another origin that are looked through."""


async def close_other_ways(form: SitePage) -> None:
    """Prevent the open document from connecting to other hosts by other ways than requests.

    These are WebSockets, WebRTC, WebTransport, and workers, whose requests are their own.
    """
    own = str(origin_of(form.page.url))
    names = [own, *(f"https://{host}" for host in form.site.login_hosts)]
    await form.act(_CLOSE_WAYS, [name.replace("http", "ws", 1) for name in names], inside=True)


async def kept_here(
    page: Page, site: Site, where: str, work: Coroutine[Any, Any, _T], secret: str
) -> _T:
    """Do `work`, and prevent text typed meanwhile from being sent to another origin.

    `secret` is sent to none at all, be it by a script of the page, an image or another window.

    A site may answer a form by a redirect that has the browser send it once more, elsewhere (307,
    308): the browser asks here before each request of the page. Raise SiteMoved as soon as one
    was kept from being sent, else what `work` raises.
    """
    guard = await _Guard.on(page, site, where, secret)
    task = asyncio.ensure_future(work)
    either: set[asyncio.Future[Any]] = {task, guard.moved}
    try:
        await page.context.route("**/*", guard.routed)
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if guard.moved.done():
            task.cancel()
            await asyncio.wait({task})
            raise guard.moved.result()
        # Not where it failed: what is still held back then must not be let go.
        done = await task
        await guard.off()
        return done
    finally:
        with contextlib.suppress(PlaywrightError):
            await page.context.unroute("**/*", guard.routed)


class _Guard:
    """Looks at the requests of one page, and of what it opens, before they are sent."""

    def __init__(
        self, site: Site, where: str, devtools: CDPSession, main_frame: str, secret: str
    ) -> None:
        self._site = site
        self._where = where
        self._devtools = devtools
        self._main_frame = main_frame
        self._secret = secret
        self._from_here: set[str] = set()
        """Requests to the site, by the number that they keep when they are redirected."""
        self._is_sent = False
        """True once a document of the site has sent the secret to the site, and is being left."""
        self.moved: asyncio.Future[SiteMoved] = asyncio.get_running_loop().create_future()

    @classmethod
    async def on(cls, page: Page, site: Site, where: str, secret: str) -> _Guard:
        devtools = await page.context.new_cdp_session(page)
        frames = await devtools.send("Page.getFrameTree")
        guard = cls(site, where, devtools, frames["frameTree"]["frame"]["id"], secret)
        devtools.on("Fetch.requestPaused", guard._paused)
        await devtools.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})
        return guard

    async def off(self) -> None:
        with contextlib.suppress(PlaywrightError):
            await self._devtools.detach()

    async def _paused(self, event: dict[str, Any]) -> None:
        number, address = {"requestId": event["requestId"]}, event["request"]["url"]
        # One that fails had its page closed under it.
        with contextlib.suppress(PlaywrightError):
            if self._may_be_sent(event, address):
                await self._devtools.send("Fetch.continueRequest", number)
            else:
                await self._devtools.send("Fetch.failRequest", {**number, "errorReason": "Aborted"})

    async def routed(self, route: Route) -> None:
        """Decide about a request of any page, as Playwright shows it."""
        request = route.request
        with contextlib.suppress(PlaywrightError):
            body = request.post_data_buffer or b""
            if self._is_here(request.url) or not self._holds_secret(request.url, body):
                await route.continue_()
            else:
                await route.abort()

    def _is_here(self, address: str) -> bool:
        return self._site.is_own(address) or self._site.is_login_host(address)

    def _may_be_sent(self, event: dict[str, Any], address: str) -> bool:
        request, method = event["request"], event["request"]["method"]
        # A redirected request keeps the number that it has in the network.
        number = event.get("networkId", event["requestId"])
        is_page = event["resourceType"] == "Document" and event["frameId"] == self._main_frame
        body = _body(request)
        if self._is_here(address):
            self._from_here.add(number)
            self._is_sent |= is_page and body is not None and _contains(body, self._secret)
            return True
        # What a page of the site sends elsewhere by itself, such as figures of its use, is its own
        # affair; but neither may the form's page be left, nor what it sends be sent on. The page
        # that answers the form may lead over another host and back, as single sign-on does.
        is_left = is_page and not self._is_sent
        if is_left or (number in self._from_here and method not in _READING):
            self._refuse(address)
            return False
        # One that cannot be read may hold anything.
        if is_page and body is None:
            self._refuse(address)
        return body is not None and not self._holds_secret(address, body)

    def _holds_secret(self, address: str, body: bytes) -> bool:
        try:
            found = contains(address, self._secret) or contains(body, self._secret)
        except TooManyEscapes:
            return True
        if found:
            self._refuse(address)
        return found

    def _refuse(self, address: str) -> None:
        if not self.moved.done():
            self.moved.set_result(self._site.moved(self._where, address))


def _contains(body: bytes, secret: str) -> bool:
    with contextlib.suppress(TooManyEscapes):
        return contains(body, secret)
    return False


def _body(request: dict[str, Any]) -> bytes | None:
    """Return the body of a request; None if it is too long to be read, or not shown as a whole."""
    entries = request.get("postDataEntries", ())
    is_shown = all("bytes" in entry for entry in entries) and bool(entries)
    if request.get("hasPostData") and not is_shown:
        return None
    body = b"".join(base64.b64decode(entry["bytes"]) for entry in entries)
    return body if len(body) <= _LONGEST else None
