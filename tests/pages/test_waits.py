from __future__ import annotations

import math
from email.utils import formatdate

import pytest

from jdp_spider.pages import waits as module
from jdp_spider.pages.waits import LONGEST_WAIT_S, bounded_wait, retry_after, time_in_words

NOW = 1_700_000_000.0
MOST = 1e12


@pytest.mark.parametrize(
    ("asked", "seconds", "said"),
    [
        (90.0, 90.0, []),
        (3600.0, 3600.0, []),
        (0.0, 10.0, []),
        (-5.0, 10.0, []),
        (math.nan, 10.0, []),
        (3660.0, 3600.0, ["The site asks to wait 61 minutes; trying again after 60"]),
        (6e7, 3600.0, ["The site asks to wait 1000000 minutes; trying again after 60"]),
        (math.inf, 3600.0, ["The site asks to wait inf minutes; trying again after 60"]),
    ],
)
def test_wait_is_bounded_and_logged(
    asked: float, seconds: float, said: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert LONGEST_WAIT_S == 3600
    assert (bounded_wait(asked, 10.0), caplog.messages) == (seconds, said)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please wait 5 minutes and try again.", 300.0),
        ("Wait 2.5 Minutes", 150.0),
        ("1 minute 30 seconds", 90.0),
        ("a 30-minute period", 1800.0),
        ("in 2 hours", 7200.0),
        ("1 hour 5 minutes 3 seconds", 3903.0),
        ("wait 1,000 minutes", 60_000.0),
        ("wait 1000000 minutes", 6e7),
        (f"wait {'9' * 400} minutes", MOST),
        (f"wait {'9' * 400} minutes {'9' * 400} hours", MOST),
        ("wait 0 minutes", 0.0),
        ("5 minutes, or 9 minutes", 300.0),
        ("wait \u0665 minutes", None),
        ("wait 1\u0665 minutes", None),
        ("wait \u06651 minutes", None),
        ("wait \u00b2 minutes", None),
        ("wait 5 \u017feconds", None),
        ("wait 1e9 minutes", None),
        ("wait a few minutes", None),
        ("wait 5", None),
        ("", None),
        (f"{'9' * 1_000_000} minutes", None),
        (f"{'1,' * 500_000} minutes", None),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_time_in_words_is_parsed(text: str, seconds: float | None) -> None:
    assert time_in_words(text) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("999999", 999_999.0),
        ("9" * 400, MOST),
        ("9" * 100_000, MOST),
        (formatdate(NOW + 90, usegmt=True), 90.0),
        (formatdate(NOW - 90, usegmt=True), 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799.0 - NOW),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0.0),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("1e9", None),
        ("nan", None),
        ("inf", None),
        ("\u0665", None),
        ("\u00b2", None),
        ("", None),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_retry_after_is_parsed(
    value: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "time", lambda: NOW)
    assert retry_after({"retry-after": value}) == seconds


def test_date_is_compared_with_the_one_of_the_answer() -> None:
    """This computer's clock may be wrong by days."""
    answer = {
        "date": "Sat, 28 Nov 2099 12:00:00 GMT",
        "retry-after": "Sat, 28 Nov 2099 12:00:03 GMT",
    }
    assert retry_after(answer) == 3


def test_missing_retry_after_is_none() -> None:
    assert retry_after({"content-type": "text/html"}) is None
