"""The table of failures: what each error means for the vehicle, the site and the run."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy.exceptions import DownloadTimeoutError
from scrapy.settings import Settings
from scrapy.utils.misc import load_object

from jdp_spider import settings
from jdp_spider.failures import Failure, FailureKind, classify
from jdp_spider.inventory_table import InventoryError
from jdp_spider.pages.errors import (
    ActiveSession,
    BadAddress,
    BrowserFailed,
    BrowserNotStarted,
    ConnectionFailed,
    LoggedOut,
    LoginRefused,
    Maintenance,
    NetworkRefused,
    NoBookoutLink,
    PageChanged,
    ReportNotOpened,
    ReportTimeout,
    ServerError,
    SiteError,
    SiteMoved,
    SiteUnreachable,
    TooLarge,
    UnknownPage,
    UntrustedCertificate,
    WrongVehicle,
    answer_error,
)
from jdp_spider.pages.inventory import NoRowFits
from jdp_spider.pages.network import AllRefused, WrongAddress
from jdp_spider.pages.trouble import AskedToWait
from jdp_spider.pdf.errors import NO_PDF, REASONS, BookoutRejected
from jdp_spider.session.told_later import as_told
from jdp_spider.utils import redaction

FREE = {"consumes_attempt": False}
ANSWERED = {"site_answered": True}
NO_PICTURE = {"worth_snapshot": False}
REFUSES = {"refuses_bookout": True}
FINAL = {"is_final": True}
LOST = {"may_be_logged_out": True}
UNKNOWN = {"close_reason": "unknown_page"}
CHANGED = {"close_reason": "site_changed"}
MOVED = {"close_reason": "site_moved"}
REFUSED = FREE | NO_PICTURE | {"close_reason": "network_refused"}
TROUBLE = {"close_reason": "site_trouble"}
"""It could be reached."""
BROWSER = {"close_reason": "too_many_failures"}
BUG = {"close_reason": "unexpected_error"}
NOT_STARTED = {"close_reason": "browser_failed"}


def weight(value: float) -> dict[str, float]:
    return {"streak_weight": value}


PAUSES = FREE | ANSWERED | TROUBLE
CRASHED = FREE | NO_PICTURE | BROWSER
FAILED_LAUNCH = weight(1) | NOT_STARTED
WRONG = weight(0.25) | ANSWERED | TROUBLE | {"shown": "Stock #: 1"}

BROKEN = TROUBLE | weight(1) | ANSWERED | REFUSES

TABLE: list[tuple[BaseException, str, str, dict[str, Any]]] = [
    (ServerError(500, "x"), "VEHICLE", "server_error", BROKEN | LOST),
    (ServerError(440, "x"), "VEHICLE", "server_error", BROKEN | LOST),
    (ServerError(502, "x"), "VEHICLE", "server_error", BROKEN),
    (ServerError(431, "x"), "VEHICLE", "server_error", FREE | BROKEN | LOST),
    (UnknownPage("x"), "VEHICLE", "unknown_page", weight(1) | ANSWERED | UNKNOWN),
    (ServerError(429, "x", 0.0), "RETRY_AFTER", "server_error", PAUSES),
    (ServerError(429, "x"), "RETRY_AFTER", "server_error", PAUSES | {"retry_after": None}),
    (
        ServerError(503, "x", 30.0),
        "RETRY_AFTER",
        "server_error",
        PAUSES | {"retry_after": 30.0},
    ),
    (SiteUnreachable("x"), "SITE_UNREACHABLE", "connection_failed", FREE | NO_PICTURE),
    (Maintenance("x"), "MAINTENANCE", "maintenance", FREE | TROUBLE),
    (AllRefused(ServerError(403, "x")), "ALL_REFUSED", "server_error", FREE | TROUBLE),
    (SiteMoved("x", "a", "b"), "SITE_MOVED", "site_moved", NO_PICTURE | MOVED | LOST),
    (NetworkRefused("x", "y"), "NETWORK_REFUSED", "connection_failed", REFUSED),
    (
        WrongAddress(ServerError(404, "x"), "http://a/"), "NETWORK_REFUSED", "server_error",
        FREE | NO_PICTURE | {"close_reason": "wrong_address"},
    ),
    (UntrustedCertificate("x"), "NETWORK_REFUSED", "connection_failed", REFUSED),
    (ConnectionFailed("x"), "CONNECTION_LOST", "connection_failed", FREE | weight(1)),
    (LoggedOut("x"), "LOGGED_OUT", "logged_out", PAUSES | NO_PICTURE),
    (BrowserFailed("x"), "BROWSER_GONE", "browser_error", CRASHED),
    (BrowserNotStarted("x"), "BROWSER_GONE", "browser_error", FREE | NO_PICTURE | NOT_STARTED),
    (PlaywrightError("Page crashed"), "BROWSER_GONE", "browser_error", CRASHED),
    (PlaywrightTimeout("Page has been closed"), "BROWSER_GONE", "timeout", CRASHED),
    (PlaywrightError("BrowserType.launch: x"), "BROWSER_ERROR", "browser_error", FAILED_LAUNCH),
    (PlaywrightError("x"), "BROWSER_ERROR", "browser_error", weight(1) | BROWSER),
    (PlaywrightTimeout("x"), "TIMEOUT", "timeout", weight(1)),
    (DownloadTimeoutError("x"), "TIMEOUT", "timeout", weight(1)),
    (ReportTimeout("x"), "TIMEOUT", "report_timeout", TROUBLE | weight(1) | REFUSES),
    (LoginRefused("x"), "VEHICLE", "login_refused", weight(1) | ANSWERED | NO_PICTURE | TROUBLE),
    (ActiveSession(3), "VEHICLE", "active_session", weight(1) | ANSWERED | TROUBLE),
    (
        NoRowFits(9, 3),
        "VEHICLE",
        "page_changed",
        weight(1) | ANSWERED | CHANGED | LOST | FINAL,
    ),
    (
        PageChanged("a", "b", "c", "d"), "VEHICLE", "page_changed",
        weight(1) | ANSWERED | CHANGED | LOST,
    ),
    (NoBookoutLink("x"), "VEHICLE", "no_bookout_link", weight(0) | ANSWERED | TROUBLE),
    (WrongVehicle("x", "Stock #: 1"), "VEHICLE", "wrong_vehicle", WRONG),
    (ReportNotOpened("x"), "VEHICLE", "report_not_opened", TROUBLE | weight(1) | ANSWERED | LOST),
    (BadAddress("x"), "VEHICLE", "report_not_opened", TROUBLE | weight(1) | ANSWERED | LOST),
    (TooLarge(9, 1, "X"), "VEHICLE", "too_large", weight(1) | ANSWERED | CHANGED | FINAL),
    (OSError(errno.EMFILE, "x"), "OUT_OF_DESCRIPTORS", "unexpected_error", NO_PICTURE),
    (InventoryError("x"), "BUG", "unexpected_error", weight(0) | ANSWERED | CHANGED),
    (KeyError("x"), "BUG", "unexpected_error", weight(0) | ANSWERED | BUG),
]  # fmt: skip


@pytest.mark.parametrize(("error", "kind", "reason", "rest"), TABLE)
def test_errors_are_classified(
    error: BaseException, kind: str, reason: str, rest: dict[str, Any]
) -> None:
    assert classify(error) == Failure(FailureKind[kind], error, reason, **rest)


@pytest.mark.parametrize(
    ("error", "has_answered", "reason"),
    [
        (PlaywrightTimeout("x"), False, "site_unreachable"),
        (PlaywrightTimeout("x"), True, "site_trouble"),
        (SiteUnreachable("x"), True, "site_unreachable"),
        (PlaywrightTimeout("Page has been closed"), True, "too_many_failures"),
    ],
)
def test_site_that_has_answered_is_not_called_out_of_reach_for_its_delays(
    error: BaseException, has_answered: bool, reason: str
) -> None:
    assert classify(error).ends_with(has_answered=has_answered) == reason


@pytest.mark.parametrize("reason", sorted(REASONS | {"vin_missing"}))
def test_rejected_bookouts_are_classified(reason: str) -> None:
    trouble = {"empty", "html_page", "login_page", "not_a_pdf", "cut", "unreadable"}
    error = BookoutRejected(reason, "x")
    error.text = "Stock #: 1"
    rest: dict[str, Any] = {
        "streak_weight": 1.0 if reason in trouble else 0.25,
        # What a report names beside its own vehicle was not mixed up with it.
        "shown": "" if reason == "names_others" else error.text,
        "is_final": reason in ("too_heavy", "zip_locked"),
        "may_be_logged_out": reason in NO_PDF,
    }
    assert classify(error) == Failure(
        FailureKind.BOOKOUT_REJECTED, error, reason, **ANSWERED, **REFUSES, **rest
    )


def test_only_failures_common_to_all_requests_end_the_run() -> None:
    ending = {kind for _, kind, _, _ in TABLE if Failure(FailureKind[kind], OSError(), "").ends_run}
    assert ending == {"SITE_MOVED", "NETWORK_REFUSED"}


def test_only_site_failures_pause_all_requests() -> None:
    pausing = {classify(error).kind.name for error, *_ in TABLE if classify(error).pauses_all}
    assert pausing == {"RETRY_AFTER", "SITE_UNREACHABLE", "MAINTENANCE", "ALL_REFUSED"}


MILEAGE = "Mileage is required to create a report."


def refused_as(reason: str) -> BookoutRejected:
    error = BookoutRejected(reason, "A web page")
    error.said = MILEAGE
    return error


@pytest.mark.parametrize(
    "error",
    [
        ReportNotOpened("nothing came of the click").saying(MILEAGE),
        answer_error(500, "a page", said=MILEAGE),
        AllRefused(ServerError(403, "a page").saying(MILEAGE)),
        AskedToWait("A report", "", MILEAGE),
        as_told(PageChanged("a", "b", "c", "d").saying(f"{MILEAGE} Not available at this time.")),
        refused_as("html_page"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_words_of_a_page_are_known_apart_from_the_message(error: Exception) -> None:
    assert classify(error).said.startswith(MILEAGE)
    assert str(error).count("the page says: ") == str(error).count(MILEAGE) == 1


def test_words_of_a_page_are_short_and_ascii_and_without_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redaction, "_hidden", {})
    redaction.hide(["correct horse battery"])
    said = f"{'word ' * 38}correct horse battery"
    assert classify(SiteError("a").saying(said)).said == f"{'word ' * 38}[hidden]"
    shown = classify(SiteError("a").saying("\xe9\n" * 500)).said
    assert shown.isascii() and len(shown) < 210
    assert classify(SiteError("a")).said == classify(ValueError("b")).said == ""


def test_every_error_of_the_pages_is_in_the_table() -> None:
    def below(kind: type[Exception]) -> set[type[Exception]]:
        return {kind}.union(*map(below, kind.__subclasses__()))

    own = {kind for kind in below(SiteError) if kind.__module__ == SiteError.__module__}
    own = own - {SiteError} | {AllRefused, NoRowFits, WrongAddress}
    assert own == {type(error) for error, *_ in TABLE if isinstance(error, SiteError)}


@pytest.mark.parametrize(("error", "kind", "reason", "rest"), TABLE)
def test_scrapy_retries_errors_that_consume_an_attempt_except_bugs(
    error: BaseException, kind: str, reason: str, rest: dict[str, Any]
) -> None:
    names = Settings({"RETRY_EXCEPTIONS": settings.RETRY_EXCEPTIONS}).getlist("RETRY_EXCEPTIONS")
    is_retried = isinstance(error, tuple(load_object(name) for name in names))
    assert is_retried == (kind not in ("BUG", "OUT_OF_DESCRIPTORS"))


@pytest.mark.parametrize(
    ("error", "suggests"),
    [
        (SiteMoved("x", "a", "b"), [False, True]),
        (ServerError(401, "x"), [True, True]),
        (ServerError(502, "x"), [False, False]),
    ],
)
def test_page_of_another_host_suggests_an_end_once_the_site_has_served(
    error: Exception, suggests: list[bool]
) -> None:
    failure = classify(error)
    assert [failure.suggests_end(has_served=served) for served in (False, True)] == suggests
