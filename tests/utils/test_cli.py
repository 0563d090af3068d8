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
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Scrapy in an environment below the current folder, started by its path."""
    program = tmp_path / ".venv" / "bin" / f"scrapy{EXE}"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(program), "crawl", "jdpower"])
    monkeypatch.setenv("PATH", "/nowhere")
    return program


def test_scrapy_off_path_needs_full_path(program: Path) -> None:
    assert cli.scrapy("doctor") == f"{IN_VENV}scrapy doctor"


def test_scrapy_on_path_needs_no_path(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(program.parent))
    assert cli.scrapy("doctor") == "scrapy doctor"


def test_another_scrapy_on_path_needs_full_path(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"scrapy{EXE}").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cli.scrapy("doctor") == f"{IN_VENV}scrapy doctor"


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
    elsewhere = Path(Path.cwd().anchor, "my programs", "scrapy")
    monkeypatch.setattr(sys, "argv", [str(elsewhere)])
    assert cli.scrapy("doctor") == f'"{elsewhere}" doctor'


def test_environment_python_is_named_by_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a link to the system's, where the packages must not go."""
    python = tmp_path / ".venv" / "bin" / f"python{EXE}"
    python.parent.mkdir(parents=True)
    try:
        python.symlink_to(sys.base_prefix)
    except OSError:
        # Windows lets only some users make one, and its environments have none.
        python.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(python))
    assert cli.python("-m pip") == f"{IN_VENV}python{EXE} -m pip"
