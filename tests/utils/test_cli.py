"""Commands as their user can type them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from jdp_spider.utils import cli

EXE = ".exe" if os.name == "nt" else ""
IN_VENV = f".venv{os.sep}bin{os.sep}"


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment's Python below the current folder: a link to the system's.

    The packages must not go there.
    """
    python = tmp_path / ".venv" / "bin" / f"python{EXE}"
    python.parent.mkdir(parents=True)
    try:
        python.symlink_to(sys.base_prefix)
    except OSError:
        # Windows lets only some users make one, and its environments have none.
        python.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(python))
    return python


@pytest.mark.usefixtures("python")
def test_environment_python_is_named_by_link() -> None:
    assert cli.python("-m pip") == f"{IN_VENV}python{EXE} -m pip"


@pytest.mark.usefixtures("python")
def test_scrapy_is_started_by_python_whatever_program_started_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", [".venv/bin/scrapy", "crawl", "jdpower"])
    assert cli.scrapy("doctor") == f"{IN_VENV}python{EXE} -m scrapy doctor"
    expected = f'{IN_VENV}python{EXE} -m scrapy crawl jdpower -s "JOBDIR=my crawls"'
    assert cli.resume_command("my crawls") == expected


def test_python_path_with_space_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    elsewhere = Path(Path.cwd().anchor, "my programs", "python")
    monkeypatch.setattr(sys, "executable", str(elsewhere))
    assert cli.scrapy("doctor") == f'"{elsewhere}" -m scrapy doctor'
