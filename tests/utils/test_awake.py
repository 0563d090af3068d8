"""What keeps the computer awake ends with the run, and with the process."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness.process_tree import survivors, tree
from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.utils import awake
from jdp_spider.utils.awake import Awake

if TYPE_CHECKING:
    from pathlib import Path

    import psutil

KILLED = """
import sys
from jdp_spider.utils import awake
awake._helper_command = lambda: sys.argv[1:]
assert awake.Awake().start() == ""
print("awake", flush=True)
sys.stdin.read()
"""
WAITS = [sys.executable, "-c", "import sys; sys.stdin.read()"]

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has a function for it")


def children() -> list[psutil.Process]:
    return tree(os.getpid())[1:]


@posix_only
def test_the_helper_ends_with_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awake, "_helper_command", lambda: WAITS)
    before, holding = children(), Awake()
    assert (holding.start(), holding.problem()) == ("", "")
    (helper,) = [child for child in children() if child not in before]
    holding.stop()
    assert not helper.is_running()
    holding.stop()


@posix_only
def test_the_helper_ends_with_a_process_that_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, *WAITS],
        cwd=PROJECT_FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"awake"
        (helper,) = tree(process.pid)[1:]
        process.kill()
    assert survivors([helper], 20) == []


@posix_only
def test_missing_or_failing_helper_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(awake, "_helper_command", lambda: ["no-such-program"])
    assert Awake().start() == "no-such-program is not installed"
    broken = tmp_path / "broken"
    broken.write_bytes(b"\0")
    broken.chmod(0o755)
    monkeypatch.setattr(awake, "_helper_command", lambda: [str(broken)])
    assert Awake().start() == f"{broken} does not start: Exec format error"
    monkeypatch.setattr(awake, "_helper_command", lambda: [sys.executable, "-c", "exit(7)"])
    holding = Awake()
    assert holding.start() == ""
    assert holding._helper is not None
    holding._helper.wait(20)
    assert holding.problem() == f"{sys.executable} ended with status 7"
    holding.stop()


@pytest.mark.parametrize(
    ("platform", "command"),
    [
        ("darwin", ["caffeinate", "-i", "-w", str(os.getpid())]),
        ("linux", ["systemd-inhibit", *awake._WHO, "cat"]),
    ],
)
def test_the_helper_of_each_system(
    platform: str, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert awake._helper_command() == command


@pytest.mark.skipif(sys.platform != "win32", reason="A function of Windows")
def test_windows_request_is_set_and_cleared() -> None:
    holding = Awake()
    assert holding.start() == ""
    thread = holding._thread
    assert thread is not None
    holding.stop()
    assert (thread.is_alive(), thread.refused) == (False, False)
