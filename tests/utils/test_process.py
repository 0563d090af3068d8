from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from jdp_spider.utils.process import console_python

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
