"""What a report of a problem needs to say about this computer: one block, without secrets."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import locale
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from jdp_spider.browser.launch import BrowserNotFound, find_browser
from jdp_spider.config.dotenv import PROJECT_FOLDER, dotenv_path
from jdp_spider.config.options import OPTIONS, PRIVATE
from jdp_spider.config.problems import ConfigError
from jdp_spider.config.sources import jobdir, raw_value
from jdp_spider.utils.console import is_terminal
from jdp_spider.utils.paths import expand_user
from jdp_spider.utils.text import to_ascii

if sys.platform == "win32":
    import winreg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scrapy.settings import BaseSettings

_PACKAGES = ("scrapy", "scrapy-playwright", "playwright", "twisted", "pypdf")
_TOOL_S = 15.0
_UNKNOWN = "not known"
_GIGABYTE = 1e9
_LONG_PATHS = r"SYSTEM\CurrentControlSet\Control\FileSystem"


def about(settings: BaseSettings) -> str:
    """Return the block, in ASCII. What cannot be found out is "not known"."""
    lines: list[tuple[str, Callable[[], str]]] = [
        ("system", _system),
        ("python", lambda: f"{platform.python_version()}, {sys.executable}"),
        ("packages", _packages),
        ("browser", lambda: _browser(settings)),
        ("project", lambda: str(PROJECT_FOLDER)),
        (".env", lambda: _there(dotenv_path())),
        ("downloads", lambda: str(_downloads(settings))),
        ("JOBDIR", lambda: str(jobdir(settings) or "none")),
        ("disk", lambda: _disk(_downloads(settings))),
        ("memory", _memory),
        ("cores", lambda: str(os.cpu_count())),
        ("limits", _limits),
        ("long paths", _long_paths),
        ("sleep", _sleep),
        ("encoding", _encoding),
        ("terminal", _terminal),
        ("settings", lambda: ", ".join(_changed(settings)) or "all at their defaults"),
    ]
    return "\n".join(f"{name:<12} {_line(find)}" for name, find in lines)


def _line(find: Callable[[], str]) -> str:
    try:
        return to_ascii(_without_home(find() or _UNKNOWN))
    except (OSError, ValueError, ConfigError, BrowserNotFound, subprocess.SubprocessError) as error:
        said = (str(error).splitlines() or [""])[0]
        return to_ascii(_without_home(f"{_UNKNOWN} ({said})"))


def _without_home(text: str) -> str:
    """Return the text with the user's own folder, whose name may be theirs, as ~."""
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def _setting(settings: BaseSettings, name: str) -> str:
    return raw_value(settings, name) or OPTIONS[name].default


def _downloads(settings: BaseSettings) -> Path:
    return expand_user(_setting(settings, "DOWNLOAD_FOLDER")).absolute()


def _system() -> str:
    return f"{platform.platform()}, {platform.machine()}"


def _packages() -> str:
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)


def _browser(settings: BaseSettings) -> str:
    given = _setting(settings, "JD_BROWSER")
    path = find_browser(Path(given) if given else None)
    return f"{path}, {_browser_version(path)}"


def _browser_version(path: Path) -> str:
    if sys.platform == "win32":
        # Started with --version, Chrome opens a window there; a folder beside it has the name.
        found = [each.name for each in path.parent.iterdir() if each.name[:1].isdigit()]
        return ", ".join(sorted(found)) or _UNKNOWN
    return _said([str(path), "--version"])


def _there(path: Path) -> str:
    return f"{path}, {'is there' if path.is_file() else 'is not there'}"


def _existing(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())


def _disk(folder: Path) -> str:
    place = _existing(folder)
    usage = shutil.disk_usage(place)
    sizes = f"{usage.free / _GIGABYTE:.1f} of {usage.total / _GIGABYTE:.1f} GB free"
    return f"{sizes}, {_file_system(place)}"


def _file_system(place: Path) -> str:
    """Return the kind of file system, such as NTFS, apfs or ext4."""
    if sys.platform == "win32":
        name = ctypes.create_unicode_buffer(64)
        root = ctypes.c_wchar_p(place.anchor)
        kernel = ctypes.windll.kernel32
        found = kernel.GetVolumeInformationW(root, None, 0, None, None, None, name, len(name))
        return name.value if found else _UNKNOWN
    if sys.platform == "darwin":
        return _said(["stat", "-f", "%T", str(place)])
    return _said(["stat", "--file-system", "--format=%T", str(place)])


def _memory() -> str:
    if sys.platform == "win32":
        status = _MemoryStatus()
        status.length = ctypes.sizeof(status)
        ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        free, total = status.free, status.total
    elif sys.platform == "linux":
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        sizes = dict(line.split()[:2] for line in text.splitlines())
        free, total = (int(sizes[name]) * 1024 for name in ("MemAvailable:", "MemTotal:"))
    else:
        # What of it is free, macOS does not say in one figure.
        return f"{int(_said(['sysctl', '-n', 'hw.memsize'])) / _GIGABYTE:.1f} GB"
    return f"{free / _GIGABYTE:.1f} of {total / _GIGABYTE:.1f} GB free"


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of Windows."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        ("total", ctypes.c_uint64),
        ("free", ctypes.c_uint64),
        ("rest", ctypes.c_uint64 * 5),
    )


def _limits() -> str:
    if sys.platform == "win32":
        return "none known"
    import resource

    names = {"open files": resource.RLIMIT_NOFILE, "processes": resource.RLIMIT_NPROC}
    infinite = resource.RLIM_INFINITY
    found = {name: resource.getrlimit(number)[0] for name, number in names.items()}
    return ", ".join(f"{n} {'any' if v == infinite else v}" for n, v in found.items())


def _long_paths() -> str:
    """Return whether Windows takes paths of more than 259 characters."""
    if sys.platform == "win32":
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _LONG_PATHS) as key:
            return "on" if winreg.QueryValueEx(key, "LongPathsEnabled")[0] else "off"
    return "on"


def _sleep() -> str:
    """Return after how long the system falls asleep; what it says itself, shortened."""
    if sys.platform == "win32":
        said = _said(["powercfg", "/query", "SCHEME_CURRENT", "SUB_SLEEP", "STANDBYIDLE"])
        # The last two numbers, whatever the language: plugged in, and on battery.
        numbers = [word for word in said.split() if word.startswith("0x")][-2:]
        names = ("plugged in", "on battery")
        found = zip(names, (int(number, 16) for number in numbers), strict=False)
        return ", ".join(f"{name} {f'{s // 60} min' if s else 'never'}" for name, s in found)
    if sys.platform == "darwin":
        lines = _said(["pmset", "-g"]).split(" / ")
        return ", ".join(line for line in lines if "sleep" in line)
    tool = "is there" if shutil.which("systemd-inhibit") else "is not there"
    return f"systemd-inhibit {tool}"


def _encoding() -> str:
    names = [locale.getpreferredencoding(do_setlocale=False), sys.getfilesystemencoding()]
    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        names += [f"code page {kernel.GetConsoleOutputCP()} (ANSI {kernel.GetACP()})"]
    return ", ".join(names)


def _terminal() -> str:
    streams = {name: getattr(sys, name) for name in ("stdin", "stdout", "stderr")}
    kinds = [f"{n} {'yes' if is_terminal(s) else 'no'}" for n, s in streams.items()]
    with contextlib.suppress(OSError):
        kinds.append("{}x{}".format(*os.get_terminal_size(sys.stderr.fileno())))
    variables = ("TERM", "WT_SESSION", "ConEmuANSI", "TERM_PROGRAM")
    # Whether, not what: the identifier of a window is of no use.
    return ", ".join([*kinds, *(name for name in variables if os.environ.get(name))])


def _changed(settings: BaseSettings) -> Iterator[str]:
    """Yield the settings that are not at their defaults, without the account's."""
    for name, option in OPTIONS.items():
        if name in PRIVATE:
            continue
        value = raw_value(settings, name)
        # An address may hold what somebody typed in by mistake.
        if value != option.default:
            yield name if "://" in value else f"{name}={value}"


def _said(command: list[str]) -> str:
    """Return what a program of the system prints, its lines joined by " / "."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_TOOL_S,
        check=True,
    )
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return " / ".join(" ".join(line.split()) for line in lines if line.strip())
