"""Pages that put vehicles off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.failures import FailureKind, classify
from jdp_spider.pages.errors import PageChanged
from jdp_spider.pdf.errors import BookoutRejected
from jdp_spider.session.told_later import ToldLater
from tests.support.factories import vehicle

if TYPE_CHECKING:
    from collections.abc import Callable

UPDATED = "Values are being updated. Please try again in a few minutes."
UNABLE = "We are unable to process your request at this time. Incident ID: 8f3c-11"
TRIM = "More than one vehicle matches. Please select the trim to continue."


def no_button() -> Any:
    return PageChanged("Vehicle", "reports", "button", "opens the reports dialog")


def no_report() -> Any:
    return BookoutRejected("html_page", "A web page instead of a PDF, with the title 'Report'")


def kinds(
    said: str, numbers: str, *, make: Callable[[], Any] = no_button, has_served: bool = True
) -> list[FailureKind]:
    """Return what the failures of these vehicles come to; "s" is a success in between."""
    told, found = ToldLater(), []
    for number in numbers:
        if number == "s":
            told.record_success()
            continue
        error = make()
        error.said = said
        cause = told.cause(vehicle(number), classify(error), has_served=has_served)
        found.append(cause.kind)
    return found


def test_site_that_puts_all_vehicles_off_is_awaited_as_in_maintenance() -> None:
    own, for_all = FailureKind.VEHICLE, FailureKind.MAINTENANCE
    assert kinds(UPDATED, "1234") == [own, own, for_all, for_all]
    assert kinds(UPDATED, "1112") == [own] * 4
    assert kinds(UPDATED, "12s34s56") == [own] * 6
    assert kinds(TRIM, "12345") == [own] * 5
    # A night may begin with what is left: vehicles for which there are no values.
    assert kinds(UPDATED, "12345", has_served=False) == [own] * 5


def test_site_that_sends_such_pages_for_all_reports_is_awaited_as_well() -> None:
    own, for_all = FailureKind.BOOKOUT_REJECTED, FailureKind.MAINTENANCE
    assert kinds(UNABLE, "1234", make=no_report) == [own, own, for_all, for_all]
    assert kinds("No values for this vehicle", "1234", make=no_report) == [own] * 4


@pytest.mark.parametrize(
    "text",
    [
        "Bookouts are not available at the moment.",
        "The service is currently unavailable",
        "December values are being loaded",
        "Please check back soon",
        "Come back in 10 minutes",
        UNABLE,
    ],
)
def test_words_that_put_off_are_known(text: str) -> None:
    assert kinds(text, "123")[-1] is FailureKind.MAINTENANCE
