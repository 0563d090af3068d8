r"""Runs on Windows: presses Ctrl-Break in its console once a folder has so many more PDFs.

python ctrl_break.py FOLDER NUMBER COMMAND ...
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from ctypes import c_size_t, c_void_p, c_wchar_p
from pathlib import Path
from typing import Any

assert sys.platform == "win32"

_ALL_ACCESS = 0x1FFFFF
_MOST = 64
"""Processes in a console."""


def pdfs(folder: str) -> int:
    """Return how many the runs in `folder` have saved."""
    return len(list(Path(folder).glob("*/pdfs/*.pdf")))


def main(folder: str, number: str, *command: str) -> int:
    """Run the command and return its exit status."""
    before = pdfs(folder)
    process = subprocess.Popen(command)
    pressed = False
    while process.poll() is None:
        if not pressed and pdfs(folder) >= before + int(number):
            pressed = True
            press()
        time.sleep(0.1)
    return process.wait()


def press() -> None:
    """Tell all others in this console, as Windows does: by a thread in each, at CtrlRoutine.

    For the key itself, Wine 8 ends a thread of each (its server sends SIGQUIT). Its C library makes
    no SIGBREAK of the event, as that of Windows does: in Python the thread starts at `raise`.
    """
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.OpenProcess.restype = c_void_p
    kernel.CreateRemoteThread.argtypes = [c_void_p, c_void_p, c_size_t, *[c_void_p] * 4]
    event = ctypes.cast(ctypes.WinDLL("kernelbase").CtrlRoutine, c_void_p)
    raise_ = ctypes.cast(getattr(ctypes.CDLL("ucrtbase"), "raise"), c_void_p)
    python: str = sys._base_executable.lower()  # type: ignore[attr-defined]
    found = (ctypes.c_ulong * _MOST)()
    for number in found[: kernel.GetConsoleProcessList(found, _MOST)]:
        if number == os.getpid():
            continue
        process = c_void_p(kernel.OpenProcess(_ALL_ACCESS, False, number))
        if _program(kernel, process) == python:
            start, value = raise_, int(signal.SIGBREAK)
        else:
            start, value = event, int(signal.CTRL_BREAK_EVENT)
        if not kernel.CreateRemoteThread(process, None, 0, start, value, None, None):
            raise ctypes.WinError(ctypes.get_last_error())


def _program(kernel: Any, process: c_void_p) -> str:
    name, size = ctypes.create_unicode_buffer(1024), ctypes.c_ulong(1024)
    kernel.QueryFullProcessImageNameW.argtypes = [c_void_p, ctypes.c_ulong, c_wchar_p, c_void_p]
    kernel.QueryFullProcessImageNameW(process, 0, name, ctypes.byref(size))
    return name.value.lower()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
