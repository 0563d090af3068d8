"""How much memory processes take, and may take."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

ALLOCATOR = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}
"""For processes that we start on Linux with glibc: what is freed goes back to the system."""


def available_memory() -> int:
    """Return the bytes that programs may still take without pushing others out of memory."""
    import psutil

    return int(psutil.virtual_memory().available)


def limit_memory(most: int) -> None:
    """Have allocations beyond `most` bytes fail with MemoryError, where the system can do that."""
    if sys.platform == "win32":
        _limit_by_job(most)
        return
    import resource

    # Not RLIMIT_AS, which counts the programs and libraries that are mapped, too. macOS takes
    # neither seriously.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def peak_memory() -> int:
    """Return the peak memory of this process in bytes, or 0 on Windows."""
    if sys.platform == "win32":
        return 0
    if sys.platform == "linux":
        # Not getrusage: there a process begins with the peak of the one that started it.
        return _peak_of_own_memory()
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _peak_of_own_memory() -> int:
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:  # noqa: PTH123 - pathlib is memory
        return next((int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:")), 0)


def _limit_by_job(most: int) -> None:
    """Put this process into a job object of its own, with a limit to the memory of a process.

    See SetInformationJobObject and JOBOBJECT_EXTENDED_LIMIT_INFORMATION in Microsoft's reference.
    """
    if sys.platform != "win32":
        return
    import ctypes

    kernel32 = ctypes.WinDLL("kernel32")
    kernel32.CreateJobObjectW.restype = ctypes.c_void_p
    kernel32.GetCurrentProcess.restype = ctypes.c_void_p
    # The handle stays open: the job lives as long as this process.
    job = ctypes.c_void_p(kernel32.CreateJobObjectW(None, None))
    limits = job_limits(most)
    size = ctypes.sizeof(limits)
    extended_limit_information = 9
    kernel32.SetInformationJobObject(job, extended_limit_information, ctypes.byref(limits), size)
    kernel32.AssignProcessToJobObject(job, ctypes.c_void_p(kernel32.GetCurrentProcess()))


def job_limits(most: int) -> Any:
    """Return a JOBOBJECT_EXTENDED_LIMIT_INFORMATION that limits the memory of a process."""
    import ctypes

    class ExtendedLimits(ctypes.Structure):
        _fields_ = (
            ("PerProcessUserTimeLimit", ctypes.c_int64),
            ("PerJobUserTimeLimit", ctypes.c_int64),
            ("LimitFlags", ctypes.c_uint32),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", ctypes.c_uint32),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", ctypes.c_uint32),
            ("SchedulingClass", ctypes.c_uint32),
            ("IoInfo", ctypes.c_uint64 * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    process_memory = 0x100
    return ExtendedLimits(LimitFlags=process_memory, ProcessMemoryLimit=most)
