from __future__ import annotations

import pytest

from jdp_spider.pdf.sameness import lasting

REPORT = """\
Bookout Report
{}
Stock #: 165548
VIN: 1HGCM82633A004352
Mileage: 41,250
Adjusted value $21,500 $20,100"""

SAME = [
    ("Printed 11/26/2026 10:15:32 AM", "Printed 11/27/2026 9:05:01 PM"),
    ("2026-11-26T10:15:32.123Z", "2026-11-26T10:16:01.9Z"),
    ("2026-11-26 10:15 +01:00", "2026-11-27 11:15 +02:00"),
    ("Thursday, November 26, 2026", "Friday, November 27, 2026"),
    ("26 Nov 2026, 10.15 h, 9:00", "27 Nov 2026, 10.15 h, 9:01"),
    ("26.11.2026", "27.11.2026"),
    ("Report ID: 10041", "Report ID: 10042"),
    ("Report #10041", "Report #10042"),
    ("Report ID\n10041", "Report ID\n10042"),
    ("Confirmation No. AB-10041", "Confirmation No. AB-10042"),
    ("Page 1 of 2", "Page 1 of 3"),
    ("0b8f6e9a-0d7b-4c53-9a6c-3f1f0d9e8a10", "1c8f6e9a-0d7b-4c53-9a6c-3f1f0d9e8a11"),
    ("00010041", "00010042"),
    ("Values Online 201000041", "Values Online 201000042"),
    ("BK-10041", "BK-10042"),
    ("Q-2026-0010041", "Q-2026-0010042"),
    ("RPT10041", "RPT10042"),
    ("20261126101532", "20261126101601"),
    ("a  b", "a b"),
]
OTHER = [
    ("List price: $21,500", "List price: $21,000"),
    ("Mileage: 41,250", "Mileage: 41,260"),
    ("Base value 21500", "Base value 21525"),
    ("21500", "21501"),
    ("Price 121500", "Price 121501"),
    ("USD21500", "USD21501"),
    ("$1215000", "$1215001"),
    ("1215000.50", "1215001.50"),
    ("41250 mi", "41251 mi"),
    ("MSRP-21500", "MSRP-21501"),
    ("F-150", "F-250"),
    ("Values as of 10/31/2026", "Values as of 11/30/2026"),
    ("Valuation date:\n10/31/2026", "Valuation date:\n11/30/2026"),
    ("Period: November 1, 2026", "Period: October 1, 2026"),
    ("Navigation System $350", "Navigation System"),
    ("Certified", "Not certified"),
]


@pytest.mark.parametrize(("one", "two"), SAME)
def test_creation_time_is_ignored(one: str, two: str) -> None:
    assert lasting(REPORT.format(one)) == lasting(REPORT.format(two))


@pytest.mark.parametrize(("one", "two"), OTHER)
def test_different_values_make_different_text(one: str, two: str) -> None:
    assert lasting(REPORT.format(one)) != lasting(REPORT.format(two))


def test_all_other_text_is_compared() -> None:
    assert lasting(REPORT.format("Page 2")) == (
        "bookout report stock #: 165548 vin: 1hgcm82633a004352 mileage: 41,250 "
        "adjusted value $21,500 $20,100"
    )
