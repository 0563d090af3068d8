"""What a crawl hears from the program that runs it; the processes are real."""

from __future__ import annotations

import codecs
import math
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import pytest

from jdp_spider import supervision
from jdp_spider.config.dotenv import PARENT, PROJECT_FOLDER
from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.supervision import (
    DETACHED,
    LEASED,
    PASSWORD,
    WATCHED,
    Parent,
    check_lease,
    lease_token,
    machine_clock,
    password_line,
)
from jdp_spider.utils.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CRAWL = """
import sys, time
from pathlib import Path
from jdp_spider import supervision as module
from jdp_spider.supervision import Parent, check_lease
def told(path):
    while True:
        try:
            return float(path.read_text())
        except PermissionError:
            # On Windows, while it is replaced.
            time.sleep(0.005)
if sys.argv[1:]:
    module.machine_clock = lambda: told(Path(sys.argv[1]))
    module.wall_clock = lambda: told(Path(sys.argv[1]).with_name("wall"))
supervision = Parent()
supervision.listen()
print("listening", flush=True)
while not supervision.reason:
    check_lease()
    time.sleep(0.02)
ended = module.machine_clock()
print(supervision.reason, flush=True)
while True:
    now = module.machine_clock()
    check_lease()
    if sys.argv[1:] and now > ended:
        print("alive at", now, flush=True)
        ended = now
    time.sleep(0.02)
"""
"""Its clocks stand in the file that is named and one beside it: no load of the computer decides."""
LEFT = "The account's lease has run out: leaving at once"


@contextmanager
def crawl(kind: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", CRAWL, *arguments],
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


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


class Clock:
    """What a crawl takes for the machine's clock, and for date and time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set(0)
        self.set_wall(1_000_000)

    def set(self, seconds: float) -> None:
        # The crawl never finds an empty file.
        write_atomic(self.path, str(seconds).encode())

    def set_wall(self, seconds: float) -> None:
        write_atomic(self.path.with_name("wall"), str(seconds).encode())


def test_end_line_requests_a_shutdown() -> None:
    with crawl(WATCHED) as process:
        assert hear(process) == "listening"
        say(process, "end")
        assert hear(process) == "shutdown"


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Parent, int]]:
    """A listener of this process, and the end of the pipe to write into."""
    reading, writing = os.pipe()
    monkeypatch.setattr(supervision, "_STDIN", reading)
    monkeypatch.setenv(PARENT, WATCHED)
    before = set(threading.enumerate())
    try:
        yield Parent(), writing
    finally:
        os.close(writing)
        for thread in set(threading.enumerate()) - before:
            thread.join(20)
        os.close(reading)


def hears(parent: Parent, what: Callable[[], object]) -> None:
    with parent._heard:
        assert parent._heard.wait_for(what, 20)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("begin", [b"", codecs.BOM_UTF8])
def test_end_line_is_read_with_any_line_end(
    begin: bytes, end: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(monkeypatch) as (parent, pipe):
        os.write(pipe, begin + b"end" + end)
        hears(parent, lambda: parent.reason)
        assert (parent.reason, parent.unknown_lines) == (CloseReason.SHUTDOWN, 0)


@pytest.mark.parametrize(
    "line",
    [
        b"END",
        b"password [[[",
        b"password " + b"[" * 4000,
        b"password 7",
        b"until soon",
        b"until 1",
        b"until nan nan",
        b"until inf inf",
        "\xfcntil".encode("latin-1"),
        b"\0",
    ],
)
def test_unknown_line_is_counted_and_the_next_one_read(
    line: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "_lease", (math.inf, math.inf, math.inf))
    with listening(monkeypatch) as (parent, pipe):
        os.write(pipe, line + b"\r\n")
        hears(parent, lambda: parent.unknown_lines)
        assert parent.reason is None
        os.write(pipe, b"end\r\n")
        hears(parent, lambda: parent.reason)
        assert (parent.reason, parent.unknown_lines) == (CloseReason.SHUTDOWN, 1)


@pytest.mark.parametrize("error", [OSError(9, "Bad file descriptor"), ZeroDivisionError()])
def test_failing_listener_ends_the_run(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> NoReturn:
        raise error

    seen = []
    monkeypatch.setattr(os, "read", fail)
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(args.exc_value))
    with listening(monkeypatch) as (parent, _):
        hears(parent, lambda: parent.reason)
        assert parent.reason == CloseReason.PARENT_GONE
    assert seen == ([] if isinstance(error, OSError) else [error])


def test_closed_input_ends_the_run() -> None:
    with crawl(WATCHED) as process:
        assert process.stdin is not None
        hear(process)
        process.stdin.close()
        assert hear(process) == "parent_gone"


def test_detached_run_ignores_closed_input(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr(supervision, "_STDIN", reading)
    monkeypatch.setenv(PARENT, f"{DETACHED} {PASSWORD}")
    parent = Parent()
    os.write(writing, password_line(SECRET).encode())
    os.close(writing)
    hears(parent, lambda: parent._is_over)
    assert (parent.password(), parent.reason) == (SECRET, None)
    os.close(reading)


def test_first_request_decides_the_close_reason() -> None:
    with crawl(WATCHED) as process:
        assert process.stdin is not None
        say(process, "end")
        process.stdin.close()
        assert (hear(process), hear(process)) == ("listening", "shutdown")


def test_crawl_does_not_begin_without_a_lease() -> None:
    with crawl(f"{LEASED} 7") as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == ExitStatus.INTERRUPTED
        assert hear(process) == LEFT


def test_renewed_lease_continues(clock: Clock) -> None:
    with crawl(f"{LEASED} 7", str(clock.path)) as process:
        say(process, "until 10 20")
        assert hear(process) == "listening"
        say(process, "until 110 120\nend")
        # It has heard of the new time with the end.
        assert hear(process) == "shutdown"
        clock.set(119)
        assert hear(process) == "alive at 119.0"


def test_renewal_sent_during_the_start_counts(clock: Clock) -> None:
    """A computer under load takes longer to start a crawl than the first term lasts."""
    clock.set(15)
    with crawl(f"{LEASED} 7", str(clock.path)) as process:
        say(process, "until 5 10\nuntil 20 30")
        assert hear(process) == "listening"
        say(process, "end")
        assert hear(process) == "shutdown"


def test_expired_lease_ends_the_run_gracefully_and_then_at_once(clock: Clock) -> None:
    with crawl(f"{LEASED} 7", str(clock.path)) as process:
        say(process, "until 10 20")
        assert hear(process) == "listening"
        clock.set(10)
        assert hear(process) == "lease_lost"
        assert process.poll() is None
        clock.set(20)
        assert (hear(process), process.wait(20)) == (LEFT, ExitStatus.INTERRUPTED)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGSTOP")
def test_process_frozen_past_its_lease_exits_at_once(clock: Clock) -> None:
    with crawl(f"{LEASED} 7", str(clock.path)) as process:
        say(process, "until 10 20")
        assert hear(process) == "listening"
        os.kill(process.pid, signal.SIGSTOP)
        clock.set(25)
        # Late word: it was written before, and is read behind its time.
        say(process, "until 15 24")
        os.kill(process.pid, signal.SIGCONT)
        assert process.wait(20) == ExitStatus.INTERRUPTED
        # "lease_lost" may have been said on the way; nothing else was.
        assert {hear(process), hear(process)} <= {"lease_lost", LEFT, ""}


def test_wall_clock_reveals_a_paused_virtual_machine(clock: Clock) -> None:
    """Its own clock stood still meanwhile."""
    with crawl(f"{LEASED} 7", str(clock.path)) as process:
        say(process, "until 10 20")
        assert hear(process) == "listening"
        clock.set_wall(1_000_020)
        assert process.wait(20) == ExitStatus.INTERRUPTED
        assert hear(process) == LEFT


class Left(BaseException):
    """Stands for the end of the process."""


def leave(status: int) -> NoReturn:
    raise Left(status)


def test_unreachable_log_does_not_delay_the_exit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written, back, here = threading.Event(), threading.Event(), threading.get_ident()

    def write(*_: object) -> None:
        assert threading.get_ident() != here, "This would wait for ever"
        back.wait(20)
        written.set()

    monkeypatch.setattr(os, "write", write)
    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(supervision, "_lease", (0.0, 0.0, 0.0))
    with pytest.raises(Left):
        check_lease()
    assert not written.is_set()
    back.set()
    assert written.wait(20)


def test_lease_ends_even_if_no_thread_can_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(supervision, "_start", refuse)
    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(supervision, "_lease", (0.0, 0.0, 0.0))
    with pytest.raises(Left):
        check_lease()


def test_machine_clock_is_the_same_for_all_processes() -> None:
    code = "from jdp_spider.supervision import machine_clock; print(machine_clock())"
    before = machine_clock()
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, cwd=PROJECT_FOLDER, capture_output=True, check=True).stdout
    assert before < float(found) < machine_clock()


@pytest.mark.parametrize(
    ("value", "token"),
    [(None, None), ("", None), (WATCHED, None), (f"{LEASED} 17", 17), ("leased 17 password", 17)],
)
def test_lease_token_is_parsed(
    monkeypatch: pytest.MonkeyPatch, value: str | None, token: int | None
) -> None:
    monkeypatch.delenv(PARENT, raising=False)
    if value is not None:
        monkeypatch.setenv(PARENT, value)
    assert lease_token() == token


TOLD = """
import sys
from jdp_spider import supervision
from jdp_spider.config import credentials
if sys.argv[1:]:
    supervision._PASSWORD_S = float(sys.argv[1])
credentials.collect(supervision.read_password)
print(ascii(credentials.given("JD_PASS")), flush=True)
listening = supervision.the_parent()
listening.listen()
while not listening.reason:
    pass
print(listening.reason, flush=True)
"""
SECRET = "p\xe4 \u20ac\"'\\\r\n$"


@contextmanager
def told(kind: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A crawl that collects its password, and says what it is, and then why it is to end."""
    with subprocess.Popen(
        [sys.executable, "-c", TOLD, *arguments],
        cwd=PROJECT_FOLDER,
        env={**os.environ, PARENT: kind, "PYTHONUTF8": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    ) as process:
        yield process
        process.kill()


def lines_of(process: subprocess.Popen[bytes], number: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().decode("ascii").strip() for _ in range(number)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("kind", [WATCHED, f"{LEASED} 7"])
def test_password_is_read_first_with_any_line_end(kind: str, end: str) -> None:
    with told(f"{kind} {PASSWORD}") as process:
        assert process.stdin is not None
        lease = [f"until {machine_clock() + 60} {machine_clock() + 90}"] * (kind != WATCHED)
        said = [password_line(SECRET), *lease, "", "what is not known", "end", ""]
        process.stdin.write(end.join(said).encode("ascii"))
        assert lines_of(process, 2) == [ascii(SECRET), "shutdown"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"end\n", "shutdown"),
        (b"", "parent_gone"),
        (b'password "cut', "parent_gone"),
        (b'password 2026\npassword "late"\nend\n', "shutdown"),
        (b"\xff\xfe\nend\r\n", "shutdown"),
    ],
)
def test_wait_for_the_password_ends_with_another_line(said: bytes, reason: str) -> None:
    with told(f"{WATCHED} {PASSWORD}", "600") as process:
        assert process.stdin is not None
        process.stdin.write(said)
        if not said.endswith(b"\n"):
            process.stdin.close()
        assert lines_of(process, 2) == ["''", reason]


def test_wait_for_the_password_has_a_timeout() -> None:
    with told(f"{WATCHED} {PASSWORD}", "0.2") as process:
        assert process.stdin is not None
        assert lines_of(process, 1) == ["''"]
        process.stdin.write(b"end\n")
        assert lines_of(process, 1) == ["shutdown"]


def test_the_last_line_needs_no_end() -> None:
    with told(f"{WATCHED} {PASSWORD}") as process:
        assert process.stdin is not None
        process.stdin.write(password_line(SECRET).encode("ascii"))
        process.stdin.close()
        assert lines_of(process, 2) == [ascii(SECRET), "parent_gone"]
