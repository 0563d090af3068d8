"""Commands as their user can type them."""

from __future__ import annotations

import os
import subprocess
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
    call = "& " if os.name == "nt" else ""
    assert cli.scrapy("doctor") == f'{call}"{elsewhere}" -m scrapy doctor'


NAMES = [
    "crawls/run1",
    "my crawls",
    "O'Brien",
    "Smith & Sons (2)",
    "it's $HOME!",
    'the "new" one',
    "a;b|c>d",
    "`back` \\slash",
    "m\xe4rz",
]


@pytest.mark.skipif(os.name == "nt", reason="needs sh")
@pytest.mark.parametrize("name", NAMES)
def test_word_reaches_a_program_as_it_is(name: str) -> None:
    typed = cli.quoted_for_sh(name)
    shown = subprocess.run(["sh", "-c", f"printf %s {typed}"], stdout=subprocess.PIPE, check=True)
    assert os.fsdecode(shown.stdout) == name


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        (r"C:\crawls\run1", r"C:\crawls\run1"),
        (r"my crawls\run1", r'"my crawls\run1"'),
        ("O'Brien", '"O\'Brien"'),
        ("Smith & Sons (2)", '"Smith & Sons (2)"'),
        ("it's $HOME", "'it''s $HOME'"),
    ],
)
def test_word_is_quoted_for_powershell(name: str, typed: str) -> None:
    assert cli.quoted_for_powershell(name) == typed
