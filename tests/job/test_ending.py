from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from jdp_spider.job.ending import Ending, read_ending
from jdp_spider.reasons import CloseReason, ExitStatus

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 26, 20, tzinfo=timezone.utc)


@pytest.mark.parametrize("reason", [CloseReason.LOGIN_REFUSED, None])
def test_record_is_read_back(tmp_path: Path, reason: CloseReason | None) -> None:
    path = tmp_path / "end.json"
    end = Ending(ExitStatus.LOGIN_REFUSED, reason, "It said no", "crawls/a", AT)
    end.write(path)
    found = read_ending(path)
    assert found is not None
    assert (found, found.at) == (end, AT)


DAMAGED = ["", "[]", "{}", '{"at": 1}', f'{{"at": "{AT.isoformat()}", "status": 77}}']


@pytest.mark.parametrize("text", DAMAGED)
def test_damaged_record_counts_as_missing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "end.json"
    path.write_text(text)
    assert read_ending(path) is None


def test_missing_record_is_not_an_error(tmp_path: Path) -> None:
    assert read_ending(tmp_path / "end.json") is None


def test_missing_folder_is_ignored(tmp_path: Path) -> None:
    Ending(ExitStatus.COMPLETE).write(tmp_path / "gone" / "end.json")
