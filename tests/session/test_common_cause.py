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
def test_ten_equal_failures_are_a_common_cause(error: Exception) -> None:
    assert sure_after(CommonCause(lambda _: False), *[error] * 12) == 10


def test_bookouts_of_other_vehicles_count_as_equal_failures() -> None:
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
def test_other_failures_have_no_common_cause(errors: list[Exception]) -> None:
    assert sure_after(CommonCause(lambda _: False), *errors) == 0


def test_saved_vehicle_rules_out_a_common_cause() -> None:
    cause = CommonCause(lambda _: False)
    assert sure_after(cause, CHANGED, CHANGED) == 0
    cause.record_success()
    assert sure_after(cause, *[CHANGED] * 12) == 0


def test_repeated_failures_of_a_vehicle_count_once() -> None:
    cause = CommonCause(lambda _: False)
    assert not any(cause.record_failure(VEHICLES[0], classify(CHANGED)) for _ in range(30))


def test_failures_of_an_earlier_run_do_not_count() -> None:
    assert sure_after(CommonCause(lambda _: True), *[CHANGED] * 12) == 0


@pytest.mark.parametrize("error", ALIKE, ids=str)
def test_diagnosis_has_cause_and_advice(error: Exception) -> None:
    what, advice = diagnosis(classify(error))
    assert what.startswith("its ")
    assert advice.endswith(".")


def test_diagnosis_shows_the_line_for_a_renamed_button() -> None:
    what, advice = diagnosis(classify(CHANGED))
    assert "found no 'text:Create PDF' (create_pdf: creates the PDF)" in what
    assert 'create_pdf = "..." into selectors.toml' in advice
