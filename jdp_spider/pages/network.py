"""What a page function cannot see itself: error answers, and navigations that were aborted.

Chromium fires neither DOMContentLoaded nor load for a page whose connection was reset in the
middle, so waiting for either would take the whole time limit.
"""

from __future__ import annotations

import asyncio
import re
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from jdp_spider.pages.consequences import Consequences
from jdp_spider.pages.errors import (
    LoggedOut,
    Maintenance,
    ServerError,
    SiteError,
    answer_error,
    connection_error,
)
from jdp_spider.pages.origin import is_own
from jdp_spider.pages.waits import retry_after

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from playwright.async_api import Page, Request, Response

_T = TypeVar("_T")

_DYNAMIC = ("xhr", "fetch")
_LOG_OUT = re.compile(r"(log|sign)[-_]?(out|off)", re.IGNORECASE)
"""Where the session ends, as sites call it."""
_TROUBLE = (429, *range(500, 600))
_DOWN = (502, 503, 504)
"""How a page is answered while its server is started again, or is out of reach behind another."""


@dataclass
class Exchange:
    """What a page has requested since something was sent from it, and what has arrived.

    Counts what may carry the answer: navigations, whatever the page's scripts send, and what they
    ask its own site for.
    """

    was_sent: bool = False
    """True once the page has requested more than a page by its address."""
    pending: set[Request] = field(default_factory=set)
    answer: Response | None = None
    """The last of them whose answer has begun to arrive."""

    @property
    def is_answered(self) -> bool:
        """True if an answer has arrived, and no other is due."""
        return self.answer is not None and not self.pending


class NetworkMonitor:
    """Listens to one page, starting before its first navigation."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.navigation: Response | None = None
        """The answer to the last navigation of the page itself."""
        self.said = ""
        """What the page of a refusal says, if that was read; without secrets."""
        self.wants_person = False
        """True if it asks for a person, or does not stop to check the browser."""
        self.logs_out = False
        """True if the page's last way led to the logout: a script of its own went there, where no
        task did."""
        self._dynamic: SiteError | None = None
        """The last failure of a request of the page's scripts or frames, since that navigation."""
        self.exchange: Exchange | None = None
        """The last exchange that was begun, if any."""
        self.consequences = Consequences(page)
        """The consequences of what we do on the page."""
        self._asked = asyncio.Event()
        self._broken: asyncio.Future[SiteError] = asyncio.get_running_loop().create_future()
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("requestfinished", self._request_ended)
        page.on("requestfailed", self._request_failed)

    def begin_exchange(self) -> Exchange:
        """Return an exchange that records what the page requests from now on."""
        self.exchange = Exchange()
        return self.exchange

    def _is_navigation(self, request: Request) -> bool:
        # A popup's request has no frame yet; it is not this page's either way.
        return request.is_navigation_request() and request.frame == self._page.main_frame

    def _may_carry_answer(self, request: Request) -> bool:
        if not (request.is_navigation_request() or request.resource_type in _DYNAMIC):
            return False
        # A login may be sent to another host, or by a hidden frame.
        return request.method != "GET" or is_own(self._page.url, request.url)

    def _request(self, request: Request) -> None:
        self.consequences.sent(request)
        if self.exchange is not None and self._may_carry_answer(request):
            self.exchange.was_sent |= request.method != "GET" or self._is_dynamic(request)
            self.exchange.pending.add(request)
        if self._is_navigation(request):
            self._dynamic = None
            self._asked.set()
            if request.redirected_from is None:
                self.logs_out = _LOG_OUT.search(urlsplit(request.url).path) is not None
            if self._broken.done():
                self._broken = asyncio.get_running_loop().create_future()

    def _response(self, response: Response) -> None:
        self.consequences.answered(response.request)
        if self.exchange is not None and response.request in self.exchange.pending:
            self.exchange.answer = response
        if self._is_navigation(response.request):
            self.navigation, self.said, self.wants_person = response, "", False
            # Of a proxy. Before a secure connection Chromium shows no page for it: waiting for
            # one would take the whole time limit.
            if response.status == 407 and not self._broken.done():
                self._broken.set_result(_server_error(response, "a page"))
        elif response.status >= 400 and self._is_part(response.request):
            self._dynamic = _server_error(response, "a request of the page")

    def _is_dynamic(self, request: Request) -> bool:
        """Return whether the page's scripts have requested it from its own site."""
        is_here = is_own(self._page.url, request.url)
        return is_here and request.resource_type in _DYNAMIC

    def _is_part(self, request: Request) -> bool:
        """Return whether the page's scripts, or a frame of it, have asked its own site for it."""
        is_here = is_own(self._page.url, request.url)
        return self._is_dynamic(request) or (is_here and request.is_navigation_request())

    def _request_ended(self, request: Request) -> None:
        self.consequences.ended(request)
        if self.exchange is not None:
            self.exchange.pending.discard(request)

    def _request_failed(self, request: Request) -> None:
        self.consequences.answered(request)
        self._request_ended(request)
        # A request is also "aborted" when another one, or a download, takes its place.
        reason = request.failure or ""
        if "ERR_ABORTED" in reason:
            return
        if self._is_navigation(request):
            if not self._broken.done():
                self._broken.set_result(connection_error(reason, "a page", request.url))
        elif self._is_part(request):
            self._dynamic = connection_error(reason, "a request of the page")

    async def asked(self) -> None:
        """Wait until the next navigation has requested its page from the site."""
        self._asked.clear()
        await self._asked.wait()

    def check(self, what: str, *, may_wait: bool = True) -> None:
        """Raise ServerError when the last navigation was answered with an error.

        It is a SiteDown where the site, not this page, is to blame, and it `may_wait` for that.
        """
        if self.navigation is not None and self.navigation.status >= 400:
            error = _server_error(self.navigation, what, self.said)
            is_known = isinstance(error, ServerError) and error.retry_after is None
            if may_wait and is_known and self.navigation.status in _DOWN:
                raise SiteDown(self.navigation.status, what).saying(self.said)
            raise error

    def check_dynamic(self) -> None:
        """Raise the error of a request by the page's scripts or frames that the site caused.

        Not for a status such as 404: that may be some other request, which fails every time.
        """
        error = self._dynamic
        if isinstance(error, ServerError) and error.status not in _TROUBLE:
            return
        if error is not None:
            raise error

    async def unbroken(self, work: Awaitable[_T]) -> _T:
        """Return what `work` returns. Raise ConnectionFailed once the page's navigation breaks."""
        task = asyncio.ensure_future(work)
        while True:
            broken = self._broken
            either: set[asyncio.Future[Any]] = {task, broken}
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                task.cancel()
                raise
            if task.done():
                return await task
            if broken is self._broken:
                task.cancel()
                await asyncio.wait({task})
                raise broken.result()


_watches: weakref.WeakKeyDictionary[Page, NetworkMonitor] = weakref.WeakKeyDictionary()


def watch(page: Page) -> NetworkMonitor:
    """Return the monitor of this page; the first call starts it."""
    if page not in _watches:
        _watches[page] = NetworkMonitor(page)
    return _watches[page]


class LoggedOutByPage(LoggedOut):
    """Raised when a script of the page has asked for the logout, as some do without a user."""

    def __init__(self, error: LoggedOut) -> None:
        super().__init__(f"{error}; a script of the page has asked for the logout")


class SiteDown(Maintenance, ServerError):
    """Raised when a whole page is answered by 502, 503 or 504, with no word of how long."""

    reason = ServerError.reason


class AllRefused(ServerError):
    """Raised when the login's address is refused, too: the site refuses whatever it is asked for.

    Networks that protect sites do that for minutes, after many requests in a short time.
    """

    def __init__(self, refused: ServerError) -> None:
        SiteError.__init__(self, *refused.args)
        self.said = refused.said
        self.refused = refused
        """The same as the refusal of this address alone."""
        self.status, self.retry_after = refused.status, None


class WrongAddress(AllRefused):
    """Raised where the login's address is not there, and never was: JD_BASE_URL is to blame."""

    def __init__(self, refused: ServerError, base_url: str) -> None:
        super().__init__(refused)
        self.args = (f"JD_BASE_URL seems wrong ({base_url}): {refused.args[0]}",)


def is_plain_refusal(error: ServerError) -> bool:
    """Return whether an answer refuses what was asked for, without a word of later."""
    return 400 <= error.status < 500 and error.status != 429 and error.retry_after is None


def _server_error(response: Response, what: str, said: str = "") -> SiteError:
    return answer_error(response.status, what, retry_after(response.headers), said)
