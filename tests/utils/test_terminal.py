"""Colours, links and titles: only where they are understood."""

from __future__ import annotations

import io
import logging
import os
from pathlib import Path

import pytest

from jdp_spider.utils import terminal
from jdp_spider.utils.terminal import ConsoleFormatter, Title, decorate
from tests.support.terminal import screen

TABLE = """\
Vehicles in the inventory  12
  saved                    11
  failed                   1
        1  The report was not complete
PDFs                       downloads/1/pdfs

Failed:
  165548  The report was not complete
  and 5 more, see downloads/1/report.html"""
LINKS = {name: Path(name).absolute() for name in ("downloads/1/pdfs", "downloads/1/report.html")}
VARIABLES = ("NO_COLOR", "VTE_VERSION", "TMUX", "INSIDE_EMACS")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("WT_SESSION", "1")
    monkeypatch.setattr(terminal, "_switch_on_escapes", lambda _: True)


def test_table_is_coloured_and_its_files_are_links() -> None:
    shown = decorate(TABLE, Terminal(), LINKS)
    assert "\x1b[32m  saved                    11\x1b[0m\n" in shown
    assert "\x1b[31m  failed                   1\x1b[0m\n" in shown
    report = LINKS["downloads/1/report.html"].resolve().as_uri()
    assert shown.endswith(f"see \x1b]8;;{report}\x1b\\downloads/1/report.html\x1b]8;;\x1b\\")
    assert shown.count("\x1b]8;;file:") == 2
    assert (screen(shown), shown.isascii()) == (TABLE.split("\n"), True)


def test_zero_failures_are_not_red() -> None:
    assert decorate("  failed                   0", Terminal()) == "  failed                   0"


def test_file_or_pipe_gets_plain_text() -> None:
    assert decorate(TABLE, io.StringIO(), LINKS) == TABLE
    title = Title(io.StringIO())
    title.show("12 of 12 saved")
    title.close()
    assert title._stream is None


@pytest.mark.skipif(os.name == "nt", reason="Windows' console has no TERM")
@pytest.mark.parametrize("name", ["dumb", ""])
def test_terminal_without_escapes_gets_plain_text(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", name)
    assert decorate(TABLE, Terminal(), LINKS) == TABLE


@pytest.mark.parametrize(
    ("variables", "colours", "links"),
    [
        ({"NO_COLOR": "1"}, False, True),
        ({"VTE_VERSION": "4803"}, True, False),
        ({"VTE_VERSION": "7200"}, True, True),
        ({"TERM": "linux"}, True, False),
        ({"TERM": "screen-256color"}, True, False),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux"}, True, True),
        ({"INSIDE_EMACS": "29.1,comint"}, True, False),
    ],
)
def test_colours_and_links_depend_on_the_terminal(
    variables: dict[str, str], colours: bool, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    shown = decorate(TABLE, Terminal(), LINKS)
    assert ("\x1b[32m" in shown, "\x1b]8;;" in shown) == (colours, links)


def test_old_console_of_windows_gets_no_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "name", "nt")
    assert terminal._takes_links(Terminal())
    for name in terminal._LINK_TERMINALS:
        monkeypatch.delenv(name, raising=False)
    assert not terminal._takes_links(Terminal())


def test_title_is_updated_on_change_and_restored() -> None:
    window = Terminal()
    title = Title(window)
    for text in ("1 of 2 saved", "1 of 2 saved", "2 of 2 saved"):
        title.show(text)
    title.close()
    title.close()
    assert window.getvalue() == (
        "\x1b[22;0t\x1b]0;1 of 2 saved\x07\x1b]0;2 of 2 saved\x07\x1b]0;\x07\x1b[23;0t"
    )


def record(level: int, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("x", level, "x.py", 1, "of %s", ("downloads/1/pdfs",), None)
    made.__dict__.update(more)
    return made


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        (logging.INFO, "INFO: of downloads/1/pdfs"),
        (logging.WARNING, "\x1b[33mWARNING: of downloads/1/pdfs\x1b[0m"),
        (logging.ERROR, "\x1b[31mERROR: of downloads/1/pdfs\x1b[0m"),
    ],
)
def test_trouble_is_coloured_on_the_console(
    level: int, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = logging.Formatter("%(levelname)s: %(message)s")
    formatter = ConsoleFormatter(inner, Terminal())
    assert formatter.format(record(level)) == shown
    assert ConsoleFormatter(inner, io.StringIO()).format(record(level)) == inner.format(
        record(level)
    )
    monkeypatch.setenv("NO_COLOR", "1")
    assert formatter.format(record(level)) == inner.format(record(level))


def test_record_with_files_shows_links() -> None:
    formatter = ConsoleFormatter(logging.Formatter("%(message)s"), Terminal())
    assert "\x1b]8;;file:" in formatter.format(record(logging.INFO, links=LINKS))
