"""The short form of `python -m benchmarks group`: real workers, crawls and PostgreSQL."""

from __future__ import annotations

import pytest

from harness.disruptions import Plan
from harness.queue_job import group_job

pytest.importorskip("procrastinate", reason="requirements-group.txt is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.crawl, pytest.mark.postgres]


# As `python -m benchmarks group`, but shorter.
@pytest.mark.long
def test_frozen_or_killed_worker_leaves_no_account_incomplete() -> None:
    disturbances = ("freeze worker and crawls", "kill the machine")
    plan = Plan(2, 2, 12, disturbances, 5, at_once=1, limit_s=180, report_page=False)
    found = group_job(plan)
    assert found.faults == []
    assert found.restarts >= 2
