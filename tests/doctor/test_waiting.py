"""The doctor's lines in a narrow window."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from jdp_spider.doctor.findings import failed, passed
from jdp_spider.doctor.run import closing_line
from jdp_spider.doctor.waiting import waiting
from jdp_spider.reasons import ExitStatus


@pytest.mark.parametrize("columns", [30, 80, 200])
def test_time_is_shown_however_narrow_the_window_is(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines: list[str] = []
    doctor: Any = SimpleNamespace(looks_for="", limit=270.0, show=lines.append)

    async def wait() -> None:
        async with waiting(doctor, "waits", "how requests of one session wait for each other"):
            await asyncio.sleep(0)

    asyncio.run(wait())
    assert lines[0].startswith("...")
    assert lines[0].endswith(": 0 s, at most 4 min 30 s")
    assert len(lines[0]) < columns


def test_last_line_is_broken_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    findings = {"settings": passed("Good"), "folder": failed("Full", advice="Make room.")}
    lines = closing_line(findings, ExitStatus.USAGE).splitlines()
    assert max(map(len, lines)) < 40
    assert " ".join(lines) == (
        "1 PASS, 1 FAIL. Do what the first FAIL says, then run this again. Exit status 2."
    )
