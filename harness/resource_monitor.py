"""A command run to its end while its complete process tree is sampled: memory, CPU time."""

from __future__ import annotations

import contextlib
import ctypes
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil

from harness.process_tree import MEBIBYTE, memory_of, tree
from jdp_spider.config.dotenv import PROJECT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SAMPLE_S = 0.5
_LEFT_BEHIND_S = 10.0
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Watched:
    """The result of a command, and the resources it took."""

    status: int
    """The exit status; where it was killed, as `subprocess` tells it."""
    output: str
    started: float
    """Epoch seconds."""
    seconds: float
    """From the start to the exit."""
    cpu_sampled: float
    """CPU-seconds as they were seen; what a process used after its last look is missing."""
    cpu_waited: float
    """CPU-seconds of processes that have ended, as the system tells them; 0 where it does not."""
    memory: list[tuple[float, float]]
    """Epoch seconds, and MiB of the whole tree."""

    @property
    def cpu(self) -> float:
        """Return CPU-seconds of the tree. Neither way counts any twice: the larger is nearer."""
        return max(self.cpu_sampled, self.cpu_waited)


def watch(command: Sequence[str], environment: Mapping[str, str], limit_s: float) -> Watched:
    """Run the command in the project's folder, and kill it after `limit_s` seconds."""
    looks = _Looks(others=children())
    ended_before = cpu_of_ended()
    with adopting_orphans(), tempfile.TemporaryFile() as output:
        started = time.time()
        process = subprocess.Popen(
            command,
            cwd=PROJECT_FOLDER,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            status = _look_until_end(process, limit_s, looks)
        except BaseException:
            looks.kill_all()
            process.wait()
            raise
        seconds = time.time() - started
        looks.wait_for_all()
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    cpu_waited = cpu_of_ended() - ended_before
    return Watched(status, text, started, seconds, looks.cpu, cpu_waited, looks.memory)


@dataclass
class _Looks:
    """The samples of a tree. A process whose parent has ended still belongs to it."""

    others: set[psutil.Process]
    """Children of ours that are no part of it."""
    memory: list[tuple[float, float]] = field(default_factory=list)
    _cpu: dict[psutil.Process, float] = field(default_factory=dict)

    def look(self, pid: int) -> None:
        now, total = time.time(), 0
        for process in {*tree(pid), *self._living()}:
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                self._cpu[process] = times.user + times.system
                total += memory_of(process)
        if total:
            self.memory.append((now, total / MEBIBYTE))

    @property
    def cpu(self) -> float:
        """Return the CPU-seconds of all processes seen, up to the last sample of each."""
        return sum(self._cpu.values())

    def kill_all(self) -> None:
        for process in self._living():
            with contextlib.suppress(psutil.Error):
                process.kill()

    def wait_for_all(self) -> None:
        """Wait for processes still ending: the time of an adopted orphan counts only then."""
        _, left = psutil.wait_procs(self._living(), timeout=_LEFT_BEHIND_S)
        self.kill_all()
        psutil.wait_procs(left, timeout=_LEFT_BEHIND_S)

    def _living(self) -> set[psutil.Process]:
        seen = {process for process in self._cpu if process.is_running()}
        return seen | (children() - self.others)


def children() -> set[psutil.Process]:
    """Return our child processes."""
    return set(psutil.Process().children())


def _look_until_end(process: subprocess.Popen[bytes], limit_s: float, looks: _Looks) -> int:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        looks.look(process.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(SAMPLE_S)
    looks.kill_all()
    return process.wait()


@contextlib.contextmanager
def adopting_orphans() -> Iterator[None]:
    """Be the parent of every descendant whose own has ended, for a while (Linux).

    Chromium's helpers may outlive it for a moment. Reaped by another process, their CPU time
    would be lost.
    """
    if sys.platform != "linux":
        yield
        return
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def cpu_of_ended() -> float:
    """Return the CPU-seconds of all reaped children and of theirs, or 0 on Windows."""
    if sys.platform == "win32":
        return 0.0
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
