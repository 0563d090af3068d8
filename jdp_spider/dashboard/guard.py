"""Who may talk to the page's server: the user's own browser, and nobody else.

The address is known to every program and every web page on this computer. So each request must
come to the one right host (DNS rebinding) and from the one right origin. The page itself needs the
cookie; everything else needs the cookie and a key in a header, which a foreign page cannot send.
Both are given once, for a token in a file that only the user can read.
"""

from __future__ import annotations

import hmac
import secrets
import time
from typing import TYPE_CHECKING

from aiohttp import web

from jdp_spider.utils.html import source_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.typedefs import Handler, Middleware

HOST = "127.0.0.1"
KEY_HEADER = "X-JDP-Key"
SECOND_HEADER = "X-JDP-Second"
PAGE, ENTER, AGAIN = "/", "/enter", "/again"
TOKEN_S = 30.0
"""How long the token in the opener's file is valid."""
_FILE_ORIGIN = "null"
"""What a browser gives as the origin of a file."""
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


class Guard:
    """The secrets of one process, and the check of every request."""

    def __init__(self, home_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.key = secrets.token_urlsafe(32)
        """Goes into the page's sessionStorage and comes back in a header."""
        self.second = secrets.token_urlsafe(32)
        """With it a second start asks for the page to be opened."""
        self._home_id = home_id
        self._cookie = secrets.token_urlsafe(32)
        self._clock = clock
        self._token = ""
        self._token_ends = 0.0
        self.port = 0

    @property
    def origin(self) -> str:
        """Return the only origin of the page."""
        return f"http://{HOST}:{self.port}"

    @property
    def cookie_name(self) -> str:
        """Return the cookie's name: browsers share cookies between ports."""
        return f"jdp_{self._home_id}_{self.port}"

    def new_token(self) -> str:
        """Return a token that is valid once and for TOKEN_S; the one before is not any more."""
        self._token, self._token_ends = secrets.token_urlsafe(32), self._clock() + TOKEN_S
        return self._token

    def take_token(self, given: str) -> bool:
        """Return True if it is the token of this moment, which is used up by that."""
        in_time = bool(self._token) and self._clock() < self._token_ends
        if not in_time or not _is_same(given, self._token):
            return False
        self._token = ""
        return True

    def let_in(self, response: web.Response) -> None:
        """Give the cookie to whoever has shown the token."""
        response.set_cookie(
            self.cookie_name, self._cookie, path="/", httponly=True, samesite="Strict"
        )

    def has_cookie(self, request: web.Request) -> bool:
        """Return True if the request has the cookie."""
        return _is_same(request.cookies.get(self.cookie_name, ""), self._cookie)

    def refusal(self, request: web.Request) -> int:
        """Return the status to refuse the request with; 0 if it may pass."""
        if request.headers.getall("Host", []) != [f"{HOST}:{self.port}"]:
            return 421
        if not self._is_of_page(request):
            return 403
        if request.path in (PAGE, ENTER):
            return 0
        if request.path == AGAIN:
            return 0 if _is_same(request.headers.get(SECOND_HEADER, ""), self.second) else 403
        has_key = _is_same(request.headers.get(KEY_HEADER, ""), self.key)
        return 0 if has_key and self.has_cookie(request) else 403

    def _is_of_page(self, request: web.Request) -> bool:
        """Return True if no other page has sent the request."""
        allowed = {self.origin, _FILE_ORIGIN} if request.path == ENTER else {self.origin}
        origins = request.headers.getall("Origin", [])
        if request.path == AGAIN:
            # It comes from a program.
            return not origins
        if request.method not in ("GET", "HEAD") and not origins:
            return False
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        is_navigation = request.path in (PAGE, ENTER)
        return set(origins) <= allowed and (is_navigation or site == "same-origin")


def _is_same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def guarded(guard: Guard) -> Middleware:
    """Return the middleware that checks each request, and gives each answer its headers."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        status = guard.refusal(request)
        if status:
            return _with_headers(web.Response(status=status, text="This is not for you.\n"))
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = web.Response(status=error.status, text=f"{error.reason}\n")
        return response if response.prepared else _with_headers(response)

    return check


def _with_headers(response: web.StreamResponse) -> web.StreamResponse:
    for name, value in {**_HEADERS, "Content-Security-Policy": NOTHING}.items():
        response.headers.setdefault(name, value)
    return response


def stream_headers() -> dict[str, str]:
    """Return the headers of an answer that is sent bit by bit."""
    return {**_HEADERS, "Content-Security-Policy": NOTHING, "Content-Type": "text/event-stream"}


def page_policy(css: str, js: str) -> str:
    """Return the page's policy (CSP): its own style sheet and script, its own server, no more."""
    return (
        f"default-src 'none'; script-src '{source_hash(js)}'; style-src '{source_hash(css)}'; "
        "connect-src 'self'; form-action 'self'; img-src 'self' data:; base-uri 'none'"
    )
