from __future__ import annotations

import io
import sys
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from scrapy.exceptions import UsageError

from jdp_spider.commands.prune import Command
from jdp_spider.job.retention import Retention
from jdp_spider.utils import cli
from tests.support.command_call import exit_status
from tests.support.run_folders import make_run

if TYPE_CHECKING:
    from pathlib import Path


def day(days_ago: int) -> date:
    return datetime.now().astimezone().date() - timedelta(days=days_ago)


def name(days_ago: int) -> str:
    return f"{day(days_ago):%m-%d-%Y}"


def run(downloads: Path, *args: str) -> int:
    return exit_status(Command(), args, {"DOWNLOAD_FOLDER": str(downloads)})


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    for days in (0, 30, 31, 40):
        make_run(tmp_path / "downloads", name(days), left=int(days == 40))
    return tmp_path / "downloads"


def table(what: str) -> list[str]:
    rows = [
        f"{name(days):<18}{day(days).isoformat()}       3      0.0{stays}"
        for days, stays in ((40, "  stays: its job is not over"), (31, ""))
    ]
    last = f"1 run, 0.0 MB in all, to be {what}."
    return ["Run               Began        Files       MB", *rows, last]


def test_without_a_terminal_prune_only_lists_the_runs(
    downloads: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(downloads, "--keep-days", "30") == 0
    asked = "Nothing was done. To do it: the same command with --yes."
    assert capsys.readouterr().out.splitlines() == [*table("removed"), asked]
    assert (downloads / name(31)).is_dir()


@pytest.mark.parametrize("answer", ["y", "n", ""])
def test_at_a_terminal_prune_asks_for_confirmation(
    answer: str, downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jdp_spider.commands.prune.is_terminal", lambda _: True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{answer}\n"))
    assert run(downloads, "--keep-days", "30") == 0
    assert (downloads / name(31)).is_dir() == (answer != "y")


def test_packed_run_is_listed_on_the_page_of_all_runs(
    downloads: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(downloads, "--keep-days", "30", "--zip", "--yes") == 0
    what = "packed, each into a zip beside its folder"
    assert capsys.readouterr().out.splitlines() == table(what)
    assert not (downloads / name(31)).exists()
    assert f'href="{name(31)}.zip"' in (downloads / "index.html").read_text("utf-8")


def test_prune_without_old_runs_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "none", "--keep-days", "1", "--yes") == 0
    assert "nothing to do" in capsys.readouterr().out
    assert run(tmp_path, "--keep-days", "1", "--yes") == 0
    assert capsys.readouterr().out == "No run is that old.\nNothing to do.\n"
    assert not (tmp_path / "index.html").exists()


def test_second_prune_at_the_same_time_is_refused(downloads: Path) -> None:
    with Retention(downloads, []):
        assert run(downloads, "--keep-days", "30", "--yes") == 5


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ((), f"say how many days of runs to keep: {cli.scrapy('prune --keep-days 30')}"),
        (("--keep-days", "0"), "--keep-days must be from 1 to 36500"),
        (("--zip",), f"say how many days of runs to keep: {cli.scrapy('prune --keep-days 30')}"),
    ],
)
def test_wrong_options_are_refused(args: tuple[str, ...], problem: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        run(tmp_path, *args)
    assert str(caught.value) == problem
