"""The file for support names nobody, and still says what happened."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest
from scrapy.settings import Settings

from jdp_spider.doctor.support import save_support
from jdp_spider.job.folder import JobPaths
from jdp_spider.utils import redaction

if TYPE_CHECKING:
    from pathlib import Path

VIN = "1HGCM82633A004352"
PRIVATE = ("165548", VIN, "Zebulon", "zquartzmark", "S3cret-Pass-9", "004352")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    paths = JobPaths(tmp_path / "11-26-2026")
    paths.snapshots.mkdir(parents=True)
    paths.inventory.write_text(f"Reference Number,VIN\r\n165548,{VIN}\r\n", encoding="utf-8")
    paths.log.write_text(
        "2026-11-26 11:01:44+0000 WARNING [jdp_spider.spiders.jdpower] Vehicle 165548 failed "
        f"(timeout): the page names {VIN.lower()}, Zebulon. 47404 bytes for S3cret-Pass-9\n",
        encoding="utf-8",
    )
    event = {"at": "2026-11-26T11:01:44+00:00", "kind": "run_started", "user": "zquartzmark"}
    paths.events.write_text(json.dumps(event) + "\nnot whole", encoding="utf-8")
    row = {"reference": "165548", "vin": VIN, "outcome": "failed", "reason": "timeout"}
    paths.metrics.write_text(json.dumps({"failed": 1, "vehicles": [row]}), encoding="utf-8")
    html = f"<p>Stock <b>165</b><i>548</i> {VIN}</p><script>Zebulon</script>"
    (paths.snapshots / "165548~timeout~1.html").write_text(html, encoding="utf-8")
    (paths.snapshots / "165548~timeout~1.png").write_bytes(b"picture of Zebulon")
    return paths.folder


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(redaction, "_hidden", {})
    monkeypatch.setenv("JD_PASS", "S3cret-Pass-9")
    return Settings({"JD_USER": "zquartzmark"})


def test_support_file_contains_nothing_private(
    folder: Path, settings: Settings, tmp_path: Path
) -> None:
    names = save_support(tmp_path / "support.zip", folder, settings)
    with zipfile.ZipFile(tmp_path / "support.zip") as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    whole = "".join([*texts, *texts.values()]).lower()
    assert [value for value in PRIVATE if value.lower() in whole] == []
    assert {"about.txt", "run.log", "events.jsonl", "metrics.json", "outcomes.csv"} <= set(names)
    assert "47404 bytes" in texts["run.log"]
    reference = texts["outcomes.csv"].splitlines()[1].partition(",")[0]
    assert f"Vehicle {reference} failed (timeout)" in texts["run.log"]
    assert any(name.startswith(f"snapshots/{reference}~timeout") for name in texts)


def test_support_file_without_a_run_describes_the_computer(
    settings: Settings, tmp_path: Path
) -> None:
    assert "about.txt" in save_support(tmp_path / "support.zip", None, settings)
