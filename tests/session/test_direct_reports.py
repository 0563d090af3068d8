from __future__ import annotations

import pytest
from scrapy.utils.test import get_crawler

from jdp_spider.pages.errors import ServerError
from jdp_spider.pages.transfer import ReportRequest
from jdp_spider.session.direct_reports import DirectReports

SITE = "http://site/Report/GetPdfReport"


def asked(number: str, reports: str = "bookout") -> ReportRequest:
    return ReportRequest(f"{SITE}?vehicleId={number}&reports={reports}")


def posted(number: str) -> ReportRequest:
    return ReportRequest(SITE, "POST", f"reports=bookout&vehicleId={number}")


def direct(*, wanted: bool = True) -> DirectReports:
    crawler = get_crawler()
    crawler._apply_settings()
    return DirectReports(crawler, wanted=wanted)


def trusted() -> DirectReports:
    """Lessons learned, and three comparisons without a difference."""
    reports = direct()
    for number in "12345":
        reports.add_sample(number, asked(number))
    for number in ("61", "62", "63"):
        compared(reports, number, "says", "says")
    return reports


def compared(reports: DirectReports, number: str, directly: str, opened: str) -> None:
    assert reports.request(number) == asked(number)
    assert reports.is_compared(number, directly)
    assert reports.request(number) is None
    reports.compare(number, number, opened)


def test_three_are_compared_before_any_is_taken() -> None:
    reports = trusted()
    assert reports.request("71") == asked("71")
    assert not reports.is_compared("71", "whatever")
    assert reports._crawler.stats.get_stats() == {"jdp/direct/compared_count": 3}


def test_meanwhile_the_others_are_opened_and_never_compared() -> None:
    reports = direct()
    for number in "12345":
        assert reports.request(number) is None
        reports.add_sample(number, asked(number))
    assert [reports.request(n) is None for n in ("1", "61", "62", "63", "64")] == [
        *(True, False, False, False, True)
    ]
    reports.drop("61")
    assert [reports.request(n) is None for n in ("64", "65", "66")] == [True, False, True]


@pytest.mark.parametrize(("directly", "opened"), [("old", "new"), ("", ""), ("", "new")])
def test_a_difference_ends_it_for_the_run(
    directly: str, opened: str, caplog: pytest.LogCaptureFixture
) -> None:
    reports = direct()
    for number in "12345":
        reports.add_sample(number, asked(number))
    assert [reports.request(number) for number in ("61", "62")] == [asked("61"), asked("62")]
    for number in ("61", "62"):
        assert reports.is_compared(number, directly)
    for number in ("61", "62"):
        reports.compare(number, number, opened)
    assert reports.request("71") is None
    assert [r.getMessage()[:19] for r in caplog.records] == ["The report of vehic"]
    stats = reports._crawler.stats.get_stats()
    assert stats == {"jdp/direct/compared_count": 1, "jdp/direct/given_up": 1}


@pytest.mark.parametrize("request_of", [asked, posted])
def test_five_vehicles_teach_the_request(request_of: type[ReportRequest]) -> None:
    reports = direct()
    for number in ("7001", "7002", "7003", "7004"):
        reports.add_sample(number, request_of(number))
        assert reports.request("7098") is None
    reports.add_sample("7005", request_of("7005"))
    assert reports.request("7099") == request_of("7099")
    for no_id in ("", "../7001", "7001&x=1", "\u0667", "1" * 21):
        assert reports.request(no_id) is None


def test_it_is_learned_only_where_it_is_wanted() -> None:
    reports = direct(wanted=False)
    for number in range(9):
        reports.add_sample(str(number), asked(str(number)))
    assert reports.request("7") is None


@pytest.mark.parametrize(
    ("number", "request_"),
    [
        ("7001", asked("7002")),
        ("7001", asked("70010")),
        ("7001", asked("7001", reports="7001")),
        ("7001", ReportRequest(SITE)),
        ("", asked("7001")),
        ("7", ReportRequest("http://7.7/GetPdfReport")),
        ("127", ReportRequest("http://127.0.0.1/GetPdfReport")),
        ("GetPdfReport", ReportRequest(SITE)),
    ],
)
def test_a_request_that_does_not_name_the_id_just_once_teaches_nothing(
    number: str, request_: ReportRequest
) -> None:
    reports = direct()
    for _ in range(9):
        reports.add_sample(number, request_)
    assert reports.request("7099") is None


def test_lessons_must_agree_in_a_row() -> None:
    reports = direct()
    for number in ("1", "2", "3", "4"):
        reports.add_sample(number, asked(number))
    reports.add_sample("5", asked("5", reports="summary"))
    for number in ("6", "7", "8", "9"):
        assert reports.request("78") is None
        reports.add_sample(number, asked(number, reports="summary"))
    assert reports.request("77") == asked("77", reports="summary")


def test_the_first_refusal_ends_it_for_the_run() -> None:
    reports = direct()
    for _ in range(2):
        for number in ("1", "2", "3", "4", "5"):
            reports.add_sample(number, asked(number))
        reports.give_up(ServerError(500, "x"))
        assert reports.request("6") is None
