"""What the commands print before they begin: errors without a lesson in usage, derived settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp_spider.utils import cli
from tests.contract.commands import environment, many, scrapy
from tests.support.marks import long

if TYPE_CHECKING:
    from pathlib import Path


def test_error_in_dotenv_is_reported_first(tmp_path: Path) -> None:
    dotenv = tmp_path / "example.env"
    dotenv.write_text("JD_USER=me\nJD_PASS secret\n", encoding="ascii")
    done = scrapy("crawl", "jdpower", environment=environment(JDP_ENV_FILE=str(dotenv)))
    assert (done.status, done.output) == (
        2,
        f"scrapy: error: {dotenv}, line 2: expected NAME=value\n",
    )


def test_dotenv_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    dotenv = tmp_path / "example.env"
    dotenv.write_text("JD_USER=me\nJD_PASS secret\n", encoding="ascii")
    commands = [
        ["settings", "--get", "CONCURRENT_REQUESTS"],
        ["prune", "--keep-days", "3"],
        ["verify"],
        ["report"],
        ["support", "new.zip"],
        ["login", "--forget"],
    ]
    done = many(commands, JDP_ENV_FILE=str(dotenv))
    expected = (2, f"scrapy: error: {dotenv}, line 2: expected NAME=value\n")
    assert [(each.status, each.output) for each in done] == [expected] * len(commands)


def test_wrong_call_gives_no_lesson_in_usage() -> None:
    (done,) = many([["support"]])
    command = cli.scrapy("support support.zip")
    expected = f"scrapy: error: name the file to write: {command}\n"
    assert (done.status, done.output) == (2, expected)


@pytest.mark.parametrize(
    ("more", "printed"),
    [
        ([], "5"),
        long(["-s", "CONCURRENT_CONTEXTS=3"], "3"),
        (["-s", "CONCURRENT_REQUESTS=4"], "4"),
        # What a crawl would refuse is no trouble here.
        (["-s", "CONCURRENT_CONTEXTS=many"], "16"),
    ],
)
def test_settings_command_needs_no_account(more: list[str], printed: str) -> None:
    (done,) = many([["settings", "--get", "CONCURRENT_REQUESTS", *more]])
    assert (done.status, done.output) == (0, f"{printed}\n")


def test_settings_command_prints_only_the_account_that_was_given() -> None:
    done = many([["settings", "--get", name] for name in ("JD_USER", "JD_PASS")])
    assert [each.output for each in done] == ["None\n", "None\n"]
