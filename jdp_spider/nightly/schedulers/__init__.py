"""The schedulers of the operating systems, and which of them is used here."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from jdp_spider.nightly.schedulers.base import SchedulerError
from jdp_spider.nightly.schedulers.cron import Cron
from jdp_spider.nightly.schedulers.launchd import Launchd
from jdp_spider.nightly.schedulers.systemd import Systemd
from jdp_spider.nightly.schedulers.windows import Windows

if TYPE_CHECKING:
    from jdp_spider.nightly.schedulers.base import Installed, Scheduler

ALL: dict[str, type[Scheduler]] = {each.key: each for each in (Windows, Systemd, Cron, Launchd)}

_ADVICE = "Have another program start the night (docs/schedule.md, Other ways)."
if sys.platform.startswith("linux"):
    _ADVICE = f"Install cron (Debian: apt install cron). Or: {_ADVICE}"


def of_this_system() -> list[Scheduler]:
    """Return the schedulers that this operating system may have, the better one first."""
    keys = {"win32": ("windows",), "darwin": ("launchd",)}.get(sys.platform, ("systemd", "cron"))
    return [ALL[key]() for key in keys]


def find_installed(name: str) -> list[tuple[Scheduler, Installed]]:
    """Return the schedulers here that have something under this name.

    One that cannot be asked has none of ours: without a right to use it, nothing was installed.
    """
    found = []
    for scheduler in of_this_system():
        with contextlib.suppress(SchedulerError):
            if (installed := scheduler.installed(name)) is not None:
                found.append((scheduler, installed))
    return found


def choose(key: str | None) -> Scheduler:
    """Return the named scheduler, or the best one here. Raise SchedulerError if none works."""
    given = [ALL[key]()] if key else of_this_system()
    problems = [(each, each.problem()) for each in given]
    usable = [each for each, problem in problems if not problem]
    if not usable:
        found = "; ".join(f"{each.title}: {problem}" for each, problem in problems)
        raise SchedulerError(f"No scheduler can be used here ({found}). {_ADVICE}")
    return usable[0]
