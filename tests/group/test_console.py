from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.group.console import AtWork, Lines, make_screen
from jdp_spider.group.folders import AccountProgress

if TYPE_CHECKING:
    from collections.abc import Iterator

ON_TERMINAL = """
from jdp_spider.group.folders import AccountProgress
from jdp_spider.group.console import AtWork, Bars, make_screen
screen = make_screen()
assert isinstance(screen, Bars)
screen.say("north: started")
screen.show({"north": AtWork(AccountProgress(), "Logged in {at last}")}, "0 of 3 accounts complete")
screen.show({
    "north": AtWork(AccountProgress(4, 1, 1), ""), "south-2": AtWork(AccountProgress(8, 6, 0), ""),
}, "0 of 3 accounts complete")
screen.say("south-2: complete")
screen.show({"north": AtWork(AccountProgress(4, 3, 1), "")}, "1 of 3 accounts complete")
print("", end="CUT", flush=True)
screen.close()
print("Account", flush=True)
"""


def on_terminal(code: str) -> str:
    """What a program writes to a terminal of 80 columns."""
    import fcntl
    import pty
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=PROJECT_FOLDER,
        stdin=slave,
        stdout=slave,
        stderr=slave,
    ) as process:
        os.close(slave)
        written = b"".join(read_all(master))
    assert process.returncode == 0, written
    return written.decode("ascii")


def read_all(descriptor: int) -> Iterator[bytes]:
    try:
        while data := os.read(descriptor, 65536):
            yield data
    except OSError:
        # Linux: the other end is closed.
        return


def shown(written: str) -> list[str]:
    """The lines of a terminal that knows carriage return, line feed and one line up."""
    lines, row, column = [[]], 0, 0  # type: ignore[var-annotated]
    for part in re.findall(r"\x1b\[A|[^\x1b]", written.replace("\r\n", "\n")):
        if part == "\n":
            row, column = row + 1, 0
            lines += [[]] if row == len(lines) else []
        elif part == "\x1b[A":
            row -= 1
        elif part == "\r":
            column = 0
        else:
            lines[row] += [" "] * (column - len(lines[row]))
            lines[row][column : column + 1] = [part]
            column += 1
    return [line for each in lines if (line := "".join(each).rstrip())]


def without_times(lines: list[str]) -> list[str]:
    return [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in lines]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals that Python knows")
def test_each_running_account_has_a_bar_below_the_messages() -> None:
    written = on_terminal(ON_TERMINAL)
    before, _ = written.split("CUT")
    said = ["north: started", "south-2: complete"]
    assert without_times(shown(before)) == [
        *said,
        "north |####################| 3 of 4 saved, 1 failed",
        "1 of 3 accounts complete",
    ]
    # The bars are gone in the end.
    assert without_times(shown(written.replace("CUT", ""))) == [*said, "Account"]


def test_progress_lines_are_printed_once_a_minute(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("jdp_spider.group.console.time.monotonic", lambda: clock[0])
    screen = make_screen()
    assert isinstance(screen, Lines)
    screen.say("north: started")
    for seconds in (0, 59, 60, 61, 119):
        clock[0] = seconds
        screen.show({"north": AtWork(AccountProgress(4, 1, 1), "")}, f"rest {seconds}")
    screen.close()
    assert without_times(capsys.readouterr().err.splitlines()) == [
        "north: started",
        "north: 1 of 4 saved, 1 failed",
        "rest 60",
    ]


def test_closed_terminal_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def write(self, _: str) -> None:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stderr", Gone())
    Lines().say("north: started")


@pytest.mark.parametrize(
    ("standing", "says", "words"),
    [
        (AccountProgress(), "", "logging in, reading the inventory"),
        (AccountProgress(), "next login in 30 s", "next login in 30 s"),
        (AccountProgress(4, 1, 2), "Logged in", "1 of 4 saved, 2 failed"),
    ],
)
def test_progress_of_an_account_in_words(standing: AccountProgress, says: str, words: str) -> None:
    assert AtWork(standing, says).progress == words
