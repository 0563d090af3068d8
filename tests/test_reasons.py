from __future__ import annotations

import pytest

from jdp_spider import reasons
from jdp_spider.utils.text import duration


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (59.6, "1 min 00 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 00 min"),
        (108_009, "30 h 00 min"),
    ],
)
def test_the_time_it_took(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("reason", "words", "advice"),
    [
        ("cut", "The report was not complete", "Once more."),
        ("limit", "MAX_DOWNLOADS was reached", ""),
        ("of_another_version", "Of another version", ""),
        ("", "", ""),
    ],
)
def test_a_reason_in_words(reason: str, words: str, advice: str) -> None:
    assert (reasons.why(reason), reasons.advice(reason)) == (words, advice)


@pytest.mark.parametrize(
    ("reason", "words"),
    [("finished", "came to its end"), ("closespider_timeout", "ended: closespider timeout")],
)
def test_the_end_of_a_run_in_words(reason: str, words: str) -> None:
    assert reasons.ending(reason) == words


@pytest.mark.parametrize(
    ("left", "words"), [(1, "1 vehicle has no report"), (2, "2 vehicles have no report")]
)
def test_how_many_have_no_report(left: int, words: str) -> None:
    assert reasons.have_no_report(left) == words


@pytest.mark.parametrize(
    ("jobdir", "command"),
    [
        ("crawls/run1", "scrapy crawl jdpower -s JOBDIR=crawls/run1"),
        ("my jobs/1", 'scrapy crawl jdpower -s "JOBDIR=my jobs/1"'),
    ],
)
def test_the_command_that_goes_on(jobdir: str, command: str) -> None:
    assert reasons.resume_command(jobdir) == command
