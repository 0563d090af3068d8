"""Listens to a browser context: what is asked for and answered, and what the pages show."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages import transfer
from jdp_spider.pages.world import evaluate_once
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from playwright.async_api import BrowserContext, Dialog, Frame, Page, Request, Response

    from jdp_spider.pages.file_request import Answer

_BODY_S = 10.0
_SETTLES_S = 5.0
_MOST_BODY = 20_000_000
_NAMES = load_js("doctor/js/platform_names.js")
_SHOWN = load_js("doctor/js/shown_page.js")
_UNSEEN = ("image", "font", "media")
"""Kinds of answers that are left out."""


@dataclass
class Raw:
    """A request and its answer as they were: kept in memory until the recording is made."""

    step: str
    at_s: float
    kind: str
    method: str
    url: str
    sent: str
    sent_kind: str
    by_script: bool
    status: int = 0
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    is_too_large: bool = False
    """The program has given it up for its size."""
    does: str = ""


class Recorder:
    """What `scrapy doctor --record` keeps of one run of the doctor."""

    def __init__(
        self,
        path: Path,
        *,
        vehicles: int = 1,
        with_scripts: bool = False,
        hidden: Sequence[str] = (),
    ) -> None:
        self.path = path
        self.hidden = hidden
        """What the user wants replaced, too."""
        self.vehicles = vehicles
        self.with_scripts = with_scripts
        self.step = ""
        self.exchanges: list[Raw] = []
        self.pages: list[tuple[str, str]] = []
        """The step and the HTML of each page as it stood, and of each of its frames."""
        self.dialogs: list[tuple[str, str]] = []
        self._logs_out = False
        self.platform: list[str] = []
        """Names that the browser itself gives to things."""
        self._by_request: dict[Request, Raw] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._started = time.monotonic()

    async def attach(self, context: BrowserContext, page: Page) -> None:
        """Listen to a context from before its first request on."""
        self.platform = await page.evaluate(_NAMES)
        context.on("request", self._requested)
        context.on("response", self._answered)
        context.on("dialog", self._asked)
        transfer.listeners[context] = self._taken

    def log_out_next(self) -> None:
        """Note that what the page asks for next is the logout."""
        self._logs_out = True

    async def end_step(self, page: Page) -> None:
        """Keep the page as a check has left it, and wait for answers that are still to come."""
        before = {shown for _, shown in self.pages}
        for shown in await asyncio.gather(*(_shown(frame) for frame in page.frames)):
            if shown and shown not in before:
                self.pages.append((self.step, shown))
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=_SETTLES_S)
        self._logs_out = False

    def _requested(self, request: Request) -> None:
        sent = ""
        with contextlib.suppress(PlaywrightError, UnicodeDecodeError):
            sent = request.post_data or ""
        headers = request.headers
        raw = Raw(
            self.step,
            time.monotonic() - self._started,
            request.resource_type,
            request.method,
            request.url,
            sent,
            headers.get("content-type", ""),
            by_script=request.resource_type in ("xhr", "fetch"),
        )
        if self._logs_out and (raw.method != "GET" or request.is_navigation_request()):
            raw.does, self._logs_out = "logout", False
        self._by_request[request] = raw
        self.exchanges.append(raw)

    def _answered(self, response: Response) -> None:
        raw = self._by_request.get(response.request)
        if raw is None:
            return
        raw.status, raw.headers = response.status, response.headers
        raw.seconds = time.monotonic() - self._started - raw.at_s
        if raw.kind in _UNSEEN or 300 <= raw.status < 400:
            return
        task = asyncio.ensure_future(self._read(raw, response))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read(self, raw: Raw, response: Response) -> None:
        # A body that was taken by `pages.transfer`, or whose page has gone, cannot be read.
        with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
            body = await asyncio.wait_for(response.body(), _BODY_S)
            if raw.body is None and len(body) <= _MOST_BODY:
                raw.body = body

    def _taken(self, answer: Answer) -> None:
        """Keep a file that was taken out of the page's hands."""
        for raw in reversed(self.exchanges):
            # Stopped once its headers had come, it may have had no answer for the page.
            if raw.url == answer.url and raw.body is None and raw.status in (0, answer.status):
                raw.status, raw.headers, raw.body = answer.status, answer.headers, answer.body
                raw.is_too_large = answer.is_too_large
                raw.seconds = time.monotonic() - self._started - raw.at_s
                return

    def _asked(self, dialog: Dialog) -> None:
        self.dialogs.append((dialog.type, dialog.message))


async def _shown(frame: Frame) -> str:
    """Return the HTML of a page or a frame as it stands; empty if it has none, or not in time."""
    with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
        is_page = frame == frame.page.main_frame
        shown = evaluate_once(frame.page, _SHOWN) if is_page else frame.evaluate(_SHOWN)
        return str(await asyncio.wait_for(shown, _BODY_S))
    return ""
