"""The short form of the crash test: real crawls, really killed."""

from __future__ import annotations

import os

import pytest

from harness.crash_job import crash_job
from tests.support.marks import long

pytestmark = [
    pytest.mark.browser,
    pytest.mark.crawl,
    pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups to kill"),
]


@pytest.mark.parametrize("seed", [11, long(12)])
def test_resumed_job_is_complete_and_correct_after_kills(seed: int) -> None:
    result = crash_job(seed, kills=3, vehicles=16)
    assert sum(result.kills.values()) >= 1
    assert result.faults == [], f"seed {seed}"
