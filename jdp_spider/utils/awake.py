"""Keeps the computer from falling asleep because nobody uses it.

Whatever holds it awake ends with this process, however that ends. The lid, the power button and an
empty battery still send it to sleep.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
import threading

from jdp_spider.utils.process import new_group

_CONTINUOUS = 0x80000000
_SYSTEM_REQUIRED = 0x00000001
_ENDING_S = 5.0

_WHO = ("--what=idle", "--who=jdp_spider", "--why=A run is under way", "--mode=block")


class Awake:
    """Holds the computer awake between `start` and `stop`."""

    def __init__(self) -> None:
        self._helper: subprocess.Popen[bytes] | None = None
        self._thread: _WindowsThread | None = None

    def start(self) -> str:
        """Begin. Return why that is not possible; empty if it is, as far as is known yet."""
        if sys.platform == "win32":
            self._thread = _WindowsThread()
            self._thread.start()
            return ""
        command = _helper_command()
        if not shutil.which(command[0]):
            return f"{command[0]} is not installed"
        try:
            # Its input ends with this process, and with it what `cat` waits for.
            self._helper = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **new_group(),
            )
        except OSError as error:
            return f"{command[0]} does not start: {error.strerror}"
        return ""

    def problem(self) -> str:
        """Return why the computer may fall asleep all the same; empty if nothing is known of it."""
        if self._thread is not None and self._thread.refused:
            return "Windows refuses it"
        if self._helper is not None and self._helper.poll() is not None:
            return f"{_helper_command()[0]} ended with status {self._helper.returncode}"
        return ""

    def stop(self) -> None:
        """Let it fall asleep again."""
        if self._thread is not None:
            self._thread.stop()
            self._thread = None
        if self._helper is None:
            return
        helper, self._helper = self._helper, None
        assert helper.stdin is not None
        with contextlib.suppress(OSError):
            helper.stdin.close()
        helper.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            helper.wait(_ENDING_S)


def _helper_command() -> list[str]:
    if sys.platform == "darwin":
        return ["caffeinate", "-i", "-w", str(os.getpid())]
    return ["systemd-inhibit", *_WHO, "cat"]


class _WindowsThread(threading.Thread):
    """Windows keeps this state for each thread, and forgets it when the thread ends."""

    def __init__(self) -> None:
        super().__init__(name="awake", daemon=True)
        self.refused = False
        self._ending = threading.Event()

    def run(self) -> None:
        if sys.platform == "win32":
            set_state = ctypes.windll.kernel32.SetThreadExecutionState
            self.refused = not set_state(ctypes.c_uint(_CONTINUOUS | _SYSTEM_REQUIRED))
            self._ending.wait()
            set_state(ctypes.c_uint(_CONTINUOUS))

    def stop(self) -> None:
        self._ending.set()
        self.join(_ENDING_S)
