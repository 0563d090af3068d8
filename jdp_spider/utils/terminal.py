"""What a terminal shows besides plain text: colours, links, the window's title.

Nothing of it goes into a file, a pipe, or a console that would print the escape codes.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
from typing import TYPE_CHECKING

from jdp_spider.utils.console import is_terminal

if sys.platform == "win32":
    import msvcrt

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import TextIO

RED, GREEN, YELLOW = "31", "32", "33"

_NO_ESCAPES = {"", "dumb", "unknown"}
_NO_LINKS = {"linux", "screen"}
"""Terminals, by TERM, of which some show the address of a link as text."""
_OLDEST_VTE = 5000
"""The first version of the widget of many Linux terminals that takes links without a fault."""
_LINK_TERMINALS = ("WT_SESSION", "TERM_PROGRAM", "ConEmuANSI")
"""Variables of the terminals on Windows that know links; its old console sets none."""

_LINES = (
    (re.compile(r"^  saved +[1-9]\d*$"), GREEN),
    (re.compile(r"^  failed +[1-9]\d*$"), RED),
    (re.compile(r"^Failed:$"), RED),
    (re.compile(r"^PASS(?= )"), GREEN),
    (re.compile(r"^WARN(?= )"), YELLOW),
    (re.compile(r"^FAIL(?= )"), RED),
)
"""What is coloured at the beginning of a line, in the table of a run and in the doctor's checks."""


def takes_escapes(stream: TextIO) -> bool:
    """Return True if the stream is a terminal that understands escape codes."""
    if not is_terminal(stream):
        return False
    if sys.platform == "win32":
        return _switch_on_escapes(stream)
    return os.environ.get("TERM", "") not in _NO_ESCAPES


def _switch_on_escapes(stream: TextIO) -> bool:
    """Have a console of Windows understand escape codes. Return False if it is too old."""
    if sys.platform == "win32":
        # Not above: every process loads this module.
        import ctypes

        with contextlib.suppress(OSError, ValueError):
            handle = ctypes.c_void_p(msvcrt.get_osfhandle(stream.fileno()))
            mode, kernel = ctypes.c_ulong(), ctypes.windll.kernel32
            if kernel.GetConsoleMode(handle, ctypes.byref(mode)):
                return bool(kernel.SetConsoleMode(handle, mode.value | 4))
    return False


def _takes_colours(stream: TextIO) -> bool:
    """Return True unless the user wants none: no-color.org."""
    return not os.environ.get("NO_COLOR") and takes_escapes(stream)


def _takes_links(stream: TextIO) -> bool:
    """Return True where a link is known to do no harm."""
    if os.name == "nt" and not any(map(os.environ.get, _LINK_TERMINALS)):
        return False
    vte = os.environ.get("VTE_VERSION", "")
    is_old = vte.isdigit() and int(vte) < _OLDEST_VTE
    name = os.environ.get("TERM", "").partition("-")[0]
    is_unsafe = is_old or (name in _NO_LINKS and not os.environ.get("TMUX"))
    return not is_unsafe and "INSIDE_EMACS" not in os.environ and takes_escapes(stream)


def decorate(text: str, stream: TextIO, links: Mapping[str, Path] | None = None) -> str:
    """Return the text as the stream can show it: coloured, and with `links` to files.

    `links` has the files by their names in the text; only one at the end of a line becomes a link.
    """
    if not takes_escapes(stream):
        return text
    colours, linked = _takes_colours(stream), links if _takes_links(stream) else None
    return "\n".join(_line(line, colours, linked or {}) for line in text.split("\n"))


def _line(line: str, colours: bool, links: Mapping[str, Path]) -> str:
    for name, path in links.items():
        if line == name or line.endswith(f" {name}"):
            line = f"{line[: -len(name)]}{link(name, path)}"
            break
    for pattern, colour in _LINES if colours else ():
        line = pattern.sub(lambda found: coloured(found[0], colour), line)  # noqa: B023
    return line


def coloured(text: str, colour: str) -> str:
    """Return the text with the codes of a colour around it."""
    return f"\x1b[{colour}m{text}\x1b[0m"


def link(text: str, path: Path) -> str:
    """Return the text as a link to a file (OSC 8)."""
    return f"\x1b]8;;{path.resolve().as_uri()}\x1b\\{text}\x1b]8;;\x1b\\"


class Title:
    """The title of the terminal's window, while a run is at work."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream if takes_escapes(stream) else None
        self._shown = ""

    def show(self, text: str) -> None:
        """Put `text`, in ASCII, into the title."""
        if self._stream is not None and text != self._shown:
            # The title that was there is kept by the terminal, if it can.
            keep = "" if self._shown else "\x1b[22;0t"
            self._stream.write(f"{keep}\x1b]0;{text}\x07")
            self._shown = text

    def close(self) -> None:
        """Bring back the title that was there, or none."""
        if self._stream is not None and self._shown:
            self._stream.write("\x1b]0;\x07\x1b[23;0t")
            self._stream.flush()
            self._shown = ""


class ConsoleFormatter(logging.Formatter):
    """Formats a record as another formatter does, with what the terminal can show."""

    def __init__(self, inner: logging.Formatter, stream: TextIO) -> None:
        super().__init__()
        self._inner = inner
        self._stream = stream

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record, coloured if it is trouble and the terminal has colours."""
        text = self._inner.format(record)
        if record.levelno < logging.WARNING:
            return decorate(text, self._stream, getattr(record, "links", None))
        colour = YELLOW if record.levelno < logging.ERROR else RED
        return coloured(text, colour) if _takes_colours(self._stream) else text
