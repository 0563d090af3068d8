"""Bars at the bottom of a terminal, drawn by tqdm."""

from __future__ import annotations

import sys
import threading
from functools import cache
from typing import Any

_ESCAPES = {"{": "{{", "}": "}}"}


@cache
def load_tqdm() -> Any:
    """Return tqdm's class. Only for a terminal: a crawl without one does not load it."""
    from tqdm import tqdm

    # Else tqdm starts a thread, and takes a lock that is shared between processes.
    tqdm.monitor_interval = 0
    tqdm.set_lock(threading.RLock())
    return tqdm


def make_bar(**options: Any) -> Any:
    """Return an empty bar; its `total`, `n` and `bar_format` are to be set before a refresh."""
    return load_tqdm()(
        total=1, file=sys.stderr, ascii="-#", leave=False, bar_format=" ", mininterval=0, **options
    )


def escape_format(text: str) -> str:
    """Return the text for `bar_format`, in which braces have a meaning."""
    return "".join(_ESCAPES.get(sign, sign) for sign in text)
