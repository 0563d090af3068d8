from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from jdp_spider.report.render import make_report
from tests.support.job_builder import JobFolder

if TYPE_CHECKING:
    from pathlib import Path


def test_outcome_table_lists_every_vehicle_for_excel_without_formulas(tmp_path: Path) -> None:
    job = JobFolder(tmp_path / "11-23-2026", 40)
    job.run(20, failing=0.3)
    make_report(job.path)
    exported = (job.path / "outcome.csv").read_bytes()
    assert exported.startswith(b"\xef\xbb\xbf")
    assert exported.count(b"\r\n") >= 41
    rows = list(csv.DictReader(exported.decode("utf-8-sig").splitlines(keepends=True)))
    assert len(rows) == 40
    assert {row["Outcome"] for row in rows} == {"saved", "failed", "not attempted"}
    for row in rows:
        assert bool(row["File"]) == (row["Outcome"] == "saved")
        assert bool(row["Time"]) == (row["Outcome"] != "not attempted")
        assert row["Reason"] or row["Outcome"] != "failed"
    assert [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "-", "@")] == []
