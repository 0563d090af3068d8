"""Commands as their user can type them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from jdp_spider.utils import cli

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Scrapy in an environment below the current folder, started by its path."""
    program = tmp_path / ".venv" / "bin" / "scrapy"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(program), "crawl", "jdpower"])
    monkeypatch.setenv("PATH", "/nowhere")
    return program


def test_scrapy_off_path_needs_full_path(program: Path) -> None:
    assert cli.scrapy("doctor") == ".venv/bin/scrapy doctor"


def test_scrapy_on_path_needs_no_path(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(program.parent))
    assert cli.scrapy("doctor") == "scrapy doctor"


def test_another_scrapy_on_path_needs_full_path(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scrapy").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cli.scrapy("doctor") == ".venv/bin/scrapy doctor"


def test_scrapy_in_another_program_keeps_name(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [str(program.parent / "pytest")])
    assert cli.scrapy("doctor") == "scrapy doctor"


def test_program_path_with_space_is_quoted(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    monkeypatch.setattr(sys, "argv", ["/my programs/scrapy"])
    assert cli.scrapy("doctor") == '"/my programs/scrapy" doctor'


def test_environment_python_is_named_by_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a link to the system's, where the packages must not go."""
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to("/usr/bin/env")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(python))
    assert cli.python("-m pip") == ".venv/bin/python -m pip"
