"""The process tree of a crawl: the roles in it, its memory, and the processes left over."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable

MEBIBYTE = 1024 * 1024


def tree(pid: int) -> list[psutil.Process]:
    """List the process and its descendants, or none if it has ended."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def program_id(process: subprocess.Popen[str]) -> int:
    """Return the id of a running Python: on Windows an environment's python.exe is its launcher."""
    if sys.platform == "win32" and sys.prefix != sys.base_prefix:
        (program,) = psutil.Process(process.pid).children()
        return int(program.pid)
    return process.pid


def command_of(process: psutil.Process) -> list[str]:
    """Return the command line of a process, or none if it has ended or cannot be read."""
    # On Windows one that is ending raises OSError.
    with contextlib.suppress(psutil.Error, OSError):
        return list(process.cmdline())
    return []


def role(process: psutil.Process) -> str:
    """Return driver, browser, renderer or other. Debian's browser is a script around the binary."""
    command = command_of(process)
    name = Path(command[0]).name if command else ""
    if name.startswith("node"):
        return "driver"
    kind = next((part for part in command if part.startswith("--type=")), "")
    if kind:
        return kind.removeprefix("--type=")
    return "browser" if "chrom" in name or "headless" in name else "other"


def environments_of(pid: int) -> list[bytes]:
    """Return the initial environments of the process and its descendants (Linux).

    Forked copies that have not yet started a program of their own are left out.
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
    """Return bytes; shared memory counts in part (PSS) where the system tells, else in full."""
    if sys.platform == "linux":
        memory = process.memory_full_info()
        return int(memory.pss or memory.rss)
    return int(process.memory_info().rss)


def memory_by_role(pid: int) -> Counter[str]:
    """Return the memory of the process tree by role, in MiB."""
    found: Counter[str] = Counter()
    for process in tree(pid):
        with contextlib.suppress(psutil.Error):
            found[role(process)] += memory_of(process) / MEBIBYTE  # type: ignore[assignment]
    return found


def open_files(pid: int) -> int:
    """Return the number of open file descriptors of the crawl's own process."""
    try:
        return int(psutil.Process(pid).num_fds())
    except (psutil.Error, AttributeError):
        return 0


def survivors(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Return those that still run after `seconds`."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a process that has a group of its own, and what it has started."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return
    # A venv's python.exe there is a launcher: the program is its child.
    for each in tree(process.pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()


def send(number: int, processes: Iterable[psutil.Process]) -> None:
    """Send a signal to those that still run."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
