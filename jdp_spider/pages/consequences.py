"""What comes of a click and the like: requests, a navigation, dialogs, which are answered."""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections import deque
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages import questions
from jdp_spider.pages.origin import is_own, is_same_site

if TYPE_CHECKING:
    from playwright.async_api import Dialog, Page, Request, WebSocket

logger = logging.getLogger(__name__)

_FOLLOWS_S = 10.0
"""How long after something was done on the page its dialogs are taken for a consequence."""
BEGINS_S = 1.0
"""The same for its requests."""

_LONG_POLL_S = 20.0
"""How long a request may be open before it counts as one that waits for news."""

_CHATTY = 3
_CHATTY_S = 2.0
"""As many frames of a WebSocket that follow nothing, so long after each other on average, are the
page's own talk, and say nothing about a click."""

_MOST_SAID = 10
"""Dialogs whose texts are kept."""

_ABOUT_END = re.compile(questions.ABOUT_END, re.I)
_ASKS_TO_STAY = re.compile(questions.ASKS_TO_STAY, re.I)
_ASKS_OTHERWISE = re.compile(f"{questions.ABOUT_ANOTHER}|{questions.ASKS_TO_LEAVE}", re.I)
_ABOUT_OTHERS = re.compile(f"{questions.ABOUT_ANOTHER}|{questions.ACTIVE_SESSION}", re.I)
_ASKS_TO_CHOOSE = re.compile(r"\b(?:select|choose|pick|tick)\b|\bat least one\b", re.I)
"""Of an alert by which the page says why nothing comes of a click."""
_CHANGES = re.compile(questions.CHANGES, re.I)
_ALLOWED = re.compile(questions.ALLOWED, re.I)


class Consequences:
    """Is told of the requests of one page by its NetworkMonitor, and listens to its dialogs."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._pending: list[tuple[Request, float]] = []
        """The page's own requests without an answer, and when they were sent."""
        self._polls: list[Request] = []
        """Those that were open before something was last done on the page."""
        self._leaving: Request | None = None
        """The request of the page that is to come, until it is answered."""
        self.acted = self._navigated = self._dialog = float("-inf")
        """When something was last done on the page, and when these last came."""
        self.told = float("-inf")
        """When the page last told its site of that by a WebSocket, as Blazor Server does."""
        self._talk: deque[float] = deque(maxlen=_CHATTY)
        """When frames were sent that follow nothing."""
        self.usual: set[int] = set()
        """What scripts have asked for since the page came, as `request_hash` has it."""
        self._said: deque[tuple[float, str]] = deque(maxlen=_MOST_SAID)
        self._sockets: list[WebSocket] = []
        self._streams: list[Request] = []
        """Of EventSources: requests whose answers do not end."""
        page.on("dialog", self._answer)
        page.on("websocket", self._opened)

    def acts(self) -> None:
        """Note that something is done on the page now, such as a click."""
        self.acted = time.monotonic()
        # Not by their times: Windows' clock may stand still for 16 ms.
        self._polls = [request for request, _ in self._pending]

    @property
    def is_waiting(self) -> bool:
        """True if the page's scripts have asked for something that has not been answered."""
        return self._is_waiting_since(float("-inf"))

    @property
    def is_waiting_since_act(self) -> bool:
        """True if that was asked for after something was last done on the page."""
        return self._is_waiting_since(self.acted)

    def _is_waiting_since(self, since: float) -> bool:
        since = max(since, time.monotonic() - _LONG_POLL_S)
        return any(at >= since for _, at in self._pending)

    def have_begun(self, since: float) -> bool:
        """Return whether the action at the time `since` has begun to have an effect.

        A navigation or a dialog since then, or a request that was sent at once and is not answered,
        or a frame of a WebSocket, whose answer cannot be recognized.
        """
        sent = any(since <= at <= since + BEGINS_S for _, at in self._pending)
        return sent or max(self._navigated, self._dialog, self.told) >= since

    def said(self, since: float) -> str:
        """Return the texts of the dialogs since then, a line each."""
        return "\n".join(text for at, text in self._said if at >= since)

    @property
    def listens(self) -> bool:
        """True while the page may be sent something that it has not asked for by a request.

        By a WebSocket, also of another host, as Azure SignalR's is; by an EventSource; or as the
        answer to a request that was open before something was last done on the page.
        """
        is_polling = any(request in self._polls for request, _ in self._pending)
        self._sockets = [socket for socket in self._sockets if not socket.is_closed()]
        return bool(self._sockets or self._streams or is_polling)

    @property
    def is_busy(self) -> bool:
        """True while the page, or what it has asked its site for, is still to come."""
        return bool(self._pending) or self._leaving is not None

    def sent(self, request: Request) -> None:
        """Note a request."""
        # A popup's request has no frame yet; it is not this page's either way.
        if request.is_navigation_request():
            if request.frame == self._page.main_frame:
                self._navigated = time.monotonic()
                self._leaving = request
                self._pending.clear()
                self.usual.clear()
        elif request.resource_type == "eventsource":
            self._streams.append(request)
        elif request.resource_type in ("xhr", "fetch") and is_own(self._page.url, request.url):
            self._pending.append((request, time.monotonic()))
            self.usual.add(request_hash(request.method, request.url, _body_of(request)))

    def answered(self, request: Request) -> None:
        """Note that a request's answer has begun to come, or that none will."""
        if request is self._leaving:
            self._leaving = None
        self._pending = [each for each in self._pending if each[0] is not request]

    def ended(self, request: Request) -> None:
        """Note that a request's answer has come as a whole, or that no more of it will."""
        self._streams = [each for each in self._streams if each is not request]

    def _opened(self, socket: WebSocket) -> None:
        self._sockets.append(socket)
        # Others may be of somebody's statistics, which note every click.
        if is_same_site(self._page.url, socket.url.replace("ws", "http", 1)):
            socket.on("framesent", lambda _: self.frame_sent())

    def frame_sent(self) -> None:
        """Note that a frame is sent over a WebSocket to the site."""
        now = time.monotonic()
        if now - self.acted > BEGINS_S:
            self._talk.append(now)
        elif len(self._talk) < _CHATTY or now - self._talk[0] > _CHATTY * _CHATTY_S:
            self.told = now

    async def _answer(self, dialog: Dialog) -> None:
        """Answer a dialog so that the page continues.

        Yes to what follows from our own click, changes nothing and ends nobody's session, and to
        the question whether to stay logged in.
        """
        now = time.monotonic()
        self._said.append((now, dialog.message))
        if not (dialog.type == "alert" and _ASKS_TO_CHOOSE.search(dialog.message)):
            self._dialog = now
        is_change = _CHANGES.search(_ALLOWED.sub("", dialog.message))
        is_barred = is_change or _ABOUT_OTHERS.search(dialog.message)
        is_ours = now - self.acted < _FOLLOWS_S and not is_barred
        accepts = is_ours or dialog.type == "beforeunload" or _asks_to_stay(dialog.message)
        logger.info("A dialog of the page (%s): %s", dialog.type, "yes" if accepts else "no")
        # It may be gone, with its page.
        with contextlib.suppress(PlaywrightError):
            if accepts:
                await dialog.accept(dialog.default_value)
            else:
                await dialog.dismiss()


def request_hash(method: str, url: str, body: str) -> int:
    """Return a number that equal requests share. What they send may be secret, and is not kept."""
    return hash((method, url, body))


def _body_of(request: Request) -> str:
    with contextlib.suppress(UnicodeDecodeError):
        return request.post_data or ""
    return ""


def _asks_to_stay(message: str) -> bool:
    """Return whether a dialog asks if the page's own session is to be continued."""
    is_about_end = _ABOUT_END.search(message) and not _ASKS_OTHERWISE.search(message)
    return bool(is_about_end and _ASKS_TO_STAY.search(message))
