from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy import Spider
from scrapy.core.downloader.middleware import DownloaderMiddlewareManager
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest
from scrapy.http import Request, Response
from scrapy.utils.test import get_crawler

from jdp_spider import meta, middlewares, signals
from jdp_spider import settings as project
from jdp_spider.browser.response import BookoutResponse
from jdp_spider.extensions import Watchdog
from jdp_spider.failures import RunEnded
from jdp_spider.job.folder_outage import FolderOutage
from jdp_spider.meta import Attempt, LoginCookies, PageTask
from jdp_spider.pages.errors import (
    BrowserFailed,
    ConnectionFailed,
    LoggedOut,
    Maintenance,
    NetworkRefused,
    NoBookoutLink,
    PageChanged,
    ServerError,
    SiteUnreachable,
    WrongVehicle,
)
from jdp_spider.pages.file_request import ReportRequest
from jdp_spider.pages.network import AllRefused
from jdp_spider.pages.vehicle import bookout_report
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.pdf.verification import VerifiedPdf
from jdp_spider.reasons import CloseReason
from jdp_spider.session import circuit_breaker, in_flight, recovery
from jdp_spider.session.circuit_breaker import CircuitBreaker
from jdp_spider.session.common_cause import CommonCause
from jdp_spider.session.direct_reports import DirectReports
from jdp_spider.session.recovery import RecoveryPolicy
from tests.support.factories import config, vehicle
from tests.support.loop import until

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp_spider.failures import Failure

ONE, TWO = vehicle("1", 1), vehicle("2", 2)
COOKIE = "marked-cookie"
SETTINGS = {
    "DOWNLOADER_MIDDLEWARES": project.DOWNLOADER_MIDDLEWARES,
    "RETRY_EXCEPTIONS": project.RETRY_EXCEPTIONS,
    "RETRY_TIMES": 2,
}
CONTEXTS = ["context-1", "context-2"]
LOGGED_OUT = LoggedOut("Vehicle: the login stands there instead")


class StubSession:
    """A session that is logged in, or cannot be."""

    def __init__(self, crawler: Crawler) -> None:
        self.login = LoginCookies(4, [{"value": COOKIE}])
        self.site = config().site
        self.is_ending, self.is_live = False, True
        self.circuit_breaker = CircuitBreaker(crawler, lambda: False, 60)
        self.trouble: Exception | None = None
        self.noted: list[int] = []
        self.self_repair = SimpleNamespace(wait=self.ensure_logged_in)
        self.repaired: list[str] = []
        """What was to be repaired; only a PageChanged can be."""
        self.away = False
        """Whether a look finds that the site refuses the inventory, too."""
        self.refuses_all = False
        self.ended: set[int] = set()
        """The logins whose sessions a look finds to have ended."""

    async def ensure_logged_in(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def record_progress(self) -> None:
        pass

    async def repair(self, error: Exception) -> bool:
        self.repaired.append(str(error))
        if not isinstance(error, PageChanged):
            return False
        self.site = self.site.with_changes({"reports": "#found"})
        return True

    async def has_ended(self, number: int, seen: object) -> bool:
        if self.refuses_all:
            raise AllRefused(ServerError(403, "the login"))
        return number in self.ended

    async def is_away(self) -> bool:
        return self.away

    def mark_logged_out(self, number: int, seen: object) -> None:
        self.noted.append(number)


class StubSpider(Spider):
    name = "stub"

    def __init__(self, crawler: Crawler) -> None:
        super().__init__()
        self.saved: set[str] = set()
        self.job = self.batch = SimpleNamespace(
            is_saved=lambda vehicle: vehicle.key in self.saved,
            vehicles=[],
            selection=SimpleNamespace(is_all=True),
            pending=lambda: [ONE, TWO] * 5,
            links=SimpleNamespace(complete=False),
        )
        # Both in one: the spider, and the run that it holds.
        self.run = self
        self.config = config()
        self.session = StubSession(crawler)
        self.direct = DirectReports(crawler, wanted=True)
        # The real one, so that it is seen what middleware and recovery come to together.
        self.recovery = RecoveryPolicy(crawler, config(recovery_pause=0), self.session, self.end)  # type: ignore[arg-type]
        self.folder_outage = FolderOutage(crawler, self.job, lambda: bool(self.closed))  # type: ignore[arg-type]
        self.common_cause = CommonCause(lambda vehicle: False)
        self.common: list[str] = []
        """Reasons for which the run was to end as it fails all vehicles."""
        self.closed: list[str] = []

    async def end_for_common_cause(self, failure: Failure) -> None:
        self.common.append(failure.reason)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> StubSpider:
        spider = cls(crawler)
        spider._set_crawler(crawler)
        return spider

    def end(self, reason: str) -> None:
        self.closed.append(reason)

    def end_for_all(self, failure: Failure) -> None:
        self.closed.append(str(failure.error))


def bookout(request: Request) -> BookoutResponse:
    checked = VerifiedPdf(1, True, "0" * 64, 5, says="the same")
    sent = ReportRequest(f"http://site/GetPdfReport?id={request.meta[meta.ATTEMPT].vehicle_id}")
    return BookoutResponse(
        request.url, body=b"%PDF-", request=request, checked=checked, sent=sent, timings={}
    )


class Run:
    """The downloader's middlewares as Scrapy puts them together, and a download that is told."""

    def __init__(self, contexts: int = 2) -> None:
        own = {**SETTINGS, "CONCURRENT_REQUESTS": contexts}
        self.crawler: Crawler = get_crawler(StubSpider, own)
        self.crawler._apply_settings()
        self.spider = self.crawler.spider = StubSpider.from_crawler(self.crawler)
        self.closed = self.spider.closed
        self.manager = DownloaderMiddlewareManager.from_crawler(self.crawler)
        self.attempts: list[Attempt] = []

    async def download(self, request: Request, *errors: Exception | None) -> Any:
        """What the request comes to: a response, a request to run again, or an error."""

        async def handler(request: Request) -> Response:
            if error is not None or meta.VEHICLE in request.meta:
                self.attempts.append(replace(request.meta[meta.ATTEMPT]))
            if error is not None:
                raise error
            return bookout(request) if meta.VEHICLE in request.meta else Response(request.url)

        (error,) = errors or (None,)
        try:
            return await self.manager.download_async(handler, request)
        except Exception as raised:  # noqa: BLE001 - it is what the errback gets
            return raised

    async def download_until(self, woke: asyncio.Event, request: Request, error: Exception) -> Any:
        """What becomes of a request that fails once the computer is awake."""

        async def handler(_: Request) -> Response:
            await woke.wait()
            raise error

        return await self.manager.download_async(handler, request)

    def stats(self, stem: str) -> dict[str, int]:
        return {name: n for name, n in self.crawler.stats.get_stats().items() if stem in name}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(middlewares, "_HEAD_START_S", 0.0)
    return Run()


def ask(of: Any = ONE, number: str = "7001", **more: Any) -> Request:
    known = {
        meta.VEHICLE: of,
        meta.TASK: PageTask(None),
        meta.ATTEMPT: Attempt(vehicle_id=number, **more),
    }
    return Request("http://site/1", meta=known, dont_filter=True)


def attempt_of(request: Request) -> Attempt:
    attempt: Attempt = request.meta[meta.ATTEMPT]
    return attempt


def session_left(request: Request) -> list[Any]:
    """What is left of the session on the request."""
    left = attempt_of(request)
    return [value for value in (left.login, left.direct) if value is not None]


def test_no_vehicle_begins_while_the_folder_cannot_be_reached(run: Run) -> None:
    outage = run.spider.folder_outage

    async def two() -> tuple[int, Any]:
        outage._since = 0.0
        waiting = asyncio.ensure_future(run.download(ask()))
        await asyncio.sleep(0.05)
        begun = len(run.attempts)
        outage._since = None
        outage._over.set()
        return begun, await waiting

    begun, answer = asyncio.run(two())
    assert (begun, type(answer)) == (0, BookoutResponse)


# DeduplicateMiddleware


def test_request_of_a_saved_vehicle_is_dropped(run: Run) -> None:
    run.spider.saved = {ONE.key}
    result = asyncio.run(run.download(ask()))
    assert (type(result), str(result)) == (IgnoreRequest, "Vehicle 1 is already saved")
    assert run.stats("dedup") == {
        "jdp/dedup/dropped_count": 1,
        "jdp/dedup/dropped_count/saved": 1,
    }
    assert run.attempts == []


def test_request_of_a_vehicle_in_flight_or_finished_is_dropped(run: Run) -> None:
    async def two() -> list[Any]:
        return [await run.download(ask()), await run.download(ask())]

    first, second = asyncio.run(two())
    assert isinstance(first, BookoutResponse)
    assert (type(second), str(second)) == (IgnoreRequest, "Vehicle 1 is already begun")
    assert run.stats("dedup") == {
        "jdp/dedup/dropped_count": 1,
        "jdp/dedup/dropped_count/begun": 1,
    }


def test_second_occurrence_of_a_reference_is_another_vehicle(run: Run) -> None:
    async def two() -> list[Any]:
        vehicles = [ONE, vehicle("1", 1, occurrence=2)]
        return [await run.download(ask(of)) for of in vehicles]

    assert [type(result) for result in asyncio.run(two())] == [BookoutResponse, BookoutResponse]


def test_retry_after_a_failure_passes(run: Run) -> None:
    async def two() -> list[Any]:
        again = await run.download(ask(), ServerError(500, "vehicle 1"))
        return [again, await run.download(again)]

    again, result = asyncio.run(two())
    assert (again.meta["retry_times"], type(result)) == (1, BookoutResponse)
    assert run.stats("dedup") == {}


def test_requests_without_a_vehicle_are_not_changed(run: Run) -> None:
    request = Request("http://site/")
    run.spider.session.trouble = RunEnded(CloseReason.LOGIN_REFUSED)
    assert isinstance(asyncio.run(run.download(request)), Response)
    ours = [key for key in request.meta if key.startswith(("jdp", "playwright"))]
    assert ours == []


# SessionMiddleware


def test_vehicle_gets_a_context_and_the_login(run: Run) -> None:
    asyncio.run(run.download(ask()))
    (given,) = run.attempts
    assert (given.context, given.login) == ("context-1", run.spider.session.login)


ENDS = [None, ServerError(500, "vehicle 1"), LOGGED_OUT, KeyError("unexpected")]
RESULTS = dict(zip(ENDS, [BookoutResponse, Request, Request, KeyError], strict=True))


@pytest.mark.parametrize("error", ENDS, ids=lambda error: type(error).__name__)
def test_session_values_are_removed_from_the_request(
    error: Exception | None, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The real one of Windows shows the same time for 16 ms.
    clock = SimpleNamespace(monotonic=count(1.0).__next__)
    monkeypatch.setattr(middlewares, "time", clock)
    request = ask()
    result = asyncio.run(run.download(request, error))
    assert type(result) is RESULTS[error]
    assert session_left(request) == []
    if isinstance(result, Request):
        assert session_left(result) == []
    assert attempt_of(request).seconds > 0


def search_at(request: Request) -> str | None:
    task: PageTask = request.meta[meta.TASK]
    assert isinstance(task.function, partial)
    found: str | None = task.function.keywords["search_at"]
    return found


@pytest.mark.parametrize(
    ("error", "is_searched"),
    [
        (WrongVehicle("The page names another"), True),
        (NoBookoutLink("It is sold"), True),
        (ServerError(404, "vehicle 1"), True),
        (ServerError(500, "vehicle 1"), False),
        (PageChanged("Vehicle", "a", "b", "c"), False),
    ],
)
def test_vehicle_whose_address_is_anothers_is_searched_for_once_the_grid_is_free(
    error: Exception, is_searched: bool, run: Run
) -> None:
    async def three() -> list[str | None]:
        request, found = ask(), []
        request.meta[meta.TASK] = PageTask(partial(bookout_report, search_at=None))
        for complete in (False, False, True):
            run.spider.job.links.complete = complete
            again = await run.download(request, error)
            found.append(search_at(request))
            request = again
        return found

    inventory = run.spider.session.site.inventory_url
    assert asyncio.run(three()) == [None, None, inventory if is_searched else None]


@pytest.mark.parametrize("error", ENDS, ids=lambda error: type(error).__name__)
def test_contexts_are_released_and_used_in_turn(error: Exception | None, run: Run) -> None:
    async def five() -> None:
        for number in range(5):
            await run.download(ask(vehicle(str(number))), error)

    asyncio.run(five())
    used = [given.context for given in run.attempts]
    assert used == [f"context-{n}" for n in (1, 2, 1, 2, 1)]


def test_vehicle_whose_session_ends_while_it_waits_gets_the_next_one(run: Run) -> None:
    """Its page would come after the new login, with the cookies of the old one."""
    session, acquire = run.spider.session, run.spider.recovery.acquire
    waits: list[int] = []

    async def end_at_first(*args: Any, **kwargs: Any) -> None:
        await acquire(*args, **kwargs)
        waits.append(len(run.spider.recovery.in_flight))
        session.is_live = len(waits) > 1

    async def log_in() -> None:
        if not session.is_live:
            session.login = LoginCookies(5, [])

    run.spider.recovery.acquire = end_at_first  # type: ignore[method-assign]
    session.ensure_logged_in = log_in  # type: ignore[method-assign]
    assert isinstance(asyncio.run(run.download(ask())), BookoutResponse)
    assert [each.login for each in run.attempts] == [LoginCookies(5, [])]
    assert (waits, len(run.spider.recovery.in_flight)) == ([1, 1], 0)


def test_vehicles_in_flight_have_separate_contexts(run: Run) -> None:
    async def both() -> list[str]:
        contexts, both_there = [], asyncio.Event()

        async def handler(request: Request) -> Response:
            contexts.append(attempt_of(request).context)
            if len(contexts) == 2:
                both_there.set()
            await asyncio.wait_for(both_there.wait(), 20.0)
            return bookout(request)

        await asyncio.gather(*(run.manager.download_async(handler, ask(v)) for v in (ONE, TWO)))
        return contexts

    assert sorted(asyncio.run(both())) == ["context-1", "context-2"]


class Opener:
    """Stands for the browser that contexts are opened in."""

    def __init__(self, run: Run, error: Exception | None = None) -> None:
        self.asked: list[Request] = []
        self.may_open = asyncio.Event()
        self.error = error
        handlers = SimpleNamespace(download_request_async=self.open)
        run.crawler.engine = SimpleNamespace(downloader=SimpleNamespace(handlers=handlers))

    async def open(self, request: Request) -> None:
        self.asked.append(request)
        await self.may_open.wait()
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("error", [None, BrowserFailed("dead")])
def test_vehicle_waits_for_contexts_being_opened(error: Exception | None, run: Run) -> None:
    async def work() -> None:
        opener = Opener(run, error)
        run.crawler.signals.send_catch_log(signals.logged_in)
        first = asyncio.ensure_future(run.download(ask()))
        await asyncio.sleep(0.05)
        opened = [attempt_of(request) for request in opener.asked]
        assert opened == [Attempt(name, run.spider.session.login) for name in CONTEXTS]
        assert {request.meta[meta.TASK].function for request in opener.asked} == {None}
        assert not run.attempts
        opener.may_open.set()
        assert isinstance(await first, Response)
        assert run.attempts[0].context == "context-1"

    asyncio.run(work())


def test_ending_run_opens_no_contexts(run: Run) -> None:
    async def work() -> None:
        opener = Opener(run)
        run.spider.session.is_ending = True
        run.crawler.signals.send_catch_log(signals.logged_in)
        await asyncio.sleep(0)
        assert not opener.asked

    asyncio.run(work())


def test_context_that_does_not_open_delays_vehicles_briefly(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middlewares, "_OPENING_S", 0.1)

    async def work() -> None:
        opener = Opener(run)
        run.crawler.signals.send_catch_log(signals.logged_in)
        assert isinstance(await run.download(ask()), Response)
        opener.may_open.set()

    asyncio.run(work())


@pytest.mark.parametrize(
    "known", [{"vehicles": [ONE]}, {"selection": SimpleNamespace(is_all=False)}]
)
def test_contexts_are_opened_ahead_only_if_needed(known: dict[str, Any], run: Run) -> None:
    async def work() -> None:
        opener = Opener(run)
        vars(run.spider.job).update(known)
        run.crawler.signals.send_catch_log(signals.logged_in)
        assert isinstance(await run.download(ask()), Response)
        assert not opener.asked

    asyncio.run(work())


ENDED = [
    (LOGGED_OUT, [4] * 8),
    (BrowserFailed("The browser died under the page"), []),
    (PlaywrightError("Page.goto: Target page, context or browser has been closed"), []),
    (PlaywrightError("Page.goto: Page crashed\nCall log:"), []),
    (PlaywrightError("Connection closed while reading from the driver"), []),
]


@pytest.mark.parametrize(("error", "noted"), ENDED)
def test_session_end_or_browser_crash_is_a_bounded_free_retry(
    error: Exception, noted: list[int], run: Run
) -> None:
    async def until_it_fails() -> list[tuple[int, int]]:
        tries, request = [], ask()
        while isinstance(request, Request):
            counts = attempt_of(request).free_retries, request.meta.get("retry_times", 0)
            tries.append(counts)
            request = await run.download(request, error)
        assert request is error
        return tries

    tries = asyncio.run(until_it_fails())
    assert tries == [*((n, 0) for n in range(6)), (5, 1), (5, 2)]
    assert run.spider.session.noted == noted
    assert run.stats("given_back_count") == {"jdp/given_back_count": 5}


def test_logged_out_returns_a_request_that_runs_again(run: Run) -> None:
    async def twice() -> tuple[Request, Request, Any]:
        request = ask()
        request.meta["more"] = "kept"
        again = await run.download(request, LOGGED_OUT)
        return request, again, await run.download(again)

    request, again, result = asyncio.run(twice())
    assert again is not request
    assert (again.meta["more"], again.meta[meta.VEHICLE], again.dont_filter) == ("kept", ONE, True)
    assert isinstance(result, Response)
    assert run.stats("retry") == {}


@pytest.mark.parametrize(
    ("error", "retried"),
    [
        (ServerError(500, "x"), True),
        (PageChanged("Vehicle", "reports", "#a", "b"), True),
        (PlaywrightError("Page.goto: net::ERR_CONNECTION_CLOSED"), True),
        (PlaywrightTimeout("Timeout 60000ms exceeded."), True),
        (KeyError("c"), False),
    ],
)
def test_other_errors_consume_an_attempt_and_keep_the_session(
    error: Exception, retried: bool, run: Run
) -> None:
    result = asyncio.run(run.download(ask(), error))
    assert (isinstance(result, Request), run.spider.session.noted) == (retried, [])
    assert (bool(run.stats("retry")), run.stats("given_back_count")) == (retried, {})


def refused(reason: str, sha256: str) -> BookoutRejected:
    error = BookoutRejected(reason, "no")
    error.sha256 = sha256
    return error


@pytest.mark.parametrize(
    ("refusals", "tries"),
    [
        ([("too_heavy", "a")] * 3, 1),
        ([("unreadable_text", "a")] * 3, 2),
        ([("other_reference", "a")] * 3, 3),
        ([("no_text", "a"), ("no_text", "b"), ("no_text", "a")], 3),
        ([("cut", "a"), ("unreadable", "a"), ("cut", "a")], 3),
        ([("cut", "a"), ("too_heavy", "b")], 2),
        ([("empty", "a")] * 3, 3),
        ([("html_page", "a")] * 3, 3),
        ([("cut", "")] * 3, 3),
    ],
)
def test_final_rejection_is_not_retried(
    refusals: list[tuple[str, str]], tries: int, run: Run
) -> None:
    async def until_it_fails() -> Any:
        tried: Any = ask()
        for refusal in refusals:
            tried = await run.download(tried, refused(*refusal))
            if not isinstance(tried, Request):
                return tried
        return None

    error = asyncio.run(until_it_fails())
    assert (error.identity, len(run.attempts)) == (refusals[tries - 1], tries)


@pytest.mark.parametrize("reason", ["login_refused", "account_in_use", "shutdown"])
def test_a_refused_login_ends_the_run(reason: str, run: Run) -> None:
    async def once() -> Any:
        run.spider.session.trouble = RunEnded(CloseReason(reason))
        result = await run.download(request := ask())
        await asyncio.sleep(0)
        return request, result

    request, result = asyncio.run(once())
    assert (type(result), str(result)) == (IgnoreRequest, f"The run ends: {reason}")
    assert (run.closed, run.attempts, session_left(request)) == ([reason], [], [])


def test_refusing_network_ends_the_run(run: Run) -> None:
    result = asyncio.run(run.download(ask(), NetworkRefused("Untrusted", "Do this")))
    assert (type(result), str(result)) == (IgnoreRequest, "The run ends: network_refused")
    assert run.closed == ["Untrusted. Do this"]


def test_failed_login_occupies_no_context(run: Run) -> None:
    async def three() -> list[Any]:
        run.spider.session.trouble = LOGGED_OUT
        failed = [await run.download(ask(vehicle(str(n)))) for n in range(3)]
        run.spider.session.trouble = None
        return [*failed, await run.download(ask(TWO, admitted=True))]

    *failed, done = asyncio.run(three())
    assert [request.meta["retry_times"] for request in failed] == [1, 1, 1]
    assert isinstance(done, Response)
    assert (run.attempts[0].context, run.spider.session.noted) == ("context-1", [])


# Direct reports


async def taught(run: Run) -> None:
    for number in range(5):
        await run.download(ask(vehicle(f"lesson {number}"), f"710{number}"))


def test_sixth_vehicle_gets_a_direct_request(run: Run) -> None:
    async def six() -> None:
        await taught(run)
        await run.download(ask(TWO, "7002"))

    asyncio.run(six())
    asked = [given.direct for given in run.attempts]
    assert asked == [None] * 5 + [ReportRequest("http://site/GetPdfReport?id=7002")]


def test_first_three_direct_bookouts_are_compared(run: Run) -> None:
    async def nine() -> list[Any]:
        await taught(run)
        results = []
        for number in range(4):
            request = ask(vehicle(f"compared {number}"), f"800{number}")
            while isinstance(request, Request):
                results.append(request)
                request = await run.download(request)
        return results

    asyncio.run(nine())
    assert [given.direct is None for given in run.attempts[5:]] == [
        *(False, True, False, True, False, True, False)
    ]
    assert run.stats("direct") == {"jdp/direct/compared_count": 3, "jdp/direct/report_count": 1}


def test_refused_direct_request_is_a_free_retry_and_the_last_one(run: Run) -> None:
    async def again() -> Any:
        await taught(run)
        request = await run.download(ask(TWO, "7002"), ServerError(500, "the report"))
        return request, await run.download(request)

    request, result = asyncio.run(again())
    assert (attempt_of(request).free_retries, session_left(request)) == (1, [])
    assert isinstance(result, Response)
    assert [given.direct is None for given in run.attempts] == [*[True] * 5, False, True]
    assert run.stats("retry") == {}


@pytest.mark.parametrize(
    ("away", "error", "tries"),
    [
        (True, ServerError(429, "a vehicle"), 20),
        (True, SiteUnreachable("a vehicle"), 20),
        # Of one vehicle alone: it comes to an end.
        (False, ServerError(429, "a vehicle"), 6),
        (False, Maintenance("a vehicle"), 6),
        # The site answers others.
        (True, ConnectionFailed("a vehicle"), 6),
    ],
)
def test_site_that_is_away_costs_a_vehicle_no_attempt(
    away: bool, error: Exception, tries: int, run: Run
) -> None:
    run.spider.session.away = away

    async def free() -> int:
        request, tried = ask(), 0
        while tried < 20:
            tried += 1
            run.spider.session.circuit_breaker._until = 0
            run.spider.session.circuit_breaker.record_success()
            again = await run.download(request, error)
            if not isinstance(again, Request) or again.meta.get("retry_times"):
                break
            request = again
        return tried

    assert asyncio.run(free()) == tries


def test_others_are_tried_before_a_vehicle_that_was_one_too_many(run: Run) -> None:
    again = asyncio.run(run.download(ask(), ServerError(503, "a vehicle", 1.0)))
    assert again.priority == ask().priority - 1


def test_failure_in_an_ended_session_is_a_free_retry(run: Run) -> None:
    run.spider.session.ended = {4}
    again = asyncio.run(run.download(ask(), ServerError(403, "a vehicle")))
    assert isinstance(again, Request)
    assert (again.meta.get("retry_times", 0), attempt_of(again).free_retries) == (0, 1)


def test_refusal_of_all_is_a_free_retry_and_pauses_all(run: Run) -> None:
    run.spider.session.refuses_all = True
    again = asyncio.run(run.download(ask(), ServerError(403, "a vehicle")))
    assert isinstance(again, Request)
    assert (again.meta.get("retry_times", 0), attempt_of(again).free_retries) == (0, 1)
    assert again.priority == ask().priority - 1
    assert run.spider.session.circuit_breaker.waiting_for.startswith("the site refuses all")
    assert run.spider.session.noted == []


def test_ended_session_does_not_end_direct_requests(run: Run) -> None:
    async def story() -> Any:
        await taught(run)
        run.spider.session.ended = {4}
        return await run.download(ask(TWO), ServerError(401, "the report"))

    asyncio.run(story())
    assert run.spider.direct.request(vehicle("other"), "7003", "http://site/x") is not None


def test_common_failure_ends_the_run(run: Run) -> None:
    for number in range(11):
        asyncio.run(run.download(ask(vehicle(str(number), number % 9)), ServerError(404, "it")))
    assert run.spider.common == ["server_error"] * 2


def test_repair_gives_the_third_equal_failure_a_free_retry(run: Run) -> None:
    error = PageChanged("Vehicle", "reports", "button.old", "opens the reports dialog")

    async def tried() -> list[Any]:
        return [await run.download(ask(vehicle(str(n), n)), error) for n in range(1, 4)]

    *_, third = asyncio.run(tried())
    assert isinstance(third, Request)
    assert (third.meta.get("retry_times", 0), run.spider.session.repaired) == (0, [str(error)])
    assert run.spider.common == []


def test_attempt_with_selectors_from_before_a_repair_is_a_free_retry(run: Run) -> None:
    def function(site: Any) -> None: ...

    request = ask()
    request.meta[meta.TASK] = PageTask(partial(function, site=run.spider.session.site))

    async def repaired_meanwhile() -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(run.spider.session, "mark_logged_out", lambda _: None)
            moved = run.spider.session.site.with_changes({"reports": "#new"})

            async def has_ended(*_: Any) -> bool:
                run.spider.session.site = moved
                return False

            patch.setattr(run.spider.session, "has_ended", has_ended)
            return await run.download(request, PageChanged("Vehicle", "reports", "#a", "b"))

    again = asyncio.run(repaired_meanwhile())
    assert isinstance(again, Request)
    assert again.meta.get("retry_times", 0) == 0
    assert asyncio.run(run.download(again)).status == 200
    assert again.meta[meta.TASK].function.keywords["site"].reports == "#new"


# Sleep of the computer


@pytest.mark.parametrize(
    "error",
    [DownloadTimeoutError("Not finished"), PageChanged("Vehicle", "reports", "#a", "b")],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("watchdog_first", [False, True], ids=["vehicles_first", "watchdog_first"])
def test_sleep_costs_vehicles_in_flight_no_attempt(
    watchdog_first: bool, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On waking, the limits of all vehicles in flight are over, and the watchdog's tick is due."""
    clock = SimpleNamespace(now=1000.0, monotonic=lambda: clock.now)
    for module in (recovery, in_flight, circuit_breaker, middlewares):
        monkeypatch.setattr(module, "time", clock)
    run = Run(contexts=5)
    watchdog = Watchdog(run.crawler)

    async def night() -> list[Any]:
        woke = asyncio.Event()
        vehicles = [vehicle(str(number), number) for number in range(5)]
        asked = [asyncio.ensure_future(run.download_until(woke, ask(of), error)) for of in vehicles]
        await until(lambda: len(run.spider.recovery.in_flight) == 5)
        watchdog.tick()
        clock.now += 8 * 3600
        if watchdog_first:
            watchdog.tick()
        woke.set()
        results = await asyncio.gather(*asked)
        watchdog.tick()
        return results

    again = asyncio.run(night())
    assert [type(result) for result in again] == [Request] * 5
    assert not any("retry_times" in result.meta for result in again)
    assert (run.stats("recovery"), run.spider.session.repaired, run.closed) == ({}, [], [])
