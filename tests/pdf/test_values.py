from __future__ import annotations

import pytest

from jdp_spider.pdf.values import shows_values


@pytest.mark.parametrize(
    ("text", "shows"),
    [
        ("BOOKOUT REPORT\nStock #: 165548\nClean trade-in $ 21,500", True),
        ("Retail $0.00 Loan $0.50", True),
        ("Retail 21,500 Loan 19,250", True),
        ("Retail $0 Loan $0.00, mileage 45,000", False),
        ("Retail N/A Loan N/A, stock 165548", False),
        ("WINDOW STICKER - AS IS\nStock #: 165548\nMSRP $21,500", False),
        ("", False),
    ],
)
def test_report_shows_values_by_an_amount_and_a_word_for_it(text: str, shows: bool) -> None:
    assert shows_values(text) is shows
