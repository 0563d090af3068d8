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
    "login_postponed",
    "login_refused",
    "login_page",
    "site_error",
    "site_moved",
    "unknown_page",
}


def kinds_of(error: type[SiteError]) -> set[type[SiteError]]:
    return {error}.union(*map(kinds_of, error.__subclasses__()))


def test_every_error_reason_is_registered() -> None:
    said = {
        str(vars(kind).get("reason", "site_error")) for kind in kinds_of(SiteError)
    } | pdf_errors.REASONS
    said |= {failures.classify(error("")).reason for error in (PlaywrightTimeout, ValueError)}
    assert said - NO_VEHICLES_REASONS <= set(FailureReason)


def test_reason_is_written_as_its_word() -> None:
    reason = RunEnded(CloseReason.SITE_MOVED).reason
    shown = [f"{reason}", str(reason), json.dumps(reason), pprint.pformat(reason)]
    assert shown == ["site_moved", "site_moved", '"site_moved"', "'site_moved'"]
    assert {reason: 1} == {"site_moved": 1}


def test_unknown_close_reason_is_an_error() -> None:
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
def test_duration_is_shown_in_words(seconds: float, shown: str) -> None:
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
def test_failure_reason_is_shown_in_words(reason: str, words: str, advice: str) -> None:
    assert (reasons.why(reason), reasons.advice(reason)) == (words, advice)


@pytest.mark.parametrize(
    ("reason", "words"),
    [("finished", "came to its end"), ("closespider_timeout", "ended: closespider timeout")],
)
def test_close_reason_is_shown_in_words(reason: str, words: str) -> None:
    assert reasons.ending(reason) == words


@pytest.mark.parametrize(
    ("left", "words"), [(1, "1 vehicle has no report"), (2, "2 vehicles have no report")]
)
def test_number_without_a_bookout_is_shown_in_words(left: int, words: str) -> None:
    assert have_no_report(left) == words


@pytest.mark.parametrize(
    ("jobdir", "command"),
    [
        ("crawls/run1", " -m scrapy crawl jdpower -s JOBDIR=crawls/run1"),
        ("my jobs/1", ' -m scrapy crawl jdpower -s "JOBDIR=my jobs/1"'),
    ],
)
def test_resume_command_names_the_jobdir(jobdir: str, command: str) -> None:
    assert resume_command(jobdir).endswith(command)


def test_every_failure_reason_has_a_remedy() -> None:
    found: dict[Remedy, set[str]] = {each: set() for each in Remedy}
    for reason in (*FailureReason, "of_a_newer_version"):
        found[remedy(reason)].add(str(reason))
    assert found[Remedy.SOLD] == {"no_bookout_link"}
    assert found[Remedy.PERSON] == {
        *("file_in_use", "no_reference", "no_text", "of_a_newer_version", "too_large"),
        *("names_others", "unreadable_text", "zip_locked", "zip_unclear"),
    }
