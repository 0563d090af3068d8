"""The program that runs this crawl among others: its word comes by standard input, a line each.

JDP_PARENT in the environment says that there is one, and what it says first:

- `watched`: the line `end` asks for the end of the run, as Ctrl-C does. So does the end of the
  input, which comes when that program is gone, however it went.
- `leased TOKEN`: the same, and `until SOFT HARD`: the account is this crawl's until HARD, in
  seconds of `machine_clock`. Behind SOFT the run ends in order; at HARD, or when the wall clock has
  gone on by as much, the process is gone. Of two leases of an account the later one has the higher
  token.
- `detached`: nothing but the line `end` ends the run: the end of the input means nothing.
- `password` behind any of them: the line `password TEXT` comes first, TEXT being a JSON string of
  ASCII characters. Unlike the environment, the input is inherited by nobody.

A line ends with LF, CR LF or CR, and the input may begin with the mark that Windows programs put
before UTF-8. Empty lines mean nothing. Lines that are not known, or are malformed, are counted and
otherwise ignored; their text, which may be a secret, appears nowhere.
"""

from __future__ import annotations

import codecs
import json
import math
import os
import re
import sys
import threading
import time
from functools import cache
from typing import TYPE_CHECKING, NoReturn

from jdp_spider.config.dotenv import PARENT
from jdp_spider.reasons import CloseReason, ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable

WATCHED = "watched"
DETACHED = "detached"
LEASED = "leased"
PASSWORD = "password"

_STDIN = 0
_STDERR = 2
_LINE_END = re.compile(rb"\r\n|\n|\r")
_LOOK_S = 0.25
_PASSWORD_S = 30.0
"""How long is waited for the password: it is in the pipe before this process has begun."""
_WORD_S = 0.2

_lease = (math.inf, math.inf, math.inf)
"""SOFT and HARD as the parent said them last, and HARD by the wall clock."""


def machine_clock() -> float:
    """Return seconds of a clock that all processes here share and that includes suspended time."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()


def wall_clock() -> float:
    """Return epoch seconds, which are corrected after a virtual machine was paused."""
    return time.time()


def lease_token() -> int | None:
    """Return the token of this crawl's lease, or None if it needs none."""
    kind, *words = os.environ.get(PARENT, "").split() or [""]
    return int(words[0]) if kind == LEASED else None


def password_line(password: str) -> str:
    """Return the line that gives a crawl its password."""
    return f"{PASSWORD} {json.dumps(password)}"


def read_password() -> str:
    """Return the password from the parent, or "" if it sends none.

    A parent that sends something else first, is gone, or is silent for too long sends none.
    """
    if PASSWORD not in os.environ.get(PARENT, "").split():
        return ""
    return the_parent().password()


@cache
def the_parent() -> Parent:
    """Return the one listener of this process: two would take the words from each other."""
    return Parent()


def check_lease() -> None:
    """End the process when the account may be another crawl's by now.

    A process that was frozen does not know how much time has passed: so call this before everything
    that reaches the site or the job's folder.
    """
    _, hard, wall_hard = _lease
    if machine_clock() >= hard or wall_clock() >= wall_hard:
        _leave()


def _leave() -> NoReturn:
    # The browser ends with its pipe. Nothing may delay this: no log, lock or event loop,
    # nor a folder that is away, where stderr may be a file.
    try:
        _start(_say_why).join(_WORD_S)
    finally:
        os._exit(ExitStatus.INTERRUPTED)


def _say_why() -> None:
    os.write(_STDERR, b"The account's lease has run out: leaving at once\n")


class Parent:
    """Listens to the parent in a thread, and sees in another that the lease is kept."""

    def __init__(self) -> None:
        """Begin to listen."""
        self._asked: CloseReason | None = None
        self._is_leased = lease_token() is not None
        self._is_detached = DETACHED in os.environ.get(PARENT, "").split()
        self._rest = b""
        """The beginning of a line."""
        self._is_over = False
        """Whether the input has come to its end."""
        self._is_first = True
        """Whether nothing was read yet."""
        self._password: str | None = None
        """None as long as nothing was said at all."""
        self.unknown_lines = 0
        """How many lines were not known or malformed."""
        self._heard = threading.Condition()
        """Notified when all that has come was obeyed: the last word counts."""
        if self._is_leased:
            _set_lease(-math.inf, -math.inf)
        _start(self._listen)

    @property
    def reason(self) -> CloseReason | None:
        """Return the close reason to end the run with, or None while it may continue."""
        if not self._asked and machine_clock() >= _lease[0]:
            return CloseReason.LEASE_LOST
        return self._asked

    def listen(self) -> None:
        """With a lease, return once it is known; end the process if there is none."""
        if not self._is_leased:
            return
        with self._heard:
            self._heard.wait_for(lambda: _lease[1] != -math.inf or self._is_over)
        # Without one nothing begins.
        check_lease()
        _start(self._watch)

    def password(self) -> str:
        """Return the password if the parent sent it first, else ""."""
        with self._heard:
            self._heard.wait_for(lambda: self._password is not None, _PASSWORD_S)
            password, self._password = self._password or "", ""
        return password

    def _listen(self) -> None:
        try:
            while read := _read():
                self._take(read)
        finally:
            # However this thread ends: nobody would hear the end of the input after it.
            self._take(b"")

    def _take(self, read: bytes) -> None:
        """Obey the bytes read; none mean the end of the input."""
        with self._heard:
            *lines, self._rest = _LINE_END.split(self._rest + read)
            self._is_over = not read
            if self._is_over:
                # A truncated line may mean something else than was sent; a password is checked.
                lines += [self._rest] if self._rest.startswith(PASSWORD.encode()) else []
                self._rest = b""
            for line in lines:
                self._obey(self._text_of(line))
            if self._is_over:
                if not self._is_detached:
                    self._asked = self._asked or CloseReason.PARENT_GONE
                self._password = self._password or ""
            self._heard.notify_all()

    def _text_of(self, line: bytes) -> str:
        if self._is_first:
            self._is_first = False
            line = line.removeprefix(codecs.BOM_UTF8)
        return line.decode("ascii", "replace").strip()

    def _obey(self, line: str) -> None:
        if not line:
            return
        word, _, rest = line.partition(" ")
        try:
            if word == PASSWORD and self._password is None:
                self._password = _text(rest)
            elif word == "end":
                self._asked = CloseReason.SHUTDOWN
            elif word == "until":
                _set_lease(*_times(rest))
            else:
                self.unknown_lines += 1
        except (ValueError, RecursionError):
            self.unknown_lines += 1
        self._password = self._password or ""

    def _watch(self) -> None:
        while True:
            check_lease()
            time.sleep(_LOOK_S)


def _read() -> bytes:
    """Return what the parent has sent, or nothing at the end of the input."""
    try:
        # os.read, because a daemon thread inside sys.stdin breaks the interpreter's own end.
        return os.read(_STDIN, 4096)
    except OSError:
        # Closed, or a pipe whose other end broke, which is an error on Windows.
        return b""


def _text(told: str) -> str:
    """Return the text of a JSON string. Raise ValueError or RecursionError if it is none."""
    found = json.loads(told)
    if not isinstance(found, str):
        raise ValueError("no string")
    return found


def _times(told: str) -> tuple[float, float]:
    """Return SOFT and HARD. Raise ValueError if they are no such times."""
    soft, hard = map(float, told.split())
    if not (math.isfinite(soft) and math.isfinite(hard)):
        # No time would ever be behind one that is no number.
        raise ValueError("no times")
    return soft, hard


def _set_lease(soft: float, hard: float) -> None:
    global _lease  # noqa: PLW0603
    # The machine's clock stops with a paused virtual machine.
    _lease = soft, hard, wall_clock() + hard - machine_clock()


def _start(function: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=function, name="parent", daemon=True)
    thread.start()
    return thread
