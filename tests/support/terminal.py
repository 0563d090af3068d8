"""What a terminal shows after what was written to it."""

from __future__ import annotations


def screen(written: str) -> list[str]:
    """The lines, without the blanks behind them and without empty ones at the end.

    Knows carriage return and line feed only: anything more would be missing on Windows.
    """
    lines: list[list[str]] = [[]]
    column = 0
    for sign in written.replace("\r\n", "\n"):
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
