from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jdp_spider.dashboard.failures import Failures
from tests.support.job_builder import JobFolder

if TYPE_CHECKING:
    from pathlib import Path

    from jdp_spider.dashboard.failures import FailedVehicle


def failed(tmp_path: Path, settings: dict[str, str]) -> JobFolder:
    """A job of three vehicles that all failed; without pictures."""
    job = JobFolder(tmp_path / "11-23-2026", 30)
    job.note("run_started", "The run began", settings=settings)
    job.run(3, failing=1)
    job.note("run_resumed", "The run goes on", settings=settings)
    for path in (job.path / "run_data" / "snapshots").iterdir():
        path.unlink()
    return job


def vehicles(job: JobFolder) -> list[FailedVehicle]:
    return [each for group in Failures().of(job.path) for each in group.vehicles]


@pytest.mark.parametrize(
    ("most", "why"),
    [
        ("0", "No pictures of pages are kept: JDP_SNAPSHOTS is 0."),
        ("1", "Without a picture: no page was open, or 1 were kept already (JDP_SNAPSHOTS)."),
        ("100", "Without a picture: no page was open when it failed."),
        ("", "Without a picture: no page was open when it failed."),
    ],
)
def test_vehicle_without_a_picture_says_why(tmp_path: Path, most: str, why: str) -> None:
    job = failed(tmp_path, {"JDP_SNAPSHOTS": most})
    first = next(iter(job.files.values())).removesuffix(".pdf")
    if most != "0":
        (job.path / "run_data" / "snapshots" / f"{first}~timeout~1.png").touch()
    found = vehicles(job)
    assert len(found) == 3
    assert [each.no_picture for each in found if not each.picture] == [why] * (3 - (most != "0"))


def test_words_of_the_page_are_those_of_the_journal(tmp_path: Path) -> None:
    job = JobFolder(tmp_path / "11-23-2026", 2)
    job.said = "Mileage is required."
    job.run(2, failing=1)
    assert [each.said for each in vehicles(job)] == ["Mileage is required."] * 2


def test_picture_is_the_newest_of_the_failure(tmp_path: Path) -> None:
    job = failed(tmp_path, {})
    stems = [name.removesuffix(".pdf") for name in job.files.values()][:2]
    journal = job.path / "run_data" / "journal.jsonl"
    lines = journal.read_text("utf-8").splitlines()
    reason = json.loads(lines[0])["reason"]
    folder = job.path / "run_data" / "snapshots"
    for name in (f"{reason}~9.png", f"{reason}~10.png", f"{reason}~11.html", "zz_other~12.png"):
        (folder / f"{stems[0]}~{name}").touch()
    for name in ("aa_other~7.png", "zz_other~6.png"):
        (folder / f"{stems[1]}~{name}").touch()
    found = {each.reference: each.picture for each in vehicles(job)}
    references = [vehicle.reference for vehicle in job.vehicles]
    assert found[references[0]] == f"{stems[0]}~{reason}~10.png"
    assert found[references[1]] == f"{stems[1]}~aa_other~7.png"
