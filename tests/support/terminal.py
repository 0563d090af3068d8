"""What a terminal shows after what was written to it."""

from __future__ import annotations

import re

_ESCAPES = re.compile(r"\x1b\[[0-9;]*[mt]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
"""Colours, links and titles: what shows nothing itself."""


def screen(written: str) -> list[str]:
    """The lines, without the blanks behind them and without empty ones at the end.

    Knows carriage return, line feed, colours, links and titles only: anything more would be
    missing on Windows.
    """
    lines: list[list[str]] = [[]]
    column = 0
    for sign in _ESCAPES.sub("", written).replace("\r\n", "\n"):
        if sign == "\n":
            lines.append([])
            column = 0
        elif sign == "\r":
            column = 0
        else:
            assert " " <= sign <= "~"
            lines[-1][column : column + 1] = [sign]
            column += 1
    shown = ["".join(line).rstrip() for line in lines]
    while shown and not shown[-1]:
        shown.pop()
    return shown
