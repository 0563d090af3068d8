"""Each recording in tests/recordings gives what the file beside it says."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from harness.replayed import Said, crawl, replayed

FOLDER = Path(__file__).parents[1] / "recordings"
RECORDINGS = sorted(FOLDER.glob("*.zip"))

pytestmark = [pytest.mark.crawl, pytest.mark.browser]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_crawl_of_a_recording_ends_as_it_should(path: Path, tmp_path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    said = Said()
    with replayed(path, expected["vehicles"]) as (site, process):
        crawl(process, tmp_path, said)
    assert (said.status, said.outcomes, site.never_recorded.total()) == (
        expected["status"],
        Counter(expected["outcomes"]),
        expected["never_recorded"],
    )
