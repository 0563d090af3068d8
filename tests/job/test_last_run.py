from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp_spider.job.last_run import LastRun, read_last_run
from jdp_spider.reasons import CloseReason, ExitStatus

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-11-26T20:00:00+00:00"


def test_the_end_of_a_run_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "last_run.json"
    LastRun(AT, ExitStatus.LOGIN_REFUSED, "login_refused", "It said no", "crawls/a").write(path)
    found = read_last_run(path)
    assert found is not None
    assert (found.at.isoformat(), found.status, found.reason, found.said, found.jobdir) == (
        AT, ExitStatus.LOGIN_REFUSED, CloseReason.LOGIN_REFUSED, "It said no", "crawls/a",
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"at": 1}', f'{{"at": "{AT}", "status": 77}}'])
def test_a_damaged_record_is_not_known(tmp_path: Path, text: str) -> None:
    path = tmp_path / "last_run.json"
    path.write_text(text)
    assert read_last_run(path) is None


def test_no_record_is_not_known(tmp_path: Path) -> None:
    assert read_last_run(tmp_path / "last_run.json") is None
