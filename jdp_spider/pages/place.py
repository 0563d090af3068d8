"""Where a page is, and where it would send what is typed: looked at before anything is done there.

The address of a page is the browser's word, of which no script of the page has a say. It is never
older than an answer that came from the page before: so whoever asks a page first and looks at its
address then knows whose answer it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, quote_plus

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.origin import is_web
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from playwright.async_api import CDPSession, JSHandle, Page

    from jdp_spider.pages.errors import SiteMoved
    from jdp_spider.pages.site import Site

_T = TypeVar("_T")

_SENDS_TO = load_js("pages/js/form_targets.js")


def check_place(page: Page, site: Site, where: str) -> None:
    """Raise SiteMoved where the page is at no origin of the site's.

    At a host that is allowed for the login only, the session has ended perhaps: the login's form
    will tell. A page of the browser's own, as for a connection that failed, says nothing either.
    """
    if is_web(page.url) and not site.is_own(page.url) and not site.is_login_host(page.url):
        raise site.moved(where, page.url)


async def check_form(site: Site, field: JSHandle, where: str) -> None:
    """Raise SiteMoved where the form of a field of the login sends to another origin."""
    for address in await field.evaluate(_SENDS_TO, site.selectors("log_in")):
        if not (site.is_own(address) or site.is_login_host(address)):
            raise site.moved(f"{where}: its form", address)


async def kept_here(
    page: Page, site: Site, where: str, work: Coroutine[Any, Any, _T], secret: str
) -> _T:
    """Do `work`, and let nothing that is typed meanwhile be sent on to another origin.

    `secret` is sent to none at all, be it by a script of the page.

    A site may answer a form by a redirect that has the browser send it once more, elsewhere (307,
    308): the browser asks here before each request of the page. Raises SiteMoved as soon as one
    was kept from being sent, else what `work` raises.
    """
    guard = await _Guard.on(page, site, where, secret)
    task = asyncio.ensure_future(work)
    either: set[asyncio.Future[Any]] = {task, guard.moved}
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


class _Guard:
    """Looks at the requests of one page before they are sent."""

    def __init__(
        self, site: Site, where: str, devtools: CDPSession, main_frame: str, secret: str
    ) -> None:
        self._site = site
        self._where = where
        self._devtools = devtools
        self._main_frame = main_frame
        self._spellings = {secret, quote(secret, safe=""), quote_plus(secret), _in_json(secret)}
        self._seen: set[str] = set()
        self.moved: asyncio.Future[SiteMoved] = asyncio.get_running_loop().create_future()

    @classmethod
    async def on(cls, page: Page, site: Site, where: str, secret: str) -> _Guard:
        devtools = await page.context.new_cdp_session(page)
        frames = await devtools.send("Page.getFrameTree")
        guard = cls(site, where, devtools, frames["frameTree"]["frame"]["id"], secret)
        devtools.on("Fetch.requestPaused", guard._paused)
        kinds = [{"urlPattern": "*", "resourceType": kind} for kind in ("Document", "XHR", "Fetch")]
        await devtools.send("Fetch.enable", {"patterns": kinds})
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
                return
            if not self.moved.done():
                self.moved.set_result(self._site.moved(self._where, address))
            await self._devtools.send("Fetch.failRequest", {**number, "errorReason": "Aborted"})

    def _may_be_sent(self, event: dict[str, Any], address: str) -> bool:
        # A redirected request keeps the number that it has in the network.
        number = event.get("networkId", event["requestId"])
        is_sent_on = number in self._seen
        self._seen.add(number)
        if self._site.is_own(address) or self._site.is_login_host(address):
            return True
        # What a page of the site sends elsewhere by itself, such as figures of its use, is its own
        # affair; but neither may the page be left, nor what it sends be sent on.
        if event["resourceType"] == "Document" and event["frameId"] == self._main_frame:
            return False
        if self._holds_secret(event["request"]):
            return False
        return not (is_sent_on and event["request"]["method"] not in ("GET", "HEAD"))

    def _holds_secret(self, request: dict[str, Any]) -> bool:
        text = f"{request['url']}\n{request.get('postData', '')}"
        return any(each and each in text for each in self._spellings)


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
