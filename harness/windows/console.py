"""A crawl in a Windows console: stopped by Ctrl-C and by Ctrl-Break, resumed, verified."""

from __future__ import annotations

import re
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.windows.terminal import CTRL_C, ENTER, Key, run_in_console
from harness.windows.wine import PROJECT, VENV_PYTHON
from jdp_spider.reasons import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.windows.wine import Wine

_VEHICLES = 30
_LIMIT_S = 300.0
_READY = re.compile(r"ready: (http\S+)")
_CRAWL = (VENV_PYTHON, "-m", "scrapy", "crawl", "jdpower", "-s", r"JOBDIR=crawls\console")
_DEMO = (VENV_PYTHON, "-m", "scrapy", "demo", "--vehicles", str(_VEHICLES), "--latency", "field")
_DEMOS = "demo-downloads"
_LOGGED_OUT = "INFO: Logged out"
_DRIVER_DIED = "driver has died"
_ASKED = "asked.txt"
_WAIT_FOR_ENTER = f"""
import ctypes, pathlib, time
from jdp_spider.utils.keyboard import enter_pressed
kernel = ctypes.WinDLL("kernel32")
kernel.GetStdHandle.restype = ctypes.c_void_p
kernel.PeekConsoleInputW.argtypes = [ctypes.c_void_p] * 2 + [ctypes.c_ulong, ctypes.c_void_p]
event, count = ctypes.create_string_buffer(64), ctypes.c_ulong()
kernel.PeekConsoleInputW(kernel.GetStdHandle(-10), event, 1, ctypes.byref(count))
pathlib.Path("{_ASKED}").touch()
print("seen" if any(enter_pressed() or time.sleep(0.1) for _ in range(300)) else "not seen")
"""
"""Wine 8 reads no key until a program has read one, or has looked whether there is one."""

_BREAK = rf"{PROJECT}\harness\windows\ctrl_break.py"


def check_console(wine: Wine) -> Iterator[tuple[str, str]]:
    """Yield each check, and what was found instead of what it should be; empty if it is right."""
    for name in ("crawls", "downloads", _DEMOS):
        shutil.rmtree(wine.project / name, ignore_errors=True)
    with _site(wine) as url:
        console = _Console(wine, url)
        keys = [Key(ENTER, (wine.project / _ASKED).exists)]
        _, shown = console.run(VENV_PYTHON, "-c", _WAIT_FOR_ENTER, keys=keys)
        yield "Enter", "" if shown == "seen" else _end_of(shown)
        status, shown = console.run(VENV_PYTHON, "-m", "scrapy", "doctor")
        yield "doctor", _wrong(status, 0, shown)
        status, shown = console.run(*_CRAWL, keys=[Key(CTRL_C, lambda: console.pdfs() >= 4)])
        yield "Ctrl-C", _wrong(status, ExitStatus.INTERRUPTED, shown)
        yield "logout after it", "" if _LOGGED_OUT in shown else _end_of(shown)
        for name, folder, command in (("crawl", "downloads", _CRAWL), ("demo", _DEMOS, _DEMO)):
            status, shown = console.run(VENV_PYTHON, _BREAK, folder, "3", *command)
            yield f"Ctrl-Break, {name}", _wrong(status, ExitStatus.INTERRUPTED, shown)
            is_right = _LOGGED_OUT in shown and _DRIVER_DIED not in shown
            yield f"logout after it, {name}", "" if is_right else _end_of(shown)
        status, shown = console.run(*_CRAWL)
        yield "resumed", _wrong(status, 0, shown)
        found = console.pdfs()
        yield "PDFs", "" if found == _VEHICLES else f"{found} of {_VEHICLES}"
        status, shown = console.run(VENV_PYTHON, "-m", "scrapy", "verify")
        yield "verify", _wrong(status, 0, shown)


def _wrong(status: int, wanted: int, shown: str) -> str:
    return "" if status == wanted else f"status {status} instead of {wanted}: {_end_of(shown)}"


def _end_of(shown: str) -> str:
    return " / ".join(shown.splitlines()[-4:])


class _Console:
    """Runs commands in the project's folder, with the account of the demo site."""

    def __init__(self, wine: Wine, url: str) -> None:
        self._wine = wine
        self._account = {"JD_USER": "demo", "JD_PASS": "demo-password", "JD_BASE_URL": url}

    def run(self, *command: str, keys: list[Key] | None = None) -> tuple[int, str]:
        return run_in_console(
            self._wine,
            command,
            keys or (),
            cwd=self._wine.project,
            more=self._account,
            seconds=_LIMIT_S,
        )

    def pdfs(self) -> int:
        return len(list(self._wine.project.glob("downloads/*/pdfs/*.pdf")))


@contextmanager
def _site(wine: Wine) -> Iterator[str]:
    """Run a demo site in Windows' Python during the block; yield its address."""
    options = ("--port", "0", "--vehicles", str(_VEHICLES), "--latency", "fast")
    command = (VENV_PYTHON, "-m", "jdp_spider.demo", *options, "--exit-with-stdin")
    site = wine.start(*command, cwd=wine.project, stdin=subprocess.PIPE)
    assert site.stdin is not None and site.stdout is not None
    try:
        for line in site.stdout:
            if found := _READY.search(line.decode("ascii", "replace")):
                yield found[1]
                break
        else:
            raise RuntimeError("The demo site did not start on Windows")
    finally:
        site.stdin.close()
        try:
            site.wait(30)
        except subprocess.TimeoutExpired:
            site.kill()
        site.stdout.close()
