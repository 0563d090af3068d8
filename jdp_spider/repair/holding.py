"""What a page may send while a repair tries things out: reads, and what the step itself is for.

Playwright's routes see the requests of the page, its frames and the windows that it opens. They do
not see what is said over a WebSocket that is open.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl, urlsplit

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.errors import SiteError
from jdp_spider.repair.barred import changing_word
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Iterator

    from playwright.async_api import Page, Request, Route

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_READING = ("GET", "HEAD", "OPTIONS")
_SENDING = "POST"
_ASKED_BY_SCRIPTS = ("document", "xhr", "fetch")
_FREE = ("log_in", "licence", "log_out")
"""Names of which the whole purpose is to send something."""
_ABOUT = {
    "search": re.compile(
        r"search|filter|find|list|grid|callback|query|load|get|page|data|rows|read|look|index", re.I
    ),
    "export_csv": re.compile(r"export|csv|download|excel|spreadsheet|file", re.I),
    "bookout": re.compile(r"book|open|select|values?\b|details?|view|show", re.I),
    "reports": re.compile(
        r"report|pdf|print|document|output|bookout|dialog|popup|partial|callback|load", re.I
    ),
}
_ABOUT["create_pdf"] = _ABOUT["reports"]
_ABOUT["filter_on"] = _ABOUT["search"]
"""By name, the addresses to which a click for it may send something."""
_TO_ITSELF = ("search", "filter_on", "export_csv", "create_pdf")
_COMMANDS = re.compile(
    r"(?:_+(?:event|callback)(?:target|id)|_?method|action|act|cmd|command|do|event|mode|op|operation"
    r"|operationname|task|verb)",
    re.IGNORECASE,
)
"""Names of fields of which the value says what is to be done."""
_BUTTON = re.compile(r"btn|button|submit|lnk|cmd", re.IGNORECASE)
_GRID_CHANGES = re.compile(r"DELETEROW|UPDATEEDIT|ADDNEWROW|BATCHEDIT|^\s*mutation\b")
"""Commands of DevExpress grids and of GraphQL that change rows."""
_LONGEST = 1_000_000


class TrialHeldBack(SiteError):
    """Raised when what is tried would have sent something that it must not."""


class RequestHold:
    """Holds back what a page would send because of a click that is only tried."""

    def __init__(self, page: Page, base_url: str) -> None:
        self._page = page
        self._base_path = urlsplit(base_url).path.rstrip("/")
        self._name: str | None = None
        self._was_held = asyncio.Event()
        self._own: set[str] = set()
        """Where the site's pages send something without any click of ours: keeping a session alive,
        loading a grid."""

    @contextlib.asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        """Look at each request meanwhile."""
        context = self._page.context
        await context.route("**/*", self._routed)
        try:
            yield
        finally:
            with contextlib.suppress(PlaywrightError):
                await context.unroute("**/*", self._routed)

    def opened(self) -> None:
        """Let all pass from now on: a page is opened, and nothing in it clicked."""
        self._name = None

    def trying(self, name: str) -> None:
        """Let only pass from now on what a click for a name may send."""
        self._name = name

    async def unless_held(self, work: Awaitable[_T], seconds: float) -> _T:
        """Return what a trial returns; give up soon once something was held back that it has sent.

        Raise TrialHeldBack then: what it waits for may never come. `seconds` are left to it, as a
        page may also send what is of no use to the trial, such as figures.
        """
        self._was_held.clear()
        task, held = asyncio.ensure_future(work), asyncio.ensure_future(self._was_held.wait())
        try:
            await asyncio.wait({task, held}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({task}, timeout=seconds)
            if not task.done():
                raise TrialHeldBack("It would send something that is no part of this step")
            return await task
        finally:
            held.cancel()
            task.cancel()
            await asyncio.wait({task, held})

    async def _routed(self, route: Route) -> None:
        request = route.request
        # One that fails had its page closed under it.
        with contextlib.suppress(PlaywrightError):
            if not await self._is_ours(request) or self.may_be_sent(request):
                await route.fallback()
                return
            where = to_ascii(redact(urlsplit(request.url).path))
            logger.info("Repair: held back a %s request to %s", request.method, where)
            self._was_held.set()
            # As if the page had broken it off: no failure of the site.
            await route.abort("aborted")

    async def _is_ours(self, request: Request) -> bool:
        """Return False for another page of the same context, which does the work of a run."""
        try:
            page = request.frame.page
        except PlaywrightError:
            # The first request of a window that is being opened.
            return True
        return page is self._page or await page.opener() is self._page

    def may_be_sent(self, request: Request) -> bool:
        """Return True for a read, and for what the step that is tried may send."""
        parts = urlsplit(request.url)
        address = f"{parts.netloc}{parts.path}"
        is_read = request.method in _READING
        if self._name is None or self._name in _FREE:
            if not (is_read or self._name):
                self._own.add(address)
            return True
        if is_read and request.resource_type not in _ASKED_BY_SCRIPTS:
            return True
        path = parts.path.removeprefix(self._base_path)
        said = [path, *_commands(parse_qsl(parts.query))]
        if is_read:
            return not any(map(changing_word, said))
        said += _said_in(request.post_data_buffer or b"")
        if request.method != _SENDING or any(map(changing_word, said)):
            return False
        if address in self._own:
            return True
        # A page of WebForms sends all to itself, and names the button.
        is_here = parts.path == urlsplit(self._page.url).path and self._name in _TO_ITSELF
        about = _ABOUT.get(self._name)
        return is_here or (about is not None and bool(about.search(path)))


def _said_in(body: bytes) -> Iterator[str]:
    """Yield what a body says that is to be done."""
    text = body[:_LONGEST].decode("utf-8", "replace")
    if _GRID_CHANGES.search(text):
        yield "update"
    if not text.lstrip().startswith(("{", "[")):
        yield from _commands(parse_qsl(text))
        return
    with contextlib.suppress(ValueError):
        value = json.loads(text)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                pairs = [(key, item) for key, item in each.items() if isinstance(item, str)]
                yield from _commands(pairs)
                yield from ("update" for _, item in pairs if _GRID_CHANGES.search(item))


def _commands(pairs: list[tuple[str, str]]) -> Iterator[str]:
    """Yield the values of fields that say what is to be done, and the buttons of a form."""
    for name, value in pairs:
        if _COMMANDS.fullmatch(name):
            yield value
        elif _BUTTON.search(name):
            # The word for sending a form is in the names of searches, too.
            yield re.sub("(?i)submit", "", f"{name} {value}")
