"""Takes files of the site through the browser's own network, instead of showing or saving them.

The request that a click made, or that is sent here, goes its own way; its answer is stopped once
the headers have come, and the body is read in pieces. So the request is the browser's in every way:
its proxy, certificates, cookies and headers. The page stays where it was.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import math
import re
import time
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.asked import Asked
from jdp_spider.pages.devtools import attached, carries_file, headers_of
from jdp_spider.pages.errors import BadAddress, TooLarge, connection_error
from jdp_spider.pages.file_request import Answer, ReportRequest, Wanted, report_request
from jdp_spider.pages.network import watch
from jdp_spider.pages.opener import Windows
from jdp_spider.pages.world import evaluate_once
from jdp_spider.pdf.embedded import embedded_pdf
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from playwright.async_api import BrowserContext, CDPSession, Page

PIECE = 1 << 20
"""Bytes of a file that are read at a time."""
_REDIRECTS = (301, 302, 303, 307, 308)
_BETTER_S = 3.0
"""How long to hold back a page that opens instead of the file: it may ask the user to wait."""
_STOP_S = 3.0
_UNTOLD = "Failed"
"""Of a certificate, for one: the reason of what has no reason of its own here."""
_QUESTIONS = ("HEAD", "OPTIONS")
"""Methods whose answers have no body."""

_NAVIGATE = load_js("pages/js/navigate.js")

listeners: weakref.WeakKeyDictionary[BrowserContext, Callable[[Answer], None]]
listeners = weakref.WeakKeyDictionary()
"""Listeners for every answer that is taken in a context: the page has no other record of it."""


@dataclass
class Transfer:
    """The requests of one page while a file is waited for, and the answer that is the file."""

    _devtools: CDPSession
    _main_frame: str
    _wanted: Wanted
    _tell: Callable[[Answer], None]
    answer: asyncio.Future[Answer] = field(init=False)
    asked: Asked
    """What the page has requested: then it need not be clicked again."""
    _navigates: bool = False
    """The page itself is sent to the file, so that whatever it is answered counts."""
    shown: Answer | None = None
    """The last page that arrived instead of the file, and may continue to it automatically."""
    _buttons_at: float = math.inf
    """When the buttons of that page may be clicked."""
    _is_taken: bool = False
    _requests: dict[str, ReportRequest] = field(default_factory=dict)
    """By their number in the network, as they were before redirects."""
    _expected: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.answer = asyncio.get_running_loop().create_future()
        self._windows = Windows(self._devtools)

    @property
    def expects_file(self) -> bool:
        """True if an address that is known to be a file's was requested, and may yet bring it."""
        return bool(self._expected) and time.monotonic() < self._buttons_at

    async def paused(self, event: dict[str, Any]) -> None:
        """Decide about a request that the browser holds back, before or after its answer."""
        number = event.get("networkId", event["requestId"])
        # One that fails was given up by the page, or had its page closed under it.
        with contextlib.suppress(PlaywrightError):
            if "responseStatusCode" in event or "responseErrorReason" in event:
                is_released = await self._answered(event, number)
            else:
                is_released = self._is_to_be_sent(event, number)
            if is_released:
                await self._send("continueRequest", event)
            elif is_released is not None:
                # Not shown: the page stays where it is.
                await self._send("failRequest", event, errorReason="Aborted")

    def _is_to_be_sent(self, event: dict[str, Any], number: str) -> bool:
        request = event["request"]
        url = request["url"]
        is_expected = self._is_expected(event)
        if self._is_taken and (is_expected or self._is_page(event)):
            return False
        if (is_expected or self._is_page(event)) and not self._wanted.may_ask(url):
            self._fail(BadAddress("it leads to no web address"))
            return False
        self.asked.sent(number, request, may_be_file=is_expected or self._is_page(event))
        self._requests.setdefault(number, report_request(request))
        if is_expected:
            self._expected.add(number)
            self._buttons_at = math.inf
        return True

    async def _answered(self, event: dict[str, Any], number: str) -> bool | None:
        """Return whether the page is to get the answer; None if it already has it."""
        self.asked.answered(number)
        is_question = event["request"]["method"] in _QUESTIONS
        if is_question or event.get("responseStatusCode") in _REDIRECTS:
            return True
        if self._is_taken:
            return not self._is_page(event)
        if event.get("responseErrorReason") == _UNTOLD and self._is_page(event):
            # The page's own error tells more: `NetworkMonitor.unbroken` raises it.
            return True
        if not self._is_final(event, number):
            return await self._other(event, number)
        self._is_taken = True
        try:
            answer = await self._read(event, number)
            patience = self._wanted.patience(answer) if answer.status < 300 else None
            if patience is not None:
                self.shown, self._buttons_at = answer, time.monotonic() + patience
                await self._show(event, answer)
                self._is_taken = False
                return None
            if not self.answer.done():
                self.answer.set_result(answer)
        except Exception as error:  # noqa: BLE001 - raised again for who waits
            self._fail(error)
        return False

    async def _other(self, event: dict[str, Any], number: str) -> bool | None:
        """Return as `_answered` does, for an answer that is not a file itself."""
        if self._is_page(event):
            if page := await self._windows.asking_opener(event):
                # For the browser it is one that was given up.
                status, request = event["responseStatusCode"], ReportRequest(page.url)
                self._tell(Answer(status, page.url, headers_of(event), page.body, request))
                await self._send("failRequest", event, errorReason="Aborted")
                await self._windows.show_within(page)
                return None
            await asyncio.sleep(_BETTER_S)
            return not self._is_taken
        is_script = event["resourceType"] in ("XHR", "Fetch") and "responseStatusCode" in event
        if not (is_script and number in self._expected):
            return True
        try:
            answer = await self._read(event, number)
        except Exception as error:  # noqa: BLE001 - raised again for who waits
            self._fail(error)
            return False
        # The report may stand in the data that a script has asked for.
        if (pdf := embedded_pdf(answer.body)) is not None and not self.answer.done():
            self._is_taken = True
            self.answer.set_result(answer._replace(body=pdf, request=ReportRequest("")))
        await self._show(event, answer)
        return None

    def _is_expected(self, event: dict[str, Any]) -> bool:
        """Return whether any answer to this request counts, whatever it is."""
        request = event["request"]
        if request["method"] in _QUESTIONS:
            return False
        return self._wanted.is_expected(request["url"]) or (
            self._navigates and self._is_page(event)
        )

    def _is_page(self, event: dict[str, Any]) -> bool:
        is_page: bool = event["resourceType"] == "Document"
        return is_page and event["frameId"] == self._main_frame

    def _is_final(self, event: dict[str, Any], number: str) -> bool:
        """Return whether this answer is the one, of the file or of why there is none."""
        is_expected = number in self._expected or self._is_expected(event)
        if "responseErrorReason" in event or event["responseStatusCode"] >= 400:
            return is_expected or self._is_page(event)
        headers = headers_of(event)
        if carries_file(headers, by_script=event["resourceType"] != "Document"):
            return True
        # The browser would show a text, which is no page of the site.
        is_text = headers.get("content-type", "").lower().startswith("text/plain")
        return (is_expected and event["resourceType"] == "Document") or (
            is_text and self._is_page(event)
        )

    async def _read(self, event: dict[str, Any], number: str) -> Answer:
        if reason := event.get("responseErrorReason"):
            # In CamelCase, where the browser's errors are else in capitals.
            words = "_".join(re.findall("[A-Z][a-z]*", reason)).upper()
            raise connection_error(f"net::ERR_{words}", "a file of the site")
        headers, url = headers_of(event), event["request"]["url"]
        length = headers.get("content-length", "")
        request = self._requests.get(number) or report_request(event["request"])
        try:
            if length.isdecimal():
                self._wanted.check_size(int(length))
            body = await self._body(event)
        except TooLarge:
            status = event["responseStatusCode"]
            self._tell(Answer(status, url, headers, b"", request, is_too_large=True))
            raise
        # A stream ends without a word where the connection did.
        is_encoded = headers.get("content-encoding", "identity") != "identity"
        if length.isdecimal() and not is_encoded and len(body) < int(length):
            raise connection_error("net::ERR_CONTENT_LENGTH_MISMATCH", "a file of the site")
        answer = Answer(event["responseStatusCode"], url, headers, body, request)
        self._tell(answer)
        return answer

    async def _show(self, event: dict[str, Any], answer: Answer) -> None:
        """Let the page have a body that was read: the file is asked for by what it shows."""
        body = base64.b64encode(answer.body).decode()
        kept = [
            {"name": name, "value": value}
            for name, value in answer.headers.items()
            if name not in ("content-encoding", "content-length", "transfer-encoding")
        ]
        await self._send(
            "fulfillRequest", event, responseCode=answer.status, responseHeaders=kept, body=body
        )

    async def _body(self, event: dict[str, Any]) -> bytes:
        begun, pieces, size = await self._send("takeResponseBodyAsStream", event), [], 0
        while True:
            piece = await self._devtools.send("IO.read", {"handle": begun["stream"], "size": PIECE})
            data = piece["data"]
            pieces.append(base64.b64decode(data) if piece["base64Encoded"] else data.encode())
            size += len(pieces[-1])
            self._wanted.check_size(size)
            if piece["eof"]:
                return b"".join(pieces)

    async def _send(self, method: str, event: dict[str, Any], **values: Any) -> Any:
        number = {"requestId": event["requestId"], **values}
        return await self._devtools.send(f"Fetch.{method}", number)

    def _fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


@contextlib.asynccontextmanager
async def transfer(
    page: Page, wanted: Wanted, *, navigates: bool = False
) -> AsyncIterator[Transfer]:
    """Yield a Transfer, whose `answer` is the file that the page requests meanwhile.

    `navigates`: the page is sent to it. Its errors are TooLarge, BadAddress and ConnectionFailed.
    It has no time limit of its own.
    """
    devtools, main_frame = await attached(page)
    try:
        tell = listeners.get(page.context, lambda _: None)
        running = Transfer(devtools, main_frame, wanted, tell, Asked(page), navigates)
        devtools.on("Fetch.requestPaused", running.paused)
        patterns = [
            {"urlPattern": "*", "resourceType": kind, "requestStage": stage}
            for kind in ("Document", "XHR", "Fetch", "Other")
            for stage in ("Request", "Response")
        ]
        await devtools.send("Fetch.enable", {"patterns": patterns})
        try:
            yield running
        finally:
            if running.answer.cancel():
                # A request that is not answered holds up whatever is done on the page next.
                with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
                    await asyncio.wait_for(devtools.send("Page.stopLoading"), _STOP_S)
            elif not running.answer.cancelled():
                # Nobody waits for it any more.
                running.answer.exception()
    finally:
        with contextlib.suppress(PlaywrightError):
            # What is still held back is let go, or ends with its page.
            await devtools.detach()


async def ask_for(page: Page, request: ReportRequest, wanted: Wanted) -> Answer:
    """Send a request as a navigation of `page`; return what the site answers. Raise as `transfer`.

    The page is one of the site: it is named as the referrer.
    """
    async with transfer(page, wanted, navigates=True) as running:
        await evaluate_once(page, _NAVIGATE, list(request))
        return await watch(page).unbroken(running.answer)
