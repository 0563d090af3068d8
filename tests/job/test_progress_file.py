from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.job import progress_file
from jdp_spider.job.progress_file import read_live

if TYPE_CHECKING:
    from pathlib import Path

SNAPSHOT: dict[str, Any] = {
    "total": 2000, "saved": 10, "failed": 1, "left": 39, "at_work": 5, "per_hour": 900.0,
    "waiting_for": "", "is_ending": False, "next_login": None,
}  # fmt: skip


def test_progress_of_a_living_process_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    progress_file.write(path, {**SNAPSHOT, "next_login": 12.5})
    found = read_live(path)
    assert found is not None
    assert (found.goal, found.left, found.next_login) == (50, 39, 12.5)
    progress_file.remove(path)
    assert list(tmp_path.iterdir()) == []


def test_progress_of_a_dead_process_is_ignored(tmp_path: Path) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    path = tmp_path / "progress.json"
    path.write_text(json.dumps({"pid": done.pid, "goal": 50, **SNAPSHOT}))
    assert read_live(path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": "1"}', "{", '{"pid": -1}'])
def test_damaged_file_is_ignored(tmp_path: Path, text: str) -> None:
    path = tmp_path / "progress.json"
    path.write_text(text)
    assert read_live(path) is None


def test_progress_that_cannot_be_written_is_dropped(tmp_path: Path) -> None:
    progress_file.write(tmp_path / "missing" / "progress.json", SNAPSHOT)
    assert list(tmp_path.iterdir()) == []
