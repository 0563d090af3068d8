"""What a crawl hears from the program that runs it; the processes are real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from jdp_spider.environment import PARENT, PROJECT_FOLDER
from jdp_spider.exit_status import ExitStatus
from jdp_spider.parent import LEASED, WATCHED, lease_token, machine_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

CRAWL = """
import time
from jdp_spider.parent import Parent, check_lease
parent = Parent()
parent.listen()
print("listening", flush=True)
while not parent.reason:
    check_lease()
    time.sleep(0.02)
print(parent.reason, flush=True)
while True:
    check_lease()
    time.sleep(0.02)
"""
LEFT = "The account's lease has run out: leaving at once"


@contextmanager
def crawl(kind: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", CRAWL],
        cwd=PROJECT_FOLDER,
        env={**os.environ, PARENT: kind},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="ascii",
    ) as process:
        yield process
        process.kill()


def say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def lease(process: subprocess.Popen[str], soft: float, hard: float) -> None:
    now = machine_clock()
    say(process, f"until {now + soft!r} {now + hard!r}")


def test_it_is_asked_to_end() -> None:
    with crawl(WATCHED) as process:
        assert hear(process) == "listening"
        say(process, "end")
        assert hear(process) == "shutdown"


def test_nobody_runs_it_any_more() -> None:
    with crawl(WATCHED) as process:
        assert process.stdin is not None
        hear(process)
        process.stdin.close()
        assert hear(process) == "parent_gone"


def test_what_was_asked_for_first_is_the_reason() -> None:
    with crawl(WATCHED) as process:
        assert process.stdin is not None
        say(process, "end")
        process.stdin.close()
        assert (hear(process), hear(process)) == ("listening", "shutdown")


def test_without_a_lease_nothing_begins() -> None:
    with crawl(f"{LEASED} 7") as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == ExitStatus.INTERRUPTED
        assert hear(process) == LEFT


def test_a_lease_that_is_renewed_goes_on() -> None:
    with crawl(f"{LEASED} 7") as process:
        for _ in range(6):
            lease(process, 1.0, 30)
            time.sleep(0.3)
        assert hear(process) == "listening"
        say(process, "end")
        assert hear(process) == "shutdown"


def test_what_was_said_while_it_started_counts() -> None:
    """A computer under load takes longer to start a crawl than the first term lasts."""
    with crawl(f"{LEASED} 7") as process:
        lease(process, -2.0, -1.0)
        lease(process, 20, 30)
        assert hear(process) == "listening"
        say(process, "end")
        assert hear(process) == "shutdown"


def test_a_lease_that_is_not_renewed_ends_in_order_and_then_at_once() -> None:
    with crawl(f"{LEASED} 7") as process:
        lease(process, 0.5, 1.5)
        found = [hear(process) for _ in range(3)]
        assert (found, process.wait(20)) == (
            ["listening", "lease_lost", LEFT],
            ExitStatus.INTERRUPTED,
        )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGSTOP")
def test_one_that_was_frozen_past_its_lease_does_nothing_more() -> None:
    with crawl(f"{LEASED} 7") as process:
        lease(process, 1.0, 1.5)
        assert hear(process) == "listening"
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(2.0)
        # Late word: it was written before, and is read behind its time.
        lease(process, -1.5, -1.0)
        os.kill(process.pid, signal.SIGCONT)
        assert process.wait(20) == ExitStatus.INTERRUPTED
        # "lease_lost" may have been said on the way; nothing else was.
        assert {hear(process), hear(process)} <= {"lease_lost", LEFT, ""}


def test_the_clock_of_the_machine_is_the_same_for_all() -> None:
    code = "from jdp_spider.parent import machine_clock; print(machine_clock())"
    before = machine_clock()
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, cwd=PROJECT_FOLDER, capture_output=True, check=True).stdout
    assert before < float(found) < machine_clock()


@pytest.mark.parametrize(
    ("value", "token"), [(None, None), ("", None), (WATCHED, None), (f"{LEASED} 17", 17)]
)
def test_the_number_of_the_lease(
    monkeypatch: pytest.MonkeyPatch, value: str | None, token: int | None
) -> None:
    monkeypatch.delenv(PARENT, raising=False)
    if value is not None:
        monkeypatch.setenv(PARENT, value)
    assert lease_token() == token
