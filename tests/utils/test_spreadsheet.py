from __future__ import annotations

import pytest

from jdp_spider.utils.spreadsheet import is_changed_number


@pytest.mark.parametrize(
    ("changed", "original"),
    [
        ("165548.00", "165548"),
        ("165548.0", "165548"),
        ("165,548", "165548"),
        ("165,548.00", "165548"),
        ("165.548", "165548"),
        ("165\u00a0548", "165548"),
        ("'165548.0", "165548"),
        ("1.65548E+11", "165548000123"),
        ("1,65548E+11", "165548000123"),
        ("1.65548E+11", "165547999999"),
        ("1.2E+46", "12E45"),
        ("1650", "001650"),
        ("165.0", "000165"),
    ],
)
def test_number_is_known_in_the_form_of_a_spreadsheet(changed: str, original: str) -> None:
    assert is_changed_number(changed, original)


@pytest.mark.parametrize(
    ("changed", "original"),
    [
        ("165548", "165548"),
        ("165548.50", "165548"),
        ("165548.00", "165549"),
        ("16,5548", "165548"),
        ("165,549", "165548"),
        ("1.65548E+11", "165549000000"),
        ("1.65548E+12", "165548000123"),
        ("1.65548E-11", "165548000123"),
        ("01650", "1650"),
        ("165548", "165548A"),
        ("165548.00", "165548A"),
        ("165548A", "0165548"),
        ("12.0", "12"),
        ("", "000"),
        ("\u0661\u0662\u0663", "0123"),
    ],
)
def test_other_numbers_are_others(changed: str, original: str) -> None:
    assert not is_changed_number(changed, original)
