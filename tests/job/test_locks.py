from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness.process_tree import program_id
from jdp_spider.config.dotenv import PARENT, PROJECT_FOLDER
from jdp_spider.job.locks import AlreadyRunning, RunLock

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from jdp_spider.job.locks import RunLock
lock = RunLock(Path(sys.argv[1]), "job", "job_in_use")
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""
SINCE = r"\d{4}-\d\d-\d\d \d\d:\d\d"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jobs" / "job.lock"


def lock(path: Path) -> RunLock:
    return RunLock(path, "job", "job_in_use")


def refusal(path: Path) -> AlreadyRunning:
    with pytest.raises(AlreadyRunning) as caught:
        lock(path).acquire()
    return caught.value


def other_process(path: Path, parent: str = "") -> subprocess.Popen[str]:
    """Another process, which holds the lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        cwd=PROJECT_FOLDER,
        env={**os.environ, PARENT: parent},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_second_run_is_refused_with_the_lock_holder(path: Path) -> None:
    with other_process(path) as process:
        error, number = refusal(path), program_id(process)
        process.communicate()
    holder = rf"\(process {number}, since {SINCE}\)"
    text = rf"Another run holds this job {holder}: wait for it, or stop it first"
    assert re.fullmatch(text, str(error))
    assert error.close_reason == "job_in_use"


def test_the_lock_of_a_killed_process_does_not_block(path: Path) -> None:
    with other_process(path) as process:
        number = program_id(process)
        process.kill()
        process.communicate()
    assert json.loads(holder_file(path).read_text())["pid"] == number
    mine = lock(path)
    mine.acquire()
    assert json.loads(holder_file(path).read_text())["pid"] == os.getpid()
    mine.release()


def holder_file(path: Path) -> Path:
    return path.with_name("job.holder.json")


def test_released_lock_can_be_acquired(path: Path) -> None:
    first, second = lock(path), lock(path)
    for each in (first, second, first):
        each.acquire()
        assert holder_file(path).exists()
        each.release()
        each.release()
        assert not holder_file(path).exists()


def test_refused_process_does_not_release_the_lock(path: Path) -> None:
    first, second = lock(path), lock(path)
    first.acquire()
    with pytest.raises(AlreadyRunning):
        second.acquire()
    second.release()
    assert f"(process {os.getpid()}, since " in str(refusal(path))
    first.release()


@pytest.mark.parametrize(
    "data", [None, b"", b"garbage", b"\xff", b"7", b"{}", b'{"pid": "x"}', b"[" * 100_000]
)
def test_unreadable_holder_is_not_named(data: bytes | None, path: Path) -> None:
    first = lock(path)
    first.acquire()
    holder_file(path).unlink() if data is None else holder_file(path).write_bytes(data)
    error = refusal(path)
    first.release()
    assert str(error) == "Another run holds this job: wait for it, or stop it first"


def test_a_holder_is_named_in_ascii(path: Path) -> None:
    first = lock(path)
    first.acquire()
    holder_file(path).write_text(json.dumps({"pid": 7, "since": "\xe9\n"}), "utf-8")
    error = refusal(path)
    first.release()
    assert "(process 7, since \\xe9\\n)" in str(error)


def test_lock_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        lock(tmp_path / "file" / "job.lock").acquire()


@pytest.mark.parametrize(
    ("other", "own", "passes"),
    [
        ("leased 3", "leased 4", True),
        ("leased 3", "leased 3", False),
        ("leased 3", "leased 2", False),
        # A crawl that somebody has started by hand.
        ("", "leased 4", False),
        ("leased 3", "", False),
        ("leased 3", "watched", False),
    ],
)
def test_holder_with_an_expired_lease_does_not_block(
    path: Path, monkeypatch: pytest.MonkeyPatch, other: str, own: str, passes: bool
) -> None:
    """It may be frozen, and would hold the lock for ever."""
    monkeypatch.setenv(PARENT, own)
    with other_process(path, other) as process:
        mine = lock(path)
        if passes:
            mine.acquire()
            assert json.loads(holder_file(path).read_text())["pid"] == os.getpid()
            mine.release()
            assert not holder_file(path).exists()
        else:
            refusal(path)
        process.communicate()
