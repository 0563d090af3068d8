"""Tells whether a click has begun to bring a file: what a page asks for may have other causes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from jdp_spider.pages.consequences import BEGINS_S, request_hash
from jdp_spider.pages.network import watch
from jdp_spider.pages.origin import is_same_site

if TYPE_CHECKING:
    from playwright.async_api import Page

_TOLD_S = 30.0
"""How long a report may take that is asked for by a WebSocket: no answer can be recognized."""
_GOES_ON_S = 1.0
"""How long a script may take from an answer to what it asks for next."""


class Asked:
    """The requests of a page since something was clicked for a file.

    Where nothing was asked for, the click is made again; where a report is being made, a second one
    would be. Pages ask for other things as well: statistics of other hosts, whether the session is
    alive, what is new.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._since = time.monotonic()
        self._usual = set(watch(page).consequences.usual)
        """What the page has asked for before, word for word, is not what the click is for."""
        self._is_certain = False
        self._pending: set[str] = set()
        self._answered = float("-inf")
        self.at = 0.0
        """When something was last asked for, as `time.monotonic` says."""

    def __bool__(self) -> bool:
        """Return whether something was asked for that may bring the file."""
        goes_on = time.monotonic() - self._answered < _GOES_ON_S
        told = watch(self._page).consequences.told
        is_told = told >= self._since and time.monotonic() - told < _TOLD_S
        return self._is_certain or bool(self._pending) or goes_on or is_told

    def sent(self, number: str, request: dict[str, Any], *, may_be_file: bool) -> None:
        """Note a request, as the browser describes it.

        `may_be_file`: its answer may be the file itself.
        """
        now, url = time.monotonic(), request["url"]
        what = request_hash(request["method"], url, request.get("postData") or "")
        if what in self._usual and not may_be_file:
            return
        follows = now - watch(self._page).consequences.acted <= BEGINS_S
        is_ours = is_same_site(self._page.url, url)
        if may_be_file or (follows and is_ours):
            self._is_certain = True
        elif follows or is_ours:
            self._pending.add(number)
        else:
            return
        self.at = now

    def answered(self, number: str) -> None:
        """Note that a request was answered, or failed."""
        if number in self._pending:
            self._pending.discard(number)
            self._answered = time.monotonic()
