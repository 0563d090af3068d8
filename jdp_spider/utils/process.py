"""Starts other processes, and sees whether they live."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_STILL_ACTIVE = 259
_QUERY = 0x1000
_ACCESS_DENIED = 5
_KILL_S = 10.0


def console_python() -> str:
    """Return the Python to start commands with; where this is pythonw.exe, python.exe beside it.

    A task of Windows runs without a window. What it starts has none either, but streams.
    """
    program = Path(sys.executable)
    other = program.with_name("python.exe")
    is_windowless = program.name.lower() == "pythonw.exe" and other.is_file()
    return str(other) if is_windowless else sys.executable


def new_group() -> dict[str, Any]:
    """Return the arguments of Popen for a process that no key on this terminal reaches.

    On Windows it has no console at all: Ctrl-Break and a window that is closed reach all others.
    """
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def handle_requests_to_end(handle: Callable[[int], object]) -> dict[int, Any]:
    """Have `handle` called with each signal that asks for the end; return what was in its place.

    A signal that is ignored stays so: nohup does that. Of a closed terminal, only the first one
    counts: kernel and shell both send one.
    """

    def handle_once(number: int, _: object) -> None:
        if number == hangup:
            signal.signal(number, signal.SIG_IGN)
        handle(number)

    hangup = getattr(signal, "SIGHUP", None)
    before: dict[int, Any] = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handle_once)
    return before


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a process started with `new_group`, and all that it started."""
    if sys.platform == "win32":
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                ["taskkill", "/T", "/F", "/PID", str(process.pid)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_KILL_S,
                check=False,
            )
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_KILL_S)


def is_alive(pid: int) -> bool:
    """Return True if there is a process of this number, which may be another one by now."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        # os.kill would end it there.
        import ctypes

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        status = ctypes.c_ulong()
        handle = kernel.OpenProcess(_QUERY, False, pid)
        if not handle:
            # One of another user of this computer is there, but not for this one to look at.
            return ctypes.get_last_error() == _ACCESS_DENIED
        try:
            found = kernel.GetExitCodeProcess(ctypes.c_void_p(handle), ctypes.byref(status))
            return bool(found) and status.value == _STILL_ACTIVE
        finally:
            kernel.CloseHandle(ctypes.c_void_p(handle))
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
