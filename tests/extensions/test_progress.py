from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.extensions import progress
from jdp_spider.extensions.progress import Bar, ProgressSnapshot, RateMeter, terminal_bar
from tests.support.terminal import screen

if TYPE_CHECKING:
    from pathlib import Path

# RateMeter: (seconds, vehicles done, whether any is at work)


@pytest.mark.parametrize(
    ("looks", "per_hour"),
    [
        ([], 0),
        ([(0, 0, True)], 0),
        ([(0, 0, True), (60, 30, True)], 1800),
        # What earlier runs had saved is no work of this one.
        ([(0, 500, True), (60, 530, True)], 1800),
        # A long wait at the start, and one in the middle.
        ([(0, 0, False), (300, 0, False), (600, 0, True), (660, 30, True)], 1800),
        ([(0, 0, True), (60, 30, False), (360, 30, True), (420, 60, True)], 1800),
        # At work without an end: that is slow, no wait.
        ([(0, 0, True), (60, 30, True), (120, 30, True)], 900),
        # Of the last ten minutes.
        ([(0, 0, True), (600, 10, True), (1200, 110, True)], 600),
        ([(0, 0, True), (100, 99, True), (600, 100, True), (1200, 110, True)], 60),
    ],
)
def test_rate_in_vehicles_per_hour(looks: list[tuple[float, int, bool]], per_hour: float) -> None:
    pace = RateMeter()
    for now, done, at_work in looks:
        pace.update(1000 + now, done, at_work=at_work)
    assert pace.per_hour == pytest.approx(per_hour)


def test_long_wait_needs_no_memory() -> None:
    pace = RateMeter()
    for now in range(1000):
        pace.update(now, 0, at_work=False)
    assert len(pace._samples) == 1


def standing(**given: Any) -> ProgressSnapshot:
    figures = {"total": 1820, "saved": 412, "failed": 3, "left": 1405, "at_work": 5}
    return ProgressSnapshot(**{**figures, "per_hour": 1758.3, "waiting_for": "", **given})


@pytest.mark.parametrize(
    ("given", "eta_text"),
    [
        ({}, "48 min to go"),
        ({"left": 20}, "under 1 min to go"),
        ({"left": 1758}, "1 h 00 min to go"),
        ({"left": 20_000}, "11 h 22 min to go"),
        ({"per_hour": 0}, ""),
        ({"waiting_for": "next login in 240 s"}, "waiting: next login in 240 s"),
        ({"waiting_for": "next login in 240 s", "per_hour": 0}, "waiting: next login in 240 s"),
    ],
)
def test_estimated_time_is_shown(given: dict[str, Any], eta_text: str) -> None:
    assert standing(**given).eta_text == eta_text


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, "412 of 1820 saved, 3 failed, 5 at work, 1758 an hour, 48 min to go"),
        ({"per_hour": 0}, "412 of 1820 saved, 3 failed, 5 at work, 0 an hour"),
    ],
)
def test_progress_line_is_logged(
    given: dict[str, Any], line: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        standing(**given).log()
    assert caplog.messages == [line]


# The bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2


Show = Callable[..., Terminal]


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Iterator[Show]:
    """Make standard error a terminal of 80 columns, with Scrapy's log handler on it.

    To be called in the test: for each of its phases pytest sets standard error anew.
    """
    root = logging.getLogger()
    before = root.handlers.copy()

    def start(handler: type[logging.Handler] | None = logging.StreamHandler) -> Terminal:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        # Windows looks at the descriptor, which is pytest's.
        monkeypatch.setattr(progress, "is_terminal", lambda stream: stream.isatty())
        monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((80, 24)))
        console = handler() if handler else None
        monkeypatch.setattr(progress, "get_scrapy_root_handler", lambda: console)
        root.handlers += [console] if console else []
        return terminal

    yield start
    root.handlers[:] = before


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            {},
            "412 of 1820 saved |###------------| 3 failed, 5 at work, 1758/h, 48 min to go",
        ),
        (
            {"waiting_for": "next login in 240 s"},
            "412 of 1820 saved |#------| 3 failed, 5 at work, waiting: next login in 240 s",
        ),
        # MAX_DOWNLOADS: the bar is full when the run has done its part.
        (
            {"saved": 8, "failed": 0, "left": 2, "per_hour": 0},
            "8 of 10 saved |################################---------| 0 failed, 5 at work",
        ),
        ({"total": 0, "per_hour": 0}, "Logging in, reading the inventory"),
        (
            {"is_ending": True},
            "Stopping: finishing 5 vehicles, then logging out. Please wait.",
        ),
        ({"is_ending": True, "at_work": 0}, "Logging out. Please wait."),
        (
            {"total": 0, "per_hour": 0, "waiting_for": "next {login} in 9 s"},
            "waiting: next {login} in 9 s",
        ),
        (
            {"waiting_for": "x" * 80},
            f"412 of 1820 saved |-| 3 failed, 5 at work, waiting: {'x' * 25}",
        ),
    ],
)
def test_the_bar_fits_into_the_terminal(given: dict[str, Any], line: str, show: Show) -> None:
    terminal = show()
    bar = Bar()
    bar.show(standing(**given))
    shown = screen(terminal.getvalue())[0]
    bar.close()
    assert (shown, len(shown) <= 77) == (line, True)


def test_log_lines_are_printed_above_the_bar(show: Show) -> None:
    terminal = show()
    logger = logging.getLogger("any")
    logger.warning("Before")
    bar = Bar()
    for saved in (1, 2):
        bar.show(standing(saved=saved, per_hour=0))
        # As a terminal echoes Ctrl-C.
        terminal.write("^C")
        logger.warning("Saved %d\nand a line more", saved)
    last = screen(terminal.getvalue())[-1]
    bar.close()
    logger.warning("After")
    lines = ["Before", *("Saved 1", "and a line more", "Saved 2", "and a line more")]
    assert last.startswith("2 of 1410 saved |---")
    assert screen(terminal.getvalue()) == [*lines, "After"]


def test_with_a_bar_progress_lines_go_to_the_log_file_only(
    show: Show, caplog: pytest.LogCaptureFixture
) -> None:
    show()
    with caplog.at_level(logging.INFO):
        bar = Bar()
        standing().log()
        bar.close()
        assert caplog.messages == []
        standing().log()
        assert len(caplog.messages) == 1


def test_log_file_of_scrapy_is_not_redirected(show: Show, tmp_path: Path) -> None:
    show(partial(logging.FileHandler, tmp_path / "crawl.log"))
    handler = logging.getLogger().handlers[-1]
    assert isinstance(handler, logging.FileHandler)
    stream = handler.stream
    bar = terminal_bar()
    assert (bar is not None, handler.stream is stream, progress.logger.filters) == (True, True, [])
    bar.close()
    handler.close()


@pytest.mark.parametrize("handler", [None, logging.NullHandler])
def test_no_bar_without_a_log_on_the_console(handler: Any, show: Show) -> None:
    terminal = show(handler)
    assert (terminal_bar(), terminal.getvalue()) == (None, "")


def test_no_bar_without_a_terminal(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = show()
    monkeypatch.setattr(terminal, "isatty", lambda: False)
    assert terminal_bar() is None
