from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from jdp_spider.reasons import NotAttempted
from jdp_spider.report.render import make_report
from tests.support.job_builder import JobFolder

if TYPE_CHECKING:
    from pathlib import Path


def test_outcome_table_lists_every_vehicle_and_escapes_formulas(tmp_path: Path) -> None:
    job = JobFolder(tmp_path / "11-23-2026", 40)
    job.said = "=Mileage is required."
    job.run(20, failing=0.3)
    make_report(job.path)
    exported = (job.path / "outcome.csv").read_bytes()
    assert exported.startswith(b"\xef\xbb\xbf")
    assert exported.count(b"\r\n") >= 41
    rows = list(csv.DictReader(exported.decode("utf-8-sig").splitlines(keepends=True)))
    assert len(rows) == 40
    said = {row["Outcome"]: row["The page says"] for row in rows}
    assert said == {"saved": "", "failed": "'=Mileage is required.", "not attempted": ""}
    assert {row["Outcome"] for row in rows} == {"saved", "failed", "not attempted"}
    for row in rows:
        assert bool(row["File"]) == (row["Outcome"] == "saved")
        assert bool(row["Time"]) == (row["Outcome"] != "not attempted")
        assert row["Reason"] or row["Outcome"] != "failed"
    assert [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "-", "@")] == []


def reasons_of_the_left(job: JobFolder) -> set[str]:
    make_report(job.path)
    rows = csv.DictReader((job.path / "outcome.csv").read_text("utf-8-sig").splitlines())
    return {row["Reason"] for row in rows if row["Outcome"] == "not attempted"}


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("finished", "The run ended before"),
        ("shutdown", "The run was stopped (Ctrl-C, or the system asked it to end)"),
        ("site_unreachable", "The run ended: the site could not be reached"),
        ("", "The run was killed, or is still at work"),
    ],
)
def test_reason_of_not_attempted_is_the_close_reason(
    reason: str, words: str, tmp_path: Path
) -> None:
    job = JobFolder(tmp_path / "11-23-2026", 9)
    job.run(4, failing=0, reason=reason)
    assert reasons_of_the_left(job) == {words}


@pytest.mark.parametrize("reason", [NotAttempted.LIMIT, NotAttempted.NOT_ASKED_FOR])
def test_recorded_reason_of_not_attempted_is_used(reason: NotAttempted, tmp_path: Path) -> None:
    job = JobFolder(tmp_path / "11-23-2026", 9)
    job.run(4, failing=0)
    rows = [{"reference": v.reference, "reason": reason} for v in job.vehicles]
    metrics = job.run_data / "metrics.json"
    metrics.write_text(json.dumps({"vehicles": rows}), "utf-8")
    assert reasons_of_the_left(job) == {reason.text}
    # Those of another run, or another inventory, count for nothing.
    for text in ('{"vehicles": 3}', "[]", "{", json.dumps({"vehicles": rows[1:]})):
        metrics.write_text(text, "utf-8")
        assert reasons_of_the_left(job) == {"The run ended before"}
