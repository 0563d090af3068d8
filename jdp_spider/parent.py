"""The program that runs this crawl among others: its word comes by standard input, a line each.

JDP_PARENT in the environment says that there is one:

- `watched`: the line `end` asks for the end of the run, as Ctrl-C does. So does the end of the
  input, which comes when that program is gone, however it went.
- `leased TOKEN`: the same, and `until SOFT HARD`: the account is this crawl's until HARD, in
  seconds of `machine_clock`. Behind SOFT the run ends in order; at HARD, or when the wall clock has
  gone on by as much, the process is gone. Of two leases of an account the later one has the higher
  token.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, NoReturn

from jdp_spider.environment import PARENT
from jdp_spider.exit_status import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable

WATCHED = "watched"
LEASED = "leased"

_STDIN = 0
_STDERR = 2
_LOOK_S = 0.25
_WORD_S = 0.2

_lease = (math.inf, math.inf, math.inf)
"""SOFT and HARD as the parent said them last, and HARD by the wall clock."""


def machine_clock() -> float:
    """Seconds of a clock that all processes of this machine share and that goes on in its sleep."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()


def wall_clock() -> float:
    """Seconds of the date and time: what is set right when a virtual machine was paused."""
    return time.time()


def lease_token() -> int | None:
    """The number of the lease that this crawl has; None when it needs none."""
    kind, _, token = os.environ.get(PARENT, "").partition(" ")
    return int(token) if kind == LEASED else None


def check_lease() -> None:
    """End the process when the account may be another crawl's by now.

    A process that was frozen knows nothing of the time that has passed: so this stands before
    everything that reaches the site or the job's folder.
    """
    _, hard, wall_hard = _lease
    if machine_clock() >= hard or wall_clock() >= wall_hard:
        _leave()


def _leave() -> NoReturn:
    # The browser ends with its pipe. No log, no lock and no event loop stands in the way of this,
    # and no folder that is away either: stderr may be a file there.
    try:
        _start(_say_why).join(_WORD_S)
    finally:
        os._exit(ExitStatus.INTERRUPTED)


def _say_why() -> None:
    os.write(_STDERR, b"The account's lease has run out: leaving at once\n")


class Parent:
    """Listens to the parent in a thread, and sees in another that the lease is kept."""

    def __init__(self) -> None:
        self._asked = ""
        self._is_leased = lease_token() is not None
        self._rest = b""
        """The beginning of a line."""

    @property
    def reason(self) -> str:
        """The close reason that the run is to end with; empty while it may go on."""
        if not self._asked and machine_clock() >= _lease[0]:
            return "lease_lost"
        return self._asked

    def listen(self) -> None:
        """Begin. With a lease, return when that is known; the process ends when there is none."""
        if self._is_leased:
            _set_lease(-math.inf, -math.inf)
            while _lease[1] == -math.inf and self._read_on():
                pass
            # Without one nothing begins.
            check_lease()
            _start(self._watch)
        _start(self._listen)

    def _listen(self) -> None:
        while self._read_on():
            pass

    def _read_on(self) -> bool:
        """Obey all that was said meanwhile, or wait for more; whether there is still somebody."""
        # os.read, because a daemon thread inside sys.stdin breaks the interpreter's own end.
        read = os.read(_STDIN, 4096)
        if not read:
            self._asked = self._asked or "parent_gone"
            return False
        *lines, self._rest = (self._rest + read).split(b"\n")
        for line in lines:
            self._obey(line.decode("ascii"))
        return True

    def _obey(self, line: str) -> None:
        if line == "end":
            self._asked = "shutdown"
        else:
            _, soft, hard = line.split()
            _set_lease(float(soft), float(hard))

    def _watch(self) -> None:
        while True:
            check_lease()
            time.sleep(_LOOK_S)


def _set_lease(soft: float, hard: float) -> None:
    global _lease  # noqa: PLW0603
    # The machine's clock stands still with a virtual machine.
    _lease = soft, hard, wall_clock() + hard - machine_clock()


def _start(function: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=function, name="parent", daemon=True)
    thread.start()
    return thread
