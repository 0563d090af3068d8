"""A terminal for a Windows program: Wine gives it a console, into which keys are typed."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from typing import TYPE_CHECKING, NamedTuple

from harness.windows.wine import find_wine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from harness.windows.wine import Wine

CTRL_C = b"\x03"
ENTER = b"\r"

_SIZE = struct.pack("HHHH", 40, 160, 0, 0)
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\][^\x07]*\x07")
_HUNG = -1


class Key(NamedTuple):
    """What is typed as soon as something is so."""

    typed: bytes
    when: Callable[[], bool]


def run_in_console(
    wine: Wine,
    command: Sequence[str],
    keys: Sequence[Key] = (),
    *,
    cwd: Path,
    more: Mapping[str, str],
    seconds: float,
) -> tuple[int, str]:
    """Run a Windows program in a console. Return its status, -1 if it hung, and what was shown."""
    program, environment = find_wine(), {**wine.environment(more), "TERM": "xterm"}
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.execve(program, [program, *command], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, _SIZE)
    shown, waiting, end = b"", list(keys), time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.3)[0]:
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if not data:
                break
            shown += data
        if waiting and waiting[0].when():
            os.write(terminal, waiting.pop(0).typed)
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return _HUNG if status < 0 else status, plain(shown)


def plain(shown: bytes) -> str:
    """Return what a console showed, without colours and movements, a line each."""
    text = _CONTROL.sub("", shown.decode("utf-8", "replace")).replace("\r", "\n")
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())
