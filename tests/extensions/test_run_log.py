from __future__ import annotations

import errno
import logging
import os
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from jdp_spider.extensions import run_log
from jdp_spider.extensions.run_log import ConsoleFilter, install
from jdp_spider.utils import redaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

logger = logging.getLogger("jdp_spider.any")


@pytest.fixture(autouse=True)
def root() -> Iterator[logging.Logger]:
    """The root logger, which lets everything through."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers.copy()
    root.setLevel(logging.NOTSET)
    root.handlers[:] = [each for each in handlers if not isinstance(each, run_log.RunLog)]
    yield root
    root.setLevel(level)
    root.handlers[:] = handlers


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.log"


def lines(path: Path) -> list[str]:
    """What stands behind date and time."""
    text = path.read_text(encoding="utf-8")
    return [line.split(" ", 2)[-1] for line in text.splitlines()]


def test_early_records_are_written_first(path: Path, root: logging.Logger) -> None:
    # What pytest captures for its own report must be text that can be encoded.
    root.handlers[:] = []
    log = install()
    logger.debug("Before %d", 1)
    logger.warning("Before 2")
    log.open(path)
    logger.info("After: \xfcml\xe4ut \udcff")
    assert lines(path) == [
        "DEBUG [jdp_spider.any] Before 1",
        "WARNING [jdp_spider.any] Before 2",
        "INFO [jdp_spider.any] After: \xfcml\xe4ut \\udcff",
    ]


def test_lines_begin_with_date_time_and_zone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        logging.Formatter, "converter", lambda *_: (2026, 11, 23, 18, 0, 5, 0, 1, 0)
    )
    install().open(path)
    logger.info("Now")
    assert path.read_text("utf-8").startswith("2026-11-23 18:00:05")


def test_secrets_are_masked_in_earlier_records_too(path: Path) -> None:
    log = install()
    secret = "pa%ss-word"
    logger.info("Early %s", secret)
    redaction.hide([secret])
    redaction.redact_logs()
    log.open(path)
    try:
        raise ValueError(secret)
    except ValueError:
        logger.exception("Late %s", secret)
    text = path.read_text("utf-8")
    assert (text.count("[hidden]"), secret in text) == (3, False)


def test_later_run_has_its_own_log(tmp_path: Path) -> None:
    first = install()
    assert install() is first
    first.open(tmp_path / "1")
    logger.info("Of the first")
    second = install()
    second.open(tmp_path / "2")
    logger.info("Of the second")
    found = [lines(tmp_path / name) for name in ("1", "2")]
    assert found == [
        ["INFO [jdp_spider.any] Of the first"],
        ["INFO [jdp_spider.any] Of the second"],
    ]


def test_resumed_job_continues_the_same_file(path: Path) -> None:
    for number in (1, 2):
        install().open(path)
        logger.info("Run %d", number)
    assert lines(path) == ["INFO [jdp_spider.any] Run 1", "INFO [jdp_spider.any] Run 2"]


def test_number_of_early_records_is_limited(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_log, "_EARLY", 3)
    log = install()
    for number in range(9):
        logger.info("%d", number)
    log.open(path)
    assert lines(path) == [f"INFO [jdp_spider.any] {number}" for number in (6, 7, 8)]


def test_file_is_open_only_during_a_write(path: Path) -> None:
    install().open(path)
    logger.info("Written")
    assert str(path) not in [file.path for file in psutil.Process().open_files()]
    path.rename(path.with_name("moved"))
    logger.info("Anew")
    assert lines(path) == ["INFO [jdp_spider.any] Anew"]


def test_number_of_old_files_is_limited(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_log, "_MAX_BYTES", 500)
    install().open(path)
    for number in range(100):
        logger.info("%03d", number)
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["run.log", *(f"run.log.{n}" for n in range(1, 5))]
    assert max(file.stat().st_size for file in files) <= 500
    assert lines(path)[-1].endswith("099")


def test_file_grows_while_another_program_prevents_rotation(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(*_: Any) -> None:
        raise PermissionError(13, "held")

    monkeypatch.setattr(run_log, "_MAX_BYTES", 200)
    monkeypatch.setattr(os, "rename", held)
    install().open(path)
    for number in range(10):
        logger.info("%d", number)
    assert lines(path) == [f"INFO [jdp_spider.any] {number}" for number in range(10)]


class FullDisk:
    """What a file on a full disk does."""

    def __init__(self) -> None:
        self.full = True

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def seek(self, *_: int) -> int:
        return 0

    tell = seek
    flush = close = seek


def test_full_disk_is_reported_once_and_the_run_continues(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    install().open(path)
    with monkeypatch.context() as full:
        full.setattr(run_log._LogFile, "_open", lambda _: FullDisk())
        for number in range(3):
            logger.info("%d", number)
    logger.info("Room again")
    text = "run.log cannot be written (No space left on device): the run continues without it"
    assert caplog.messages == ["0", text, "1", "2", "Room again"]
    assert lines(path) == ["INFO [jdp_spider.any] Room again"]


def test_lines_of_an_outage_are_written_when_the_folder_is_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_log, "_PAUSE_S", 0)
    install().open(path)
    logger.info("Before")
    away = path.parent.rename(path.parent.with_name("away"))
    logger.info("Meanwhile")
    away.rename(path.parent)
    logger.info("After")
    assert lines(path) == [f"INFO [jdp_spider.any] {w}" for w in ("Before", "Meanwhile", "After")]


def test_removed_folder_is_ignored(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    install().open(tmp_path / "gone" / "run.log")
    logger.info("Lost")
    assert (caplog.messages, list(tmp_path.iterdir())) == (["Lost"], [])


def test_records_hidden_from_the_console_are_written_to_the_file(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    only_trouble = ConsoleFilter(lambda record: record.levelno > logging.INFO)
    logger.addFilter(only_trouble)
    logger.info("Without a log")
    install().open(path)
    logger.info("Detail")
    logger.error("Trouble")
    logger.removeFilter(only_trouble)
    assert caplog.messages == ["Trouble"]
    assert lines(path) == ["INFO [jdp_spider.any] Detail", "ERROR [jdp_spider.any] Trouble"]
