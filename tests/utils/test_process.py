from __future__ import annotations

import ctypes
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from jdp_spider.utils.process import console_python, is_alive

if TYPE_CHECKING:
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
