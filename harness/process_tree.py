"""The process tree of a crawl: who is who in it, how much memory it takes, who is left."""

from __future__ import annotations

import contextlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable

MEBIBYTE = 1024 * 1024


def tree(pid: int) -> list[psutil.Process]:
    """Return the process and all below it; empty when it has ended."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def role(process: psutil.Process) -> str:
    """driver, browser, renderer or other. Debian's browser is a shell script around the binary."""
    try:
        command = process.cmdline()
    except psutil.Error:
        return "other"
    name = Path(command[0]).name if command else ""
    if name.startswith("node"):
        return "driver"
    kind = next((part for part in command if part.startswith("--type=")), "")
    if kind:
        return kind.removeprefix("--type=")
    return "browser" if "chrom" in name or "headless" in name else "other"


def environments_of(pid: int) -> list[bytes]:
    """Environments of the process and all below it, as they were given (Linux).

    Without copies of the process that are not yet programs of their own.
    """
    found = []
    own = b""
    for number, process in enumerate(tree(pid)):
        with contextlib.suppress(OSError):
            folder = Path(f"/proc/{process.pid}")
            command = (folder / "cmdline").read_bytes()
            if number == 0:
                own = command
            if number == 0 or command != own:
                found.append((folder / "environ").read_bytes())
    return found


def memory_of(process: psutil.Process) -> int:
    """Bytes; what is shared with others counts in part (PSS) where the system tells, else whole."""
    memory = process.memory_full_info()
    return int(getattr(memory, "pss", 0) or memory.rss)


def memory_by_role(pid: int) -> Counter[str]:
    """Memory of the process tree by role, in MiB."""
    found: Counter[str] = Counter()
    for process in tree(pid):
        with contextlib.suppress(psutil.Error):
            found[role(process)] += memory_of(process) / MEBIBYTE  # type: ignore[assignment]
    return found


def open_files(pid: int) -> int:
    """Open file descriptors of the crawl's own process."""
    try:
        return int(psutil.Process(pid).num_fds())
    except (psutil.Error, AttributeError):
        return 0


def survivors(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Which of these still run after so many seconds."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def send(number: int, processes: Iterable[psutil.Process]) -> None:
    """Send a signal to those that are still there."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
