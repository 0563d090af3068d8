from __future__ import annotations

import json
import pprint

import pytest
from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider import failures, reasons
from jdp_spider.failures import RunEnded
from jdp_spider.pages.errors import SiteError
from jdp_spider.pdf import errors as pdf_errors
from jdp_spider.reasons import CloseReason, FailureReason, Remedy, remedy
from jdp_spider.utils.cli import resume_command
from jdp_spider.utils.text import duration, have_no_report

# These end the login or the whole run, or are turned into another reason: no vehicle fails by them.
NO_VEHICLES_REASONS = {
    "active_session",
    "login_refused",
    "login_page",
    "site_error",
    "site_moved",
    "unknown_page",
}


def kinds_of(error: type[SiteError]) -> set[type[SiteError]]:
    return {error}.union(*map(kinds_of, error.__subclasses__()))


def test_every_reason_of_an_error_is_in_the_registry() -> None:
    said = {
        str(vars(kind).get("reason", "site_error")) for kind in kinds_of(SiteError)
    } | pdf_errors.REASONS
    said |= {failures.classify(error("")).reason for error in (PlaywrightTimeout, ValueError)}
    assert said - NO_VEHICLES_REASONS <= set(FailureReason)


def test_a_reason_is_its_word_in_every_document() -> None:
    reason = RunEnded(CloseReason.SITE_MOVED).reason
    shown = [f"{reason}", str(reason), json.dumps(reason), pprint.pformat(reason)]
    assert shown == ["site_moved", "site_moved", '"site_moved"', "'site_moved'"]
    assert {reason: 1} == {"site_moved": 1}


def test_the_run_ends_for_a_known_reason_only() -> None:
    with pytest.raises(ValueError, match="'site_move' is not a valid CloseReason"):
        CloseReason("site_move")


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
    assert have_no_report(left) == words


@pytest.mark.parametrize(
    ("jobdir", "command"),
    [
        ("crawls/run1", " -m scrapy crawl jdpower -s JOBDIR=crawls/run1"),
        ("my jobs/1", ' -m scrapy crawl jdpower -s "JOBDIR=my jobs/1"'),
    ],
)
def test_the_command_that_goes_on(jobdir: str, command: str) -> None:
    assert resume_command(jobdir).endswith(command)


def test_failures_are_for_another_try_for_nobody_or_for_a_person() -> None:
    found: dict[Remedy, set[str]] = {each: set() for each in Remedy}
    for reason in (*FailureReason, "of_a_newer_version"):
        found[remedy(reason)].add(str(reason))
    assert found[Remedy.SOLD] == {"no_bookout_link"}
    assert found[Remedy.PERSON] == {
        *("file_in_use", "no_reference", "no_text", "of_a_newer_version", "too_large"),
        "unreadable_text",
    }
