"""The words of other commands, as the page shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jdp_spider.dashboard import views
from jdp_spider.dashboard.commands import Nights, Said, parse_nightly

STATUS = {
    "installed": True,
    "time": "21:30",
    "until": "05:30",
    "problem": None,
    "sentence": "1,812 saved.",
}


def nights(**changes: Any) -> Nights:
    return parse_nightly(Said(0, f"WARNING: one\n{json.dumps({**STATUS, **changes}, indent=2)}\n"))


def test_enabled_nights_show_the_result_of_the_last_one() -> None:
    found = nights()
    sentence = "Every night at 21:30 until 05:30."
    assert found == Nights(sentence, is_on=True, time="21:30", until="05:30", said="1,812 saved.")
    html = views.nights(found)
    assert 'value="05:30"' in html
    assert "Switch off" in html
    assert 'value="21:30"' in html


def test_disabled_nights_suggest_an_evening_time() -> None:
    found = nights(installed=False, time=None, until=None, sentence="No night was run yet.")
    assert found.sentence == "The nights are switched off."
    assert (found.time, found.until) == ("20:00", "06:00")
    html = views.nights(found)
    assert "Switch on" in html
    assert "Switch off" not in html


def test_night_that_will_not_start_shows_the_reason() -> None:
    found = nights(problem="The folder has moved")
    assert found.sentence == "Every night at 21:30 until 05:30, but it will not start."
    assert found.said == "The folder has moved\n1,812 saved."


def test_nights_without_an_end_are_shown_without_one() -> None:
    found = nights(until=None)
    assert (found.sentence, found.until) == ("Every night at 21:30.", "06:00")


@pytest.mark.parametrize(
    ("wakes", "words"), [(True, "Windows wakes it"), (False, "Nothing wakes it")]
)
def test_page_says_what_a_sleeping_computer_means(wakes: bool, words: str) -> None:
    html = views.nights(nights()._replace(wakes=wakes))
    assert words in html and ("wakes it" in html.replace(words, "")) is False


def test_nights_that_did_not_begin_are_no_success() -> None:
    found = nights(problem="No night has begun since ...", next_run="2026-11-27T21:30-05:00")
    assert found.sentence == "Every night at 21:30 until 05:30, but the last one did not begin."
    assert found.said == "No night has begun since ...\n1,812 saved."


@pytest.mark.parametrize("text", ["", "Unknown command: nightly", "{", "[]", "{}x"])
def test_failed_nightly_command_shows_its_output(text: str) -> None:
    found = parse_nightly(Said(2, text))
    assert (found.is_possible, found.said) == (False, text)
    assert "<form" not in views.nights(found)


def test_output_of_a_command_is_escaped() -> None:
    assert "<b>" not in views.nights(nights(sentence="<b>"))


def test_usage_error_is_shown_without_the_command_name() -> None:
    assert Said(2, "scrapy: error: No scheduler\n\n").last_lines == "No scheduler"


@pytest.mark.parametrize(("user", "whose"), [("me<b>", "me&lt;b&gt;"), ("", "one account")])
def test_nights_of_one_account_say_so_where_there_are_several(user: str, whose: str) -> None:
    html = " ".join(views.nights(nights(), user, has_group=True).split())
    assert f"This gets the reports of {whose} alone." in html
    assert "accounts.toml are not started at night by this: see docs/group.md." in html
    assert "accounts.toml" not in views.nights(nights(), user)
