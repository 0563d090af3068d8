"""Starts other processes."""

from __future__ import annotations

import subprocess
import sys
from typing import Any


def new_group(*, no_window: bool = False) -> dict[str, Any]:
    """Return the arguments of Popen for a process group of its own, which Ctrl-C does not reach.

    `no_window`: on Windows, not even a console of its own.
    """
    if sys.platform == "win32":
        window = subprocess.CREATE_NO_WINDOW if no_window else 0
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | window}
    return {"start_new_session": True}
