from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from jdp_spider.config.names import AT_END
from jdp_spider.job import on_end
from jdp_spider.job.ending import Ending
from jdp_spider.job.on_end import Files, run_on_end, summary
from jdp_spider.job.run_folders import Figures
from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.utils import redaction
from tests.support.run_folders import make_run

if TYPE_CHECKING:
    from pathlib import Path

DONE = Ending(ExitStatus.COMPLETE, CloseReason.FINISHED)
KEEP = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"


def run(code: str, *arguments: str, files: Files | None = None) -> str:
    return run_on_end((sys.executable, "-c", code, *arguments), DONE, files or Files())


def test_command_gets_result_and_paths_but_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JD_PASS", "s3cret")
    monkeypatch.setenv("JDP_PROXY", "http://me:s3cret@proxy/")
    monkeypatch.setenv("JDP_PARENT", "watched password")
    folder, out = make_run(tmp_path, "11-23-2026 \xe9", failed=2, left=1), tmp_path / "out.json"
    files = Files(folder, folder / "report.html", folder / "no.log")
    end = Ending(ExitStatus.SOME_FAILED, CloseReason.FINISHED)
    command = (sys.executable, "-c", KEEP, str(out))
    assert run_on_end(command, end, files, tries=3) == ""
    found = json.loads(out.read_text())
    assert {name: found[name] for name in AT_END} == {
        "JDP_OUTCOME": "some_failed",
        "JDP_EXIT_STATUS": "3",
        "JDP_CLOSE_REASON": "finished",
        "JDP_SUMMARY": "The run came to its end: 7 of 10 saved, 2 failed, 1 not attempted.",
        "JDP_TOTAL": "10",
        "JDP_SAVED": "7",
        "JDP_FAILED": "2",
        "JDP_NOT_AVAILABLE": "0",
        "JDP_NOT_ATTEMPTED": "1",
        "JDP_RUN_FOLDER": str(folder.resolve()),
        "JDP_REPORT": str((folder / "report.html").resolve()),
        "JDP_LOG": "",
        "JDP_TRIES": "3",
    }
    assert {"JD_PASS", "JDP_PROXY", "JDP_PARENT"} & set(found) == set()
    assert "s3cret" not in out.read_text()


def test_a_run_without_a_folder_has_no_counts() -> None:
    said = summary(Ending(ExitStatus.LOGIN_REFUSED, CloseReason.LOGIN_REFUSED), Figures())
    assert said == "The run ended: the site refused the login."
    assert summary(Ending(ExitStatus.UNEXPECTED), Figures()) == "The run ended: broke off."


def test_what_the_site_said_is_in_the_summary() -> None:
    end = Ending(ExitStatus.SITE_TROUBLE, CloseReason.SITE_TROUBLE, "The page says: Queued")
    words = "The run ended: the site did not give what it was asked for"
    assert summary(end, Figures()) == f"{words}. The page says: Queued."
    assert summary(end, Figures(total=2, saved=1)) == (
        f"{words}: 1 of 2 saved, 1 not attempted. The page says: Queued."
    )


def test_empty_command_does_nothing() -> None:
    assert run_on_end((), DONE, Files()) == ""


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("pass", ""),
        ("raise SystemExit(7)", "exit status 7"),
        ("print('a'); print('\\u00fcber'); raise SystemExit(1)", r"exit status 1: \xfcber"),
        ("print('pw=hunter22x'); raise SystemExit(1)", "exit status 1: pw=[hidden]"),
        ("print('x' * 5000); raise SystemExit(1)", f"exit status 1: {'x' * 200}"),
    ],
)
def test_failure_is_described_in_one_ascii_line(
    code: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    redaction.hide(["hunter22x"])
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    assert run(code) == problem


@pytest.mark.parametrize("command", [("/no/such\xe9",), ("a\0b",)])
def test_command_that_cannot_be_started_is_reported(command: tuple[str, ...]) -> None:
    said = run_on_end(command, DONE, Files())
    assert said and said.isascii()


def test_command_runs_without_a_shell(tmp_path: Path) -> None:
    code = "import sys; raise SystemExit(sys.argv[1] != '; touch x & echo $HOME > y')"
    assert run(code, "; touch x & echo $HOME > y") == ""


@pytest.mark.skipif(os.name == "nt", reason="looks at the processes as POSIX has them")
def test_slow_command_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_end, "_LIMIT_S", 2.0)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # The grandchild holds the other end of the pipe for as long as it lives.
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    code = f"import subprocess as s; s.run(['sh', '-c', 'exec 9>{pipe}; echo >&9; sleep 99'])"
    assert run(code) == "it was killed after 2 s"
    os.set_blocking(reader, True)
    assert (os.read(reader, 10), os.read(reader, 10)) == (b"\n", b"")
    os.close(reader)
