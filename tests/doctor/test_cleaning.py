"""What a recording keeps of one request and its answer."""

from __future__ import annotations

import pytest

from jdp_spider.doctor.cleaning import Cleaning
from jdp_spider.doctor.recorder import Raw
from jdp_spider.recording.archive import TOO_LARGE, Recording
from jdp_spider.scrubbing.scrubber import Scrubber

ORIGIN = "https://values.example"


@pytest.mark.parametrize(("headers", "size"), [({"content-length": "9000"}, 9000), ({}, 0)])
def test_file_omitted_for_its_size_keeps_only_the_size(headers: dict[str, str], size: int) -> None:
    raw = Raw(
        "report", 0.0, "document", "GET", f"{ORIGIN}/report", "", "", by_script=False,
        status=200, headers=headers, body=b"", is_too_large=True,
    )  # fmt: skip
    recording, cleaning = Recording(), Cleaning(Scrubber(), ORIGIN, with_scripts=True)
    cleaning.add(raw, recording)
    (exchange,) = recording.exchanges
    assert (exchange.left_out, exchange.size, exchange.body) == (TOO_LARGE, size, "")
    assert cleaning.left_out == {f"left out: {TOO_LARGE}": 1}
