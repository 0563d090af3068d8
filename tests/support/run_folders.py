"""Folders of runs as they lie in the download folder, with no more than tests of old runs need."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def make_run(
    parent: Path,
    name: str,
    reason: str = "finished",
    *,
    failed: int = 0,
    left: int = 0,
    jobdir: Path | None = None,
) -> Path:
    """Make the folder of a run of 10 vehicles, and the JOBDIR that names it."""
    folder = parent / name
    (folder / "run_data" / "snapshots").mkdir(parents=True)
    (folder / "pdfs").mkdir()
    (folder / "pdfs" / "165548.pdf").write_bytes(b"%PDF-1.4 " + name.encode() * 100)
    (folder / "report.html").write_text("report", "utf-8")
    rows = [{"outcome": "failed", "reason": "no_bookout_link"}] * failed
    figures = {"total_inventory": 10, "succeeded": 10 - failed - left, "failed": failed}
    metrics = json.dumps({**figures, "finish_reason": reason, "vehicles": rows})
    (folder / "run_data" / "metrics.json").write_text(metrics, "utf-8")
    if jobdir is not None:
        jobdir.mkdir(parents=True)
        job = {"folder": str(folder.resolve()), "account": "account"}
        (jobdir / "job.json").write_text(json.dumps(job), "utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
