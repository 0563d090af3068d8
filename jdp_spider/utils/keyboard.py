"""The keyboard of whoever watches a run, looked at without waiting for it."""

from __future__ import annotations

import os
import sys

from jdp_spider.utils.console import is_terminal


def is_watched() -> bool:
    """Return True if standard input is a terminal, and this process the one that it belongs to."""
    try:
        if not is_terminal(sys.stdin):
            return False
        # To read from a terminal in the background stops a process.
        return sys.platform == "win32" or os.tcgetpgrp(0) == os.getpgrp()
    except (OSError, ValueError):
        return False


def enter_pressed() -> bool:
    """Return True if Enter was pressed since the last call."""
    if not is_watched():
        return False
    if sys.platform == "win32":
        import msvcrt

        keys = ""
        while msvcrt.kbhit():
            keys += msvcrt.getwch()
        return "\r" in keys
    import select

    return bool(select.select([0], [], [], 0)[0]) and b"\n" in os.read(0, 1024)
