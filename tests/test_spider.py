"""What the spider says of reports."""

from __future__ import annotations

import pytest

from jdp_spider.spiders.jdpower import _tell_of_missing_values
from tests.support.factories import vehicle

ONE = "The report of vehicle 165548 shows no values"


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ([False] * 3, [*[ONE] * 3, "None of the first 3 reports shows values: look at one"]),
        ([True, False, True], [ONE]),
        ([True, *[False] * 12], [ONE] * 10),
        ([False], [ONE]),
    ],
)
def test_missing_values_are_logged_for_a_few_reports(
    shown: list[bool], told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    for reports in range(1, len(shown) + 1):
        if not shown[reports - 1]:
            _tell_of_missing_values(vehicle("165548"), shown[:reports].count(False), reports)
    assert caplog.messages == told
