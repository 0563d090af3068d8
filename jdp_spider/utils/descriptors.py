"""Sees that the system lets driver and browser open as many files as a run needs."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeGuard

_BROWSER = 112
_CONTEXT = 16
"""Most descriptors of one process, the browser's: 75 with one context, 112 with 5, 138 with 10, 210
with 20 (measured, with one connection to the site for each). Twice as many are asked for."""


class TooFewDescriptors(Exception):
    """Too few for a browser to start. Says how many files may be open, and what to do."""


def provide_descriptors(contexts: int) -> None:
    """Raise this process's limit of open files where it is too low for so many contexts.

    Children have the same limit. Raise TooFewDescriptors if the system does not allow it; with
    too few the browser fails in the middle of a page, or hangs.
    """
    if sys.platform == "win32":
        return
    import resource

    wanted = _BROWSER + _CONTEXT * contexts
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    if hard != resource.RLIM_INFINITY and hard < wanted:
        fitting = (hard - _BROWSER) // _CONTEXT
        fewer = f", or set CONCURRENT_CONTEXTS={fitting}" if fitting > 0 else ""
        raise TooFewDescriptors(
            f"This computer lets the program have {hard} files open at a time, and with "
            f"CONCURRENT_CONTEXTS={contexts} it needs {wanted}: raise that limit (ulimit -n, or "
            f"LimitNOFILE of a service){fewer}"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def is_out_of_descriptors(error: BaseException) -> TypeGuard[OSError]:
    """Return True if the system refused to open one more file."""
    return isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE)
