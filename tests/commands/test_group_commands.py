"""What the commands for several accounts say to a wrong call; nothing is started."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from jdp_spider.utils import cli
from tests.support.account_builder import FILE

if TYPE_CHECKING:
    from pathlib import Path


def call(line: str) -> str:
    """What a command has to say to its line of arguments."""
    name, *arguments = line.split()
    command = import_module(f"jdp_spider.commands.{name}").Command()
    command.settings = Settings()
    parser = ArgumentParser()
    command.add_options(parser)
    options, rest = parser.parse_known_args(arguments)
    try:
        command.process_options(rest, options)
        command.run(rest, options)
    except UsageError as error:
        return str(error)
    return ""


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "accounts.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("crawlgroup", "name the file of the accounts: "),
        ("crawlgroup a.toml b.toml", "name the file of the accounts: "),
        ("crawlgroup -s MAX_DOWNLOADS=10 accounts.toml", "MAX_DOWNLOADS by -s reaches none of "),
        ("crawlgroup -s JOBDIR=x accounts.toml", "JOBDIR by -s reaches none of the crawls: "),
        ("crawlgroup -s MAX_DOWNLOAD=1 accounts.toml", "MAX_DOWNLOAD is not a setting; did you "),
        ("crawlgroup no.toml", "no.toml cannot be read (No such file or directory)"),
        ("crawlgroup --at-once 0 accounts.toml", "--at-once must be from 1 to 100"),
        ("crawlgroup --run a/b accounts.toml", "--run must be made of letters, digits, "),
        ("groupworker --at-once 101 accounts.toml", "--at-once must be from 1 to 100"),
        ("groupworker --lease 3 accounts.toml", "--lease must be from 4 to 3600 seconds"),
        ("groupqueue", "expected: scrapy groupqueue init | add FILE | status FILE "),
        ("groupqueue empty", "expected: scrapy groupqueue init | add FILE | status FILE "),
        ("groupqueue init accounts.toml", "init takes no file"),
        ("groupqueue add", "name the file of the accounts: groupqueue add FILE"),
        ("groupqueue status --run .. accounts.toml", "--run must be made of letters, digits, "),
    ],
)
def test_wrong_arguments_are_usage_errors(line: str, problem: str) -> None:
    assert call(line).startswith(problem)


@pytest.mark.parametrize("name", ["crawlgroup", "groupworker", "groupqueue add"])
def test_wrong_accounts_file_is_a_usage_error(file: Path, name: str) -> None:
    file.write_text(f"{FILE}[account.settings]\nCONCURRENT_CONTEXTS = 99\n", encoding="utf-8")
    problem = "CONCURRENT_CONTEXTS must be a whole number from 1 to 20, or auto, got '99'"
    assert call(f"{name} accounts.toml") == f"accounts.toml: account north: {problem}"


@pytest.mark.parametrize("line", ["groupworker accounts.toml", "groupqueue init"])
def test_missing_packages_are_named_with_the_command(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("procrastinate", "procrastinate.exceptions", "jdp_spider.group.worker"):
        monkeypatch.setitem(sys.modules, name, None)
    command = cli.python("-m pip install -r requirements-group.txt")
    assert call(line) == f"the packages of the queue are not installed: {command}"


@pytest.mark.parametrize("line", ["groupqueue init", "groupqueue status accounts.toml"])
def test_unreachable_database_is_an_error(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("procrastinate", reason="requirements-group.txt is not installed")
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "9")
    problem = "The database cannot be used: connection failed: "
    assert call(line).startswith(problem)
