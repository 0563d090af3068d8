from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from jdp_spider.job import events
from jdp_spider.job.events import Event, EventLog, read_events
from jdp_spider.utils import redaction

if TYPE_CHECKING:
    from pathlib import Path

FILE = "events.jsonl"
AT = datetime(2026, 11, 23, 18, 0, 5, tzinfo=timezone.utc)
LINE = '{"at": "2026-11-23T18:00:05+00:00", "kind": "login", "text": "Logged in"}'
LOGIN = Event(AT, "login", "Logged in")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "now", AT.isoformat)


def test_events_are_read_back(tmp_path: Path) -> None:
    log = EventLog(tmp_path / FILE)
    log.write("waiting", "In use: 300 s", more={"seconds": 300})
    log.write("outage", "\xfcmlaut \ud800 and\na line")
    assert list(read_events(tmp_path / FILE)) == [
        Event(AT, "waiting", "In use: 300 s", {"seconds": 300}),
        # Half a character cannot be written into the report.
        Event(AT, "outage", "\xfcmlaut \ufffd and\na line"),
    ]


def test_events_contain_no_secret(tmp_path: Path) -> None:
    redaction.hide(['pa"ss\xe9word'])
    EventLog(tmp_path / FILE).write(
        "outage", "No answer", 'With pa"ss\xe9word \xe4', {"seconds": 3}
    )
    expected = Event(AT, "outage", "No answer: With [hidden] \\xe4", {"seconds": 3})
    assert list(read_events(tmp_path / FILE)) == [expected]


@pytest.mark.parametrize("password", ["2026", "kind", "Logged in", "finished", "seconds", "00:00"])
def test_password_that_is_a_word_of_the_program_damages_no_event(
    password: str, tmp_path: Path
) -> None:
    redaction.hide([password])
    EventLog(tmp_path / FILE).write(
        "login", "Logged in", more={"reason": "finished", "seconds": 2026}
    )
    expected = Event(AT, "login", "Logged in", {"reason": "finished", "seconds": 2026})
    assert list(read_events(tmp_path / FILE)) == [expected]


def test_missing_file_has_no_events(tmp_path: Path) -> None:
    assert list(read_events(tmp_path / FILE)) == []


@pytest.mark.parametrize(
    "line",
    [
        LINE[:-1],
        LINE[:20],
        "",
        "null",
        "[]",
        "\udcff",
        "[" * 100_000,
        LINE.replace("at", "when"),
        LINE.replace("+00:00", ""),
        LINE.replace("2026-11", "2026-13"),
        LINE.replace("2026-11", "0001-01"),
        LINE.replace('"login"', "[1]"),
        LINE.replace('"at"', '"text": "twice", "at"'),
        LINE[:-1] + ', "more": 1e999}',
        LINE[:-1] + f', "more": {"[" * 100}{"]" * 100}' + "}",
        LINE.replace("kind", "sort"),
    ],
)
def test_unreadable_lines_are_skipped(
    line: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = f"{LINE}\n{line}\n{LINE}\n{line}".encode("utf-8", "surrogateescape")
    (tmp_path / "events.jsonl").write_bytes(data)
    assert list(read_events(tmp_path / FILE)) == [LOGIN, LOGIN]
    (message,) = caplog.messages
    assert message.startswith("events.jsonl: lines that cannot be read: ")


def test_event_after_a_torn_line_gets_its_own_line(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text(LINE[:30], encoding="ascii")
    EventLog(tmp_path / FILE).write("login", "Logged in")
    assert list(read_events(tmp_path / FILE)) == [LOGIN]


def test_event_that_cannot_be_written_is_dropped(tmp_path: Path) -> None:
    EventLog(tmp_path / "gone" / FILE).write("login", "Logged in")
    assert list(tmp_path.iterdir()) == []


def test_other_time_zones_are_converted(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text(LINE.replace("+00:00", "-08:00"), encoding="ascii")
    (event,) = read_events(tmp_path / FILE)
    assert event.at == AT + timedelta(hours=8)
