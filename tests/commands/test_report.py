from __future__ import annotations

import argparse
import os
import signal
import subprocess
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from jdp_spider.commands.report import Command
from jdp_spider.report.process import make_report_in_subprocess
from jdp_spider.utils import cli
from jdp_spider.utils.console import INTERRUPTED

if TYPE_CHECKING:
    from pathlib import Path


def run(*args: str, **settings: str) -> None:
    """Run the command with these arguments."""
    command = Command()
    command.settings = Settings(settings)
    parser = argparse.ArgumentParser()
    command.add_options(parser)
    opts = parser.parse_args([])
    command.process_options(list(args), opts)
    command.run(list(args), opts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "11-23-2026 \xe9"
    (path / "run_data").mkdir(parents=True)
    return path


def test_report_command_prints_the_path(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(str(folder))
    shown = str(folder.resolve() / "report.html").replace("\xe9", r"\xe9")
    assert (capsys.readouterr().out, (folder / "report.html").is_file()) == (f"{shown}\n", True)


NO_FOLDER = f"name one run folder: {cli.scrapy('report downloads/11-23-2026')}"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ((), NO_FOLDER),
        (("a", "b"), NO_FOLDER),
        (("no-such",), "'no-such' is no run folder: it holds no run_data"),
    ],
)
def test_folder_without_a_run_is_refused(args: tuple[str, ...], error: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        run(*args, DOWNLOAD_FOLDER=str(tmp_path))
    assert str(caught.value) == error


def test_unwritable_report_is_an_error(folder: Path) -> None:
    (folder / "report.html").mkdir()
    with pytest.raises(UsageError, match=r"report\.html"):
        run(str(folder))


# In a process of its own


def test_report_is_made_in_a_subprocess(folder: Path) -> None:
    assert make_report_in_subprocess(folder) == ""
    assert (folder / "report.html").is_file()


def test_subprocess_returns_the_reason_of_its_failure(folder: Path) -> None:
    (folder / "report.html").mkdir()
    assert "report.html" in make_report_in_subprocess(folder)


@pytest.mark.parametrize(
    "error", [OSError(8, "cannot start"), subprocess.TimeoutExpired("scrapy", 180)]
)
def test_failed_or_hanging_subprocess_is_reported(
    error: Exception, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(subprocess, "run", fails)
    assert make_report_in_subprocess(folder) == str(error)


def test_subprocess_gets_no_password(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def started(_: list[str], **known: Any) -> SimpleNamespace:
        given.update(known)
        return SimpleNamespace(returncode=1, stdout="")

    monkeypatch.setenv("JD_PASS", "secret")
    monkeypatch.setattr(subprocess, "run", started)
    assert make_report_in_subprocess(folder) == "exit status 1"
    expected = {name: value for name, value in os.environ.items() if name != "JD_PASS"}
    assert given["env"].items() >= {(k, v) for k, v in expected.items() if k != "PYTHONPATH"}
    assert set(given["env"]) == {*expected, "PYTHONPATH"}


@pytest.mark.skipif(os.name == "nt", reason="There a new process is in its group at once")
@pytest.mark.parametrize("status", [-signal.SIGINT, INTERRUPTED])
def test_subprocess_killed_by_ctrl_c_as_it_starts_is_started_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    ends = [status, 0]

    def started(*_: Any, **__: Any) -> SimpleNamespace:
        return SimpleNamespace(returncode=ends.pop(0), stdout="")

    monkeypatch.setattr(subprocess, "run", started)
    assert make_report_in_subprocess(folder) == ""
    assert ends == []
