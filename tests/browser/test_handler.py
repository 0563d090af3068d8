from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Error as PlaywrightError
from scrapy.core.downloader.middleware import DownloaderMiddlewareManager
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Request, Response
from scrapy.utils.test import get_crawler

from jdp_spider import settings as project
from jdp_spider import signals
from jdp_spider.browser.handler import DownloadHandler
from jdp_spider.browser.response import BookoutResponse, TaskResponse
from jdp_spider.meta import ATTEMPT, TASK, Attempt, LoginCookies, PageTask
from jdp_spider.pages.bookout import BookoutReport
from jdp_spider.pages.errors import BrowserFailed, LoggedOut, SiteUnreachable
from jdp_spider.pages.file_request import ReportRequest
from jdp_spider.pdf.verification import VerifiedPdf
from tests.support.factories import config
from tests.support.fake_browser import FakePage, FakePlaywright, crawling
from tests.support.loop import in_loop, until

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "http://site/inventory"
SENT = ReportRequest("http://site/GetPdfReport?id=7001")
REPORT = BookoutReport(b"%PDF-1", VerifiedPdf(2, True, "a" * 64, 6), SENT, {"page": 0.5})


class Handler(DownloadHandler):
    """The handler on a fake browser."""

    def __init__(self) -> None:
        self.browser = FakePlaywright()
        crawler, self.events = crawling()
        super().__init__(crawler, config(snapshots=0), self.browser)  # type: ignore[arg-type]

    async def run(
        self, function: Callable[..., Any] | None, *, sends: Any = None, **needs: Any
    ) -> Response:
        attempt = Attempt("one", LoginCookies(3, []), direct=sends)
        known = {TASK: PageTask(function, **needs), ATTEMPT: attempt}
        return await self.download_request(Request(URL, meta=known))


@pytest.fixture
def handler() -> Handler:
    return Handler()


async def visits(page: FakePage) -> list[str]:
    return list(page.visits)


async def bookout(page: FakePage) -> BookoutReport:
    return REPORT


async def hang(page: FakePage) -> None:
    page.visits.append("hangs")
    await asyncio.Event().wait()


async def hanging(handler: Handler) -> asyncio.Future[Response]:
    """A request whose task has begun, and never ends."""
    running = asyncio.ensure_future(handler.run(hang))
    await until(lambda: [page for page in handler.browser.pages if "hangs" in page.visits])
    return running


# Responses


@in_loop
async def test_bookout_is_a_response_whose_body_is_the_pdf(handler: Handler) -> None:
    response = await handler.run(bookout)
    assert isinstance(response, BookoutResponse)
    assert (response.url, response.status, response.body) == (URL, 200, REPORT.pdf)
    assert (response.checked, response.sent) == (REPORT.checked, SENT)
    assert response.timings == REPORT.timings


@in_loop
async def test_result_of_another_task_is_carried_by_its_response(handler: Handler) -> None:
    response = await handler.run(visits)
    assert isinstance(response, TaskResponse)
    assert (response.result, response.body) == ([URL], b"")
    assert response.replace(url="http://other/").result == [URL]


@in_loop
async def test_request_without_a_task_is_left_to_scrapy_playwright(handler: Handler) -> None:
    response = await handler.download_request(Request(URL))
    assert response == f"scrapy-playwright's response to {URL}"


@in_loop
async def test_downloader_middlewares_do_not_change_a_bookout() -> None:
    """Scrapy's, also those that a user switches on: compression, redirects, retries, the cache."""
    own = dict.fromkeys(project.DOWNLOADER_MIDDLEWARES)
    crawler = get_crawler(None, {"DOWNLOADER_MIDDLEWARES": own, "HTTPCACHE_ENABLED": True})
    crawler._apply_settings()
    crawler.spider = crawler.spidercls.from_crawler(crawler)
    manager = DownloaderMiddlewareManager.from_crawler(crawler)
    request = Request(URL, meta={"dont_cache": True})
    sent = BookoutResponse(
        URL, body=b"%PDF-1", request=request, checked=REPORT.checked, sent=SENT, timings={}
    )

    async def download(request: Request) -> Response:
        return sent

    assert await manager.download_async(download, request) is sent
    assert sent.body == b"%PDF-1"
    cache = [name for name in crawler.stats.get_stats() if name.startswith("httpcache/store")]
    assert cache == []


# Pages


@in_loop
async def test_keep_page_task_sends_no_request_to_the_site(handler: Handler) -> None:
    await handler.run(None, keep_page=True)
    assert [page.visits for page in handler.browser.pages] == [[]]
    await handler.run(visits)
    assert [page.visits for page in handler.browser.pages] == [[URL]]


@pytest.mark.parametrize(("resumes", "expected"), [(True, [URL]), (False, [URL, URL])])
@in_loop
async def test_task_may_resume_on_an_open_page(
    resumes: bool, expected: list[str], handler: Handler
) -> None:
    await handler.run(visits, keep_page=True)
    response: Any = await handler.run(visits, resume_page=resumes)
    assert response.result == expected


@in_loop
async def test_direct_request_uses_any_page_of_the_site(handler: Handler) -> None:
    async def fetch(page: Any, request: ReportRequest) -> list[Any]:
        return [page.visits, request]

    for _ in range(2):
        task = handler.run(hang, sends=SENT, direct=fetch, timeout=5.0, keep_page=True)
        response: Any = await task
        # A new page goes to the inventory once: a request has to come from a page of the site, and
        # the vehicle's own is not to be opened.
        assert response.result == [["http://site/vehicle/"], SENT]


@in_loop
async def test_renewed_cookies_are_passed_to_the_session(handler: Handler) -> None:
    sent: list[Any] = []

    def receive(generation: int, cookies: list[dict[str, Any]]) -> None:
        sent.append((generation, cookies))

    handler.crawler.signals.connect(receive, signals.cookies_renewed)
    await handler.run(visits)
    assert sent == []
    await handler.run(visits, renews_cookies=True)
    assert sent == [(3, [{"name": "renewed", "value": "1"}])]


# Failures


@in_loop
async def test_timeout_of_a_task_closes_its_context(handler: Handler) -> None:
    await handler.run(None)
    with pytest.raises(DownloadTimeoutError, match=r"Not finished within 0\.01 s"):
        await handler.run(hang, timeout=0.01)
    assert handler.browser.calls == ["close one"]
    assert handler.events == ["context_discarded"]


@in_loop
async def test_cancelled_task_closes_its_context(handler: Handler) -> None:
    running = await hanging(handler)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert handler.browser.calls == ["close one"]


@in_loop
async def test_stalled_task_fails_as_a_browser_failure(handler: Handler) -> None:
    running = await hanging(handler)
    handler.crawler.signals.send_catch_log(signals.stalled)
    with pytest.raises(BrowserFailed):
        await running


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (
            PlaywrightError("Page.goto: net::ERR_CONNECTION_REFUSED at http://site/"),
            SiteUnreachable,
        ),
        (PlaywrightError("Page.goto: Page crashed"), PlaywrightError),
        (LoggedOut("The login came"), LoggedOut),
    ],
)
@in_loop
async def test_browser_errors_become_errors_of_the_site_or_the_driver(
    error: Exception, raised: type[Exception], handler: Handler
) -> None:
    async def fail(page: FakePage) -> None:
        raise error

    handler.browser.driver_is_alive = False
    with pytest.raises(raised):
        await handler.run(fail)
    assert handler.browser.pages[0].is_closed()
    assert handler.browser.calls == ["restart the driver"]


@pytest.mark.parametrize(
    ("signal", "calls"),
    [
        (signals.recycle_contexts, ["close one"]),
        (signals.restart_browser, ["close the browser", "restart the driver"]),
    ],
)
@in_loop
async def test_recovery_measures_are_carried_out(
    signal: object, calls: list[str], handler: Handler
) -> None:
    await handler.run(visits, keep_page=True)
    handler.crawler.signals.send_catch_log(signal)
    await handler.run(visits, keep_page=True)
    assert handler.browser.calls == calls


@in_loop
async def test_missing_first_answer_is_reported_once(
    handler: Handler, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("jdp_spider.browser.handler._SILENT_S", 0.0)
    silent = asyncio.Event()

    async def goto(page: FakePage, url: str, **_: Any) -> None:
        await silent.wait()

    monkeypatch.setattr(FakePage, "goto", goto)
    running = [asyncio.ensure_future(handler.run(visits)) for _ in range(2)]
    await until(lambda: caplog.messages)
    silent.set()
    await asyncio.gather(*running)
    await handler.run(visits)
    (message,) = [each for each in caplog.messages if each.startswith("No answer from http")]
    assert message.endswith("the proxy and JD_BASE_URL; still trying")
