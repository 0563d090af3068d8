"""Starts other processes."""

from __future__ import annotations

import subprocess
import sys
from typing import Any


def new_group() -> dict[str, Any]:
    """Return the arguments of Popen for a process that no key on this terminal reaches.

    On Windows it has no console at all: Ctrl-Break and a window that is closed reach all others.
    """
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
