from __future__ import annotations

import ctypes
import signal
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from jdp_spider.utils.process import console_python, handle_requests_to_end, is_alive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize(
    ("running", "there", "taken"),
    [
        ("pythonw.exe", True, "python.exe"),
        ("pythonw.exe", False, "pythonw.exe"),
        ("python.exe", True, "python.exe"),
        ("python3.11", True, "python3.11"),
    ],
)
def test_commands_are_started_by_a_python_with_standard_streams(
    running: str, there: bool, taken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if there:
        (tmp_path / "python.exe").touch()
    monkeypatch.setattr(sys, "executable", str(tmp_path / running))
    assert console_python() == str(tmp_path / taken)


@pytest.mark.parametrize(("error", "alive"), [(5, True), (87, False)])
def test_process_of_another_windows_user_is_alive(
    error: int, alive: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """5: access is denied; 87: no process has this number."""
    kernel = SimpleNamespace(OpenProcess=lambda *_: 0)
    given: list[dict[str, bool]] = []

    def load(_: str, **options: bool) -> SimpleNamespace:
        given.append(options)
        return kernel

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "WinDLL", load, raising=False)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.setattr(ctypes, "get_last_error", lambda: error, raising=False)
    assert is_alive(4711) is alive
    assert given == [{"use_last_error": True}]


@pytest.fixture
def _signals_kept() -> Iterator[None]:
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")
@pytest.mark.usefixtures("_signals_kept")
class TestRequestsToEnd:
    def test_closed_terminal_counts_once_and_ctrl_c_each_time(self) -> None:
        asked: list[int] = []
        before = handle_requests_to_end(asked.append)
        for number in (signal.SIGHUP, signal.SIGHUP, signal.SIGINT, signal.SIGINT):
            signal.raise_signal(number)
        assert asked == [signal.SIGHUP, signal.SIGINT, signal.SIGINT]
        assert before[signal.SIGINT] is signal.default_int_handler

    def test_ignored_signal_stays_ignored(self) -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        asked: list[int] = []
        assert signal.SIGHUP not in handle_requests_to_end(asked.append)
        signal.raise_signal(signal.SIGHUP)
        assert asked == []
