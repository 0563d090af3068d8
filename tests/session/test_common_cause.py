from __future__ import annotations

import pytest

from jdp_spider.failures import classify
from jdp_spider.pages.errors import (
    ConnectionFailed,
    LoggedOut,
    NoBookoutLink,
    PageChanged,
    ReportNotOpened,
    ServerError,
    WrongVehicle,
)
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.session.common_cause import CommonCause, diagnosis
from tests.support.factories import vehicle

VEHICLES = [vehicle(str(1000 + number), number % 9) for number in range(12)]
CHANGED = PageChanged("Reports dialog", "create_pdf", "text:Create PDF", "creates the PDF")
ALIKE = [
    CHANGED,
    ServerError(404, "x"),
    ReportNotOpened("x"),
    WrongVehicle("x"),
    BookoutRejected("html_page", "x"),
    BookoutRejected("unreadable_text", "x"),
]


def sure_after(cause: CommonCause, *errors: Exception) -> int:
    """At which vehicle it is sure, if each fails so; 0: at none."""
    for number, error in enumerate(errors):
        if cause.record_failure(VEHICLES[number], classify(error)):
            return number + 1
    return 0


@pytest.mark.parametrize("error", ALIKE, ids=str)
def test_ten_vehicles_that_fail_alike_have_one_cause(error: Exception) -> None:
    assert sure_after(CommonCause(lambda _: False), *[error] * 12) == 10


def test_reports_of_others_are_alike_whatever_they_name() -> None:
    errors = [BookoutRejected(("other_vin", "other_reference")[n % 2], "x") for n in range(12)]
    assert sure_after(CommonCause(lambda _: False), *errors) == 10


@pytest.mark.parametrize(
    "errors",
    [
        [ServerError(404 + number, "x") for number in range(12)],
        [NoBookoutLink("x")] * 12,
        [ServerError(500, "x")] * 12,
        [ConnectionFailed("x")] * 12,
        [LoggedOut("x")] * 12,
    ],
)
def test_other_failures_have_none(errors: list[Exception]) -> None:
    assert sure_after(CommonCause(lambda _: False), *errors) == 0


def test_a_saved_vehicle_says_that_the_others_fail_for_themselves() -> None:
    cause = CommonCause(lambda _: False)
    assert sure_after(cause, CHANGED, CHANGED) == 0
    cause.record_success()
    assert sure_after(cause, *[CHANGED] * 12) == 0


def test_one_vehicle_that_fails_often_is_one() -> None:
    cause = CommonCause(lambda _: False)
    assert not any(cause.record_failure(VEHICLES[0], classify(CHANGED)) for _ in range(30))


def test_vehicles_that_failed_in_an_earlier_run_are_no_evidence() -> None:
    assert sure_after(CommonCause(lambda _: True), *[CHANGED] * 12) == 0


@pytest.mark.parametrize("error", ALIKE, ids=str)
def test_the_cause_is_told_with_what_to_do(error: Exception) -> None:
    what, advice = diagnosis(classify(error))
    assert what.startswith("its ")
    assert advice.endswith(".")


def test_a_renamed_button_is_named_with_its_line() -> None:
    what, advice = diagnosis(classify(CHANGED))
    assert "found no 'text:Create PDF' (create_pdf: creates the PDF)" in what
    assert 'create_pdf = "..." into selectors.toml' in advice
