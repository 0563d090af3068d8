from __future__ import annotations

import pytest
from scrapy.utils.test import get_crawler

from jdp_spider.failures import classify
from jdp_spider.inventory import Vehicle
from jdp_spider.pages.errors import ConnectionFailed, LoggedOut, ServerError, SiteError
from jdp_spider.pages.file_request import ReportRequest
from jdp_spider.session.direct_reports import DirectReports

SITE = "http://site/Report/GetPdfReport"


def asked(number: str, reports: str = "bookout") -> ReportRequest:
    return ReportRequest(f"{SITE}?vehicleId={number}&reports={reports}")


def posted(number: str) -> ReportRequest:
    return ReportRequest(SITE, "POST", f"reports=bookout&vehicleId={number}")


def car(number: str) -> Vehicle:
    return Vehicle(f"S{number}", "", 1, "", "", "")


class Reports(DirectReports):
    """Takes a number for all that is known of a vehicle."""

    def asks(self, number: str) -> ReportRequest | None:
        return self.request(car(number), number, f"http://site/BookOut/{number}")

    def learn(self, number: str, request: ReportRequest, generation: int = 1) -> None:
        self.add_sample(car(number), number, f"http://site/BookOut/{number}", request, generation)

    def refused(self, number: str, generation: int, error: SiteError) -> bool:
        return self.record_failure(car(number), classify(error), generation)


def direct(*, wanted: bool = True) -> Reports:
    crawler = get_crawler()
    crawler._apply_settings()
    return Reports(crawler, wanted=wanted)


def trusted() -> Reports:
    """Lessons learned, and three comparisons without a difference."""
    reports = direct()
    for number in "12345":
        reports.learn(number, asked(number))
    for number in ("61", "62", "63"):
        compared(reports, number, "says", "says")
    return reports


def compared(reports: Reports, number: str, directly: str, opened: str) -> None:
    assert reports.asks(number) == asked(number)
    assert reports.is_compared(car(number), directly)
    assert reports.asks(number) is None
    reports.compare(car(number), opened)


def test_three_bookouts_are_compared_before_one_is_accepted() -> None:
    reports = trusted()
    assert reports.asks("71") == asked("71")
    assert not reports.is_compared(car("71"), "whatever")
    assert reports._crawler.stats.get_stats() == {"jdp/direct/compared_count": 3}


def test_other_vehicles_are_opened_normally_during_the_comparison() -> None:
    reports = direct()
    for number in "12345":
        assert reports.asks(number) is None
        reports.learn(number, asked(number))
    assert [reports.asks(n) is None for n in ("1", "61", "62", "63", "64")] == [
        *(True, False, False, False, True)
    ]
    reports.drop(car("61"))
    assert [reports.asks(n) is None for n in ("64", "65", "66")] == [True, False, True]


@pytest.mark.parametrize(("directly", "opened"), [("old", "new"), ("", ""), ("", "new")])
def test_difference_ends_direct_requests_for_the_run(
    directly: str, opened: str, caplog: pytest.LogCaptureFixture
) -> None:
    reports = direct()
    for number in "12345":
        reports.learn(number, asked(number))
    assert [reports.asks(number) for number in ("61", "62")] == [asked("61"), asked("62")]
    for number in ("61", "62"):
        assert reports.is_compared(car(number), directly)
    for number in ("61", "62"):
        reports.compare(car(number), opened)
    assert reports.asks("71") is None
    assert [r.getMessage()[:19] for r in caplog.records] == ["The report of vehic"]
    stats = reports._crawler.stats.get_stats()
    assert stats == {"jdp/direct/compared_count": 1, "jdp/direct/given_up": 1}


@pytest.mark.parametrize("request_of", [asked, posted])
def test_request_is_learned_from_five_vehicles(request_of: type[ReportRequest]) -> None:
    reports = direct()
    for number in ("7001", "7002", "7003", "7004"):
        reports.learn(number, request_of(number))
        assert reports.asks("7098") is None
    reports.learn("7005", request_of("7005"))
    assert reports.asks("7099") == request_of("7099")


def test_nothing_is_learned_if_direct_requests_are_off() -> None:
    reports = direct(wanted=False)
    for number in range(9):
        reports.learn(str(number), asked(str(number)))
    assert reports.asks("7") is None


def test_consecutive_lessons_must_agree() -> None:
    reports = direct()
    for number in ("1", "2", "3", "4"):
        reports.learn(number, asked(number))
    reports.learn("5", asked("5", reports="summary"))
    for number in ("6", "7", "8", "9"):
        assert reports.asks("78") is None
        reports.learn(number, asked(number, reports="summary"))
    assert reports.asks("77") == asked("77", reports="summary")


def test_first_refusal_ends_direct_requests_for_the_run() -> None:
    reports = direct()
    for _ in range(2):
        for number in ("1", "2", "3", "4", "5"):
            reports.learn(number, asked(number))
        reports.refused("99", 1, ServerError(500, "x"))
        assert reports.asks("6") is None


def test_vehicle_whose_direct_request_failed_is_opened() -> None:
    reports = trusted()
    assert not reports.refused("71", 1, ConnectionFailed("x"))
    assert reports.asks("71") is None
    assert reports.asks("72") == asked("72")


def test_request_is_learned_again_after_a_new_login() -> None:
    reports = trusted()
    assert reports.asks("71") == asked("71")
    assert reports.refused("71", 2, ServerError(403, "x"))
    for number in ("81", "82", "83", "84", "85"):
        assert reports.asks(number) is None
        # Others of the old kind were still on their way.
        assert reports.refused(f"{number}0", 2, ServerError(403, "x"))
        reports.learn(number, asked(number, reports="other"), 2)
    assert reports.refused("86", 1, ServerError(403, "x"))
    assert reports.asks("91") == asked("91", reports="other")
    reports.refused("91", 2, ServerError(403, "x"))
    assert reports.asks("92") is None


def learn_five(reports: Reports, generation: int) -> None:
    for number in range(5):
        reports.learn(f"{generation}{number}", asked(f"{generation}{number}"), generation)


def test_end_of_the_session_does_not_end_direct_requests() -> None:
    reports = trusted()
    for generation in range(1, 6):
        for number in ("71", "72"):
            reports.refused(f"{number}{generation}", generation, LoggedOut("x"))
        assert reports.asks("99") == asked("99")
        reports.record_success()


def test_token_of_an_ended_session_is_learned_again() -> None:
    reports = trusted()
    reports.refused("71", 1, LoggedOut("x"))
    assert reports.asks("72") == asked("72")
    reports.refused("72", 2, LoggedOut("x"))
    assert reports.asks("73") is None
    learn_five(reports, 2)
    assert reports.asks("74") == asked("74")


def test_site_that_answers_direct_requests_by_its_login_gets_no_more_of_them() -> None:
    reports = direct()
    asked_directly = 0
    for generation in range(1, 9):
        learn_five(reports, generation)
        if reports.asks(f"7{generation}"):
            asked_directly += 1
            assert not reports.refused(f"7{generation}", generation, LoggedOut("x"))
    assert asked_directly == 3
    assert reports._crawler.stats.get_value("jdp/direct/given_up") == 1
