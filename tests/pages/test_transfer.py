"""Files taken through the browser's own network, against a server that notes what it saw."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from jdp_spider.pages.bookout import prepared, report_wanted
from jdp_spider.pages.errors import ConnectionFailed, SiteUnreachable, TooLarge
from jdp_spider.pages.file_request import Answer, ReportRequest, Wanted
from jdp_spider.pages.site import Site
from jdp_spider.pages.transfer import ask_for, listeners, transfer
from jdp_spider.pdf.embedded import embedded_pdf
from jdp_spider.utils.javascript import load_js
from tests.support.factories import vehicle
from tests.support.lasting_browser import lasting_browser

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser

PDF = b"%PDF-1.4\n" + b"x" * 70_000 + b"\n%%EOF"
MOST = 5 << 20
WANTED = Wanted(lambda _: True, lambda _: True, MOST, "JDP_MOST")
NOTED = ("Cookie", "Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest")


class Server:
    """Answers by path, on two origins; its page has a strict policy and a broken fetch."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str], str]] = []
        self.sent = 0
        self.ports: list[int] = []

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}/page"

    @property
    def elsewhere(self) -> str:
        return f"http://localhost:{self.ports[1]}/pdf"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/page":
            text = "<script>window.fetch = () => { throw 1 }</script>A page"
            headers = {"Content-Security-Policy": "connect-src 'none'"}
            response = web.Response(text=text, content_type="text/html", headers=headers)
            response.set_cookie("session", "secret", httponly=True)
            return response
        headers = {name: request.headers[name] for name in NOTED if name in request.headers}
        self.seen.append((request.method, request.path_qs, headers, await request.text()))
        return await getattr(self, request.path.strip("/"))(request)

    async def pdf(self, request: web.Request) -> web.Response:
        response = web.Response(body=PDF, content_type="application/pdf")
        if request.query_string:
            response.headers["Content-Disposition"] = "attachment; filename=a.pdf"
        return response

    async def packed(self, request: web.Request) -> web.Response:
        response = await self.pdf(request)
        response.enable_compression()
        return response

    async def sent_on(self, _: web.Request) -> web.Response:
        raise web.HTTPFound("/pdf")

    async def interim(self, request: web.Request) -> web.Response:
        goes_on = {
            "refresh": "<meta http-equiv=refresh content='0; url=/pdf'>",
            "script": "<script>setTimeout(() => location.replace('/pdf'), 50)</script>",
            "form": "<form action=/pdf></form><script>document.forms[0].submit()</script>",
            "file=/GetPdfReport": "<script>setTimeout(() => fetch('/pdf'), 50)</script>",
        }
        text = f"<p>Please wait</p>{goes_on.get(request.query_string, '')}"
        by_header = {"Refresh": "0; url=/pdf"} if request.query_string == "header" else {}
        return web.Response(text=text, content_type="text/html", headers=by_header)

    async def opened(self, request: web.Request) -> web.Response:
        text = f"<script>setTimeout(() => {request.query_string}.go(document.URL), 50)</script>"
        return web.Response(text=text, content_type="text/html")

    async def slow(self, request: web.Request) -> web.Response:
        await asyncio.sleep(1.5)
        return await self.pdf(request)

    async def refused(self, _: web.Request) -> web.Response:
        return web.Response(status=403)

    async def chat(self, _: web.Request) -> web.Response:
        return web.Response(text="<p>How may I help?</p>", content_type="text/html")

    async def none(self, _: web.Request) -> web.Response:
        return web.Response(status=204)

    async def prepared(self, _: web.Request) -> web.Response:
        return web.Response(status=202, text="being prepared", headers={"Retry-After": "1"})

    async def denied(self, _: web.Request) -> web.Response:
        return web.Response(status=401, text="no", headers={"WWW-Authenticate": "Basic realm=x"})

    async def large(self, _: web.Request) -> web.Response:
        return web.Response(body=b"x" * (MOST + 1), content_type="application/pdf")

    async def endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/pdf"})
        await response.prepare(request)
        while request.transport is not None and not request.transport.is_closing():
            await response.write(b"x" * 1_000_000)
            self.sent += 1
        return response

    async def cut(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(PDF))})
        await response.prepare(request)
        await response.write(PDF[:5000])
        assert request.transport is not None
        request.transport.close()
        return response

    async def hang(self, _: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    async def reset(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()


async def _visit(browser: Browser, server: Server, work: Any) -> Any:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    for _ in range(2):
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
    server.ports = [address[1] for address in runner.addresses]
    try:
        page = await browser.new_page()
        await page.goto(server.page)
        return await work(page)
    finally:
        await runner.cleanup()


def visit(work: Any) -> Server:
    """Have `work(page, server)` done on a page of the server; return what the server saw."""
    server = Server()
    lasting_browser.run(lambda browser: _visit(browser, server, lambda page: work(page, server)))
    return server


def test_no_kind_of_answer_navigates_the_page() -> None:
    async def work(page: Page, server: Server) -> None:
        for path, status, size in [
            ("/pdf", 200, len(PDF)),
            ("/pdf?attachment", 200, len(PDF)),
            ("/packed", 200, len(PDF)),
            ("/sent_on", 200, len(PDF)),
            ("/none", 204, 0),
            ("/prepared", 202, 14),
            ("/denied", 401, 2),
            (server.elsewhere, 200, len(PDF)),
        ]:
            answer = await ask_for(page, ReportRequest(path), WANTED)
            assert (answer.status, len(answer.body)) == (status, size)
            assert page.url == server.page
        assert answer.url == server.elsewhere

    asked = [each[1] for each in visit(work).seen]
    paths = ["/pdf?attachment", "/packed", "/sent_on", "/pdf", "/none", "/prepared", "/denied"]
    # Each was asked for once.
    assert asked == ["/pdf", *paths, "/pdf"]


@pytest.mark.parametrize(
    "kind", ["refresh", "header", "script", "form", "file=/GetPdfReport", "none"]
)
def test_interim_page_that_leads_to_the_bookout_is_awaited(kind: str) -> None:
    async def work(page: Page, server: Server) -> None:
        wanted = report_wanted(Site(server.page.removesuffix("page")), lambda _: True)
        asking = ask_for(page, ReportRequest(f"/interim?{kind}"), wanted)
        answer = await asyncio.wait_for(asking, 20)
        assert (answer.body == PDF) is (kind != "none")

    visit(work)


_BUSY = """address => setInterval(() => {
    const asked = new XMLHttpRequest();
    asked.open("POST", address);
    asked.send();
    document.body.append(Object.assign(document.createElement("iframe"), {src: "/chat"}));
}, 200)"""


@pytest.mark.parametrize(
    "address", ["/refused", "http://nowhere.invalid/events?of=/GetPdfReport", "http://127.0.0.1:2/"]
)
def test_what_the_page_asks_for_meanwhile_is_no_answer(address: str) -> None:
    async def work(page: Page, server: Server) -> None:
        site = Site(server.page.removesuffix("page"))
        await page.goto(server.page.replace("/page", "/chat"))
        await page.evaluate(_BUSY, address)
        waits = Answer(202, "/slow", {}, b"", ReportRequest("/slow"))
        asking = prepared(page, waits, vehicle("165548", 1), site)
        assert (await asyncio.wait_for(asking, 20)).body == PDF

    assert [each[1] for each in visit(work).seen].count("/slow") == 1


def test_question_whether_there_is_a_file_is_not_taken_for_its_answer() -> None:
    async def work(page: Page, server: Server) -> None:
        await page.goto(server.page.replace("/page", "/chat"))
        async with transfer(page, WANTED) as running:
            await page.evaluate(
                "fetch('/pdf', {method: 'HEAD'}).then(() => window.location = '/pdf')"
            )
            assert (await asyncio.wait_for(running.answer, 20)).body == PDF

    assert [each[:2] for each in visit(work).seen[1:]] == [("HEAD", "/pdf"), ("GET", "/pdf")]


def test_text_that_a_click_opens_is_taken() -> None:
    async def work(page: Page, server: Server) -> None:
        async with transfer(
            page, dataclasses.replace(WANTED, is_expected=lambda _: False)
        ) as running:
            await page.evaluate("() => { window.location = '/prepared'; }")
            assert (await asyncio.wait_for(running.answer, 20)).body == b"being prepared"
        assert page.url == server.page

    visit(work)


_OPEN = """() => {
    window.go = address => { window.asked = address; location = '/pdf'; };
    window.open('/opened?opener', 'report', 'width=600');
}"""


def test_window_that_asks_its_opener_is_shown_within_that() -> None:
    async def work(page: Page, server: Server) -> None:
        await page.goto(server.page.replace("/page", "/chat"))
        await page.evaluate(load_js("pages/js/open_here.js"), "GetPdfReport")
        wanted = dataclasses.replace(WANTED, is_expected=lambda _: False)
        async with transfer(page, wanted) as running:
            await page.evaluate(_OPEN)
            assert (await asyncio.wait_for(running.answer, 20)).body == PDF
        assert (await page.evaluate("asked")).endswith("/opened?opener")

    visit(work)


def test_requests_are_sent_by_the_browser() -> None:
    async def work(page: Page, server: Server) -> None:
        await ask_for(page, ReportRequest("/pdf"), WANTED)
        await ask_for(page, ReportRequest("/pdf", "POST", "id=4+2&name=%C3%A9&id=3"), WANTED)
        await ask_for(page, ReportRequest(server.elsewhere), WANTED)

    server = visit(work)
    origin = server.page.removesuffix("/page")
    navigation = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    own = navigation | {"Sec-Fetch-Site": "same-origin", "Referer": server.page}
    own |= {"Cookie": "session=secret"}
    foreign = navigation | {"Sec-Fetch-Site": "cross-site", "Referer": f"{origin}/"}
    assert server.seen == [
        ("GET", "/pdf", own, ""),
        ("POST", "/pdf", own | {"Origin": origin}, "id=4+2&name=%C3%A9&id=3"),
        ("GET", "/pdf", foreign, ""),
    ]


def test_page_stays_usable_after_an_abandoned_request() -> None:
    async def work(page: Page, server: Server) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(ask_for(page, ReportRequest("/hang"), WANTED), 1)
        assert await asyncio.wait_for(page.evaluate("location.href"), 20) == server.page
        assert (await ask_for(page, ReportRequest("/pdf"), WANTED)).body == PDF

    visit(work)


@pytest.mark.parametrize(
    ("path", "kind", "is_told"),
    [
        ("/large", TooLarge, True),
        ("/endless", TooLarge, True),
        ("/cut", ConnectionFailed, True),
        # The browser says why on a page of its own alone.
        ("/reset", ConnectionFailed, False),
        ("http://127.0.0.1:9/", ConnectionFailed, False),
        ("http://127.0.0.1:2/", SiteUnreachable, True),
        ("http://nowhere.invalid/", SiteUnreachable, True),
    ],
)
def test_failures_are_raised_at_once_and_the_page_stays_usable(
    path: str, kind: type[Exception], is_told: bool
) -> None:
    async def work(page: Page, server: Server) -> None:
        told: list[Answer] = []
        listeners[page.context] = told.append
        with pytest.raises(kind):
            await asyncio.wait_for(ask_for(page, ReportRequest(path), WANTED), 20)
        assert any(answer.is_too_large for answer in told) == (kind is TooLarge)
        if is_told:
            assert page.url == server.page
        else:
            await page.goto(server.page)
        assert (await ask_for(page, ReportRequest("/pdf"), WANTED)).body == PDF

    # A little more than is allowed may be on its way.
    assert visit(work).sent < MOST // 1_000_000 + 40


MIXED = b"%PDF-1.4\n" + bytes(range(256)) + b"\n%%EOF"
DIGITS = base64.b64encode(MIXED)


def with_signs_escaped(digits: bytes) -> bytes:
    """As System.Text.Json escapes them, with small digits too."""
    assert digits.count(b"+") > 1 and b"=" in digits
    first, rest = digits.split(b"+", 1)
    rest = rest.replace(b"+", b"\\u002B").replace(b"/", b"\\u002F").replace(b"=", b"\\u003D")
    return first + b"\\u002b" + rest


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (DIGITS, MIXED),
        (b'{"file": {"data": "' + DIGITS + b'"}}', MIXED),
        (b'"data:application\\/pdf;base64,' + DIGITS.replace(b"/", b"\\/") + b'"', MIXED),
        (b'"' + DIGITS[:76] + b"\\r\\n" + DIGITS[76:] + b'"', MIXED),
        (b"<Pdf>\r\n  " + DIGITS[:76] + b"\r\n  " + DIGITS[76:] + b"\r\n</Pdf>", MIXED),
        (b'{"Data":"' + with_signs_escaped(DIGITS) + b'","Name":"a"}', MIXED),
        (b'{"file": "/Report/GetPdfReport?id=1"}', None),
        (b"", None),
    ],
)
def test_bookout_embedded_in_a_text_is_found(data: bytes, found: bytes | None) -> None:
    assert embedded_pdf(data) == found
