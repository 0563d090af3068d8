"""Has the report made by a process of its own, which costs the crawl no memory or start time."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from jdp_spider.config.credentials import environment_without_secrets
from jdp_spider.utils.console import INTERRUPTED
from jdp_spider.utils.files import PACKAGE_PARENT
from jdp_spider.utils.process import new_group
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

REPORT = "report.html"
INDEX = "index.html"
"""The page of all runs, and that of a group's accounts."""

_LIMIT_S = 180.0
"""The first time matplotlib looks through the computer's fonts, which may take a minute."""


def make_report_in_subprocess(folder: Path) -> str:
    """Make the report. Return why that failed, or ""."""
    environment = environment_without_secrets()
    # As scrapyd has it, the project is no folder but a file that Python reads.
    environment["PYTHONPATH"] = str(PACKAGE_PARENT)
    command = [sys.executable, "-m", "jdp_spider.report", str(folder.resolve())]
    try:
        done = _run(command, environment)
        if done.returncode in (-signal.SIGINT, INTERRUPTED):
            # Ctrl-C came between its start and its leaving of the terminal's group.
            done = _run(command, environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        return to_ascii(str(error))
    lines = done.stdout.strip().splitlines() or [f"exit status {done.returncode}"]
    return to_ascii(lines[-1]) if done.returncode else ""


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="ascii",
        errors="replace",
        timeout=_LIMIT_S,
        check=False,
        # Ctrl-C on the terminal is not for it.
        **new_group(),
    )
