"""Each recording in tests/recordings gives what the file beside it says."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from harness.replayed import Said, crawl, record, replayed
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.recording.archive import Recording

FOLDER = Path(__file__).parents[1] / "recordings"
RECORDINGS = sorted(FOLDER.glob("*.zip"))

pytestmark = [pytest.mark.crawl, pytest.mark.browser]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_crawl_of_a_recording_ends_as_expected(path: Path, tmp_path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    said = Said()
    with replayed(path, expected["vehicles"]) as (site, process):
        crawl(process, tmp_path, said)
    assert (said.status, said.outcomes, site.never_recorded.total()) == (
        expected["status"],
        Counter(expected["outcomes"]),
        expected["never_recorded"],
    )


def test_recording_of_the_demo_site_hides_its_vehicles_and_replays(tmp_path: Path) -> None:
    options = DemoOptions(
        vehicles=3, user="zquartz77", password="S3cret-Pass-9!", like=("grid-in-object",)
    )
    with running_demo(options) as site:
        path = record(site, tmp_path, 1, with_scripts=False)
        private = [options.user, options.password]
        for vehicle in site.vehicles:
            private += [vehicle.reference, vehicle.vin, str(vehicle.id), str(vehicle.price)]
            private += [vehicle.model, vehicle.colour]
    with zipfile.ZipFile(path) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert [value for value in private if value.casefold() in whole.casefold()] == []
    recording = Recording.load(path)
    assert {mark for _, mark in recording.checks} == {"PASS"}
    callbacks = [text for text in recording.files.values() if b"/*DX*/(" in text[:10]]
    # None was cut at the first script in it.
    assert callbacks
    assert all(text.endswith(b"'id':0})") and b"<tr" in text for text in callbacks)
    said = Said()
    (tmp_path / "crawl").mkdir()
    with replayed(path, 4) as (replay, process):
        crawl(process, tmp_path / "crawl", said)
    assert (said.status, said.outcomes) == (0, {"saved": 4})
    assert not replay.never_recorded
