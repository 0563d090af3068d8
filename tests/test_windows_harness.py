"""The tests on Windows: what is built, what is compared, and what is said where it cannot run."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fcntl", reason="Wine runs on Linux")

from harness.windows import __main__ as command
from harness.windows import build, wine
from harness.windows.bridge import translated, translated_back, unix_path
from harness.windows.results import Results, read_expected, read_results, summary
from harness.windows.terminal import plain
from harness.windows.wine import Missing, Wine
from jdp_spider.config.dotenv import PROJECT_FOLDER

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest">
<testcase classname="tests.job.test_job" name="test_a" time="0.1"/>
<testcase classname="tests.job.test_job" name="test_b[x/y]">
<failure message="one&#10;two"/></testcase>
<testcase classname="tests.job.test_job" name="test_b[z]"><error message="three"/></testcase>
<testcase classname="tests.job.test_job" name="test_c"><skipped message="no"/></testcase>
<testcase classname="tests.job.test_job" name="test_d"/>
<testcase classname="tests.job.test_job" name="test_d"><error message="at its end"/></testcase>
</testsuite></testsuites>
"""


def test_every_expected_failure_has_a_reason_and_a_test() -> None:
    for test, reason in read_expected().items():
        path, _, name = test.partition("::")
        tree = ast.parse((PROJECT_FOLDER / path).read_text("utf-8"))
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        names |= {n.name for n in ast.walk(tree) if isinstance(n, ast.AsyncFunctionDef)}
        assert name.partition("[")[0] in names, test
        assert len(reason.split()) > 3, test


def test_failures_are_compared_with_the_expected_ones(tmp_path: Path) -> None:
    path = tmp_path / "results.xml"
    path.write_text(RESULTS, encoding="utf-8")
    results = read_results(path)
    expected = {
        "tests/job/test_job.py::test_b[x/y]": "why",
        "tests/job/test_job.py::test_a": "why",
        "tests/job/test_job.py::test_b": "no pattern: another test",
    }
    assert results.unexpected(expected) == {
        "tests/job/test_job.py::test_b[z]": "three",
        "tests/job/test_job.py::test_d": "at its end",
    }
    assert results.stale(expected) == ["tests/job/test_job.py::test_a"]
    text = "1 passed, 2 failed, 1 failed as expected of Wine, 1 skipped"
    assert summary(results, expected) == text


def test_windows_paths_are_translated(tmp_path: Path) -> None:
    (tmp_path / "Users" / "root").mkdir(parents=True)
    found = tmp_path / "Users" / "root"
    assert unix_path(r"C:\users\ROOT\new", tmp_path) == str(found / "new")
    assert unix_path("/tmp/x", tmp_path) == "/tmp/x"
    assert unix_path(r"Z:\tmp", tmp_path) == "/tmp"
    message = {"method": "Browser.setDownloadBehavior", "params": {"downloadPath": r"C:\users\x"}}
    sent = json.loads(translated(json.dumps(message).encode(), tmp_path))
    assert sent["params"]["downloadPath"] == str(tmp_path / "Users" / "x")
    assert translated(b'{"id":1}', tmp_path) == b'{"id":1}'


def test_addresses_of_files_are_translated_both_ways(tmp_path: Path) -> None:
    (tmp_path / "Users" / "a b").mkdir(parents=True)
    sent = translated(b'{"url":"file:///C:/users/a%20b/r.html?x#y"}', tmp_path)
    here = (tmp_path / "Users" / "a b" / "r.html").as_uri()
    assert sent == f'{{"url":"{here}?x#y"}}'.encode()
    back = translated_back(sent, tmp_path)
    assert back == b'{"url":"file:///C:/Users/a%20b/r.html?x#y"}'


def test_console_output_is_read_without_colours() -> None:
    shown = b"\x1b[?25l\x1b[2JINFO: a\x1b[K\r\nb\rc  \r\n\r\n\x1b]0;title\x07"
    assert plain(shown) == "INFO: a\nb\nc"


def test_copy_contains_uncommitted_changes(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "a").mkdir(parents=True)
    subprocess.run(["git", "init", "-q"], cwd=source, check=True)
    (source / ".gitignore").write_text("*.log\n")
    (source / "a" / "b.txt").write_text("one")
    (source / "x.log").touch()
    assert build.copy_project(source, target) == 2
    for name in (".venv/kept", "old.txt", "a/b.txt"):
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text("two")
    assert build.copy_project(source, target) == 2
    left = {p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()}
    assert left == {".gitignore", "a/b.txt", ".venv/kept"}
    assert (target / "a" / "b.txt").read_text() == "one"


@pytest.mark.parametrize(
    ("there", "lacks"),
    [
        ((), "Wine is not installed. On Debian: apt-get install wine "),
        (("wine64",), "x86_64-w64-mingw32-gcc is not installed. On Debian: apt-get install "),
        (("wine64", wine.COMPILER), "chromium-headless-shell is not installed. On Debian: "),
    ],
)
def test_missing_programs_are_named(
    there: tuple[str, ...],
    lacks: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(wine, "_WINE_PLACES", ())
    monkeypatch.setattr(shutil, "which", lambda name: name if name in there else None)
    assert command.main(["--cache", str(tmp_path / "cache")]) == 2
    assert capsys.readouterr().err.startswith(f"Error: {lacks}")


def test_foreign_folder_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    with pytest.raises(Missing, match="is not empty, and not a cache of this command"):
        build._clear(tmp_path)
    (tmp_path / "made-by-harness").touch()
    (tmp_path / "prefix").mkdir()
    build._clear(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_windows_program_gets_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JD_PASS", "secret")
    found = Wine(PROJECT_FOLDER).environment({"JD_USER": "demo"})
    assert ("JD_PASS" in found, found["JD_USER"]) == (False, "demo")


def test_pytest_run_without_results_is_not_a_success() -> None:
    assert summary(Results(), {}).startswith("0 passed, 0 failed")
