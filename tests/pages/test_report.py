"""Reading a report that a page has fetched."""

from __future__ import annotations

import asyncio
import threading

import pytest

from jdp_spider.pages import report
from jdp_spider.verification import ReportRefused


def test_what_the_reading_finds_or_raises_comes_back() -> None:
    def refuse(reason: str) -> None:
        raise ReportRefused(reason, "no")

    async def ask() -> None:
        reader = report._Reader()
        assert await reader.read(lambda *args: args, 1, "two") == (1, "two")
        with pytest.raises(ReportRefused) as caught:
            await reader.read(refuse, "cut")
        assert caught.value.reason == "cut"

    asyncio.run(ask())


def test_a_report_that_cannot_be_read_to_its_end_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report, "_READ_S", 0.05)
    for_ever = threading.Event()

    async def both() -> list[object]:
        reader = report._Reader()
        hanging = reader.read(for_ever.wait)
        return await asyncio.gather(hanging, reader.read(lambda: "read"), return_exceptions=True)

    try:
        refused, read = asyncio.run(both())
        assert all(each.daemon for each in threading.enumerate() if each.name == "report")
    finally:
        for_ever.set()
    assert isinstance(refused, ReportRefused)
    assert refused.reason == "unreadable"
    assert read == "read"
