"""The display of a group at work: a line for each account on a terminal, else plain lines."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from jdp_spider.utils.bars import escape_format, load_tqdm, make_bar
from jdp_spider.utils.console import is_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jdp_spider.group.folders import AccountProgress

_LINES_S = 60.0


class AtWork(NamedTuple):
    """An account whose crawl is at work."""

    standing: AccountProgress
    says: str
    """What its crawl has logged last; empty where nothing is known, or not needed."""

    @property
    def progress(self) -> str:
        """Return its progress in words."""
        if not self.standing.total:
            return self.says or "logging in, reading the inventory"
        return (
            f"{self.standing.saved} of {self.standing.total} saved, {self.standing.failed} failed"
        )


class Screen(Protocol):
    """Shows how far the accounts at work are."""

    def say(self, text: str) -> None:
        """Print a line that stays."""

    def show(self, at_work: Mapping[str, AtWork], rest: str) -> None:
        """Show the accounts at work, and one line on all the others."""

    def close(self) -> None:
        """Remove everything that does not stay."""


def make_screen() -> Screen:
    """Return bars on a terminal, else lines."""
    return Bars() if is_terminal(sys.stderr) else Lines()


class Lines:
    """Plain lines, once a minute."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _LINES_S

    def say(self, text: str) -> None:
        """Print a line with the time."""
        # The terminal may be gone; that must not end the crawls.
        with contextlib.suppress(OSError):
            print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)

    def show(self, at_work: Mapping[str, AtWork], rest: str) -> None:
        """Print the progress of each account at work, and of the rest, if a minute has passed."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _LINES_S
        for name, account in at_work.items():
            self.say(f"{name}: {account.progress}")
        self.say(rest)

    def close(self) -> None:
        """Remove nothing: all lines stay."""


class Bars:
    """A bar for each account at work, at the bottom of the terminal; below them the rest."""

    def __init__(self) -> None:
        self._bars: list[Any] = []

    def say(self, text: str) -> None:
        """Print a line with the time above the bars."""
        load_tqdm().write(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr)

    def show(self, at_work: Mapping[str, AtWork], rest: str) -> None:
        """Draw a bar for each account at work, and one for the rest."""
        width = max((len(name) for name in at_work), default=0)
        lines = [
            (f"{name:<{width}} |{{bar:20}}| {escape_format(account.progress)}", account.standing)
            for name, account in at_work.items()
        ]
        self._fit(len(lines) + 1)
        for bar, (text, standing) in zip(self._bars, lines, strict=False):
            self._draw(bar, text, standing.saved + standing.failed, standing.total)
        self._draw(self._bars[-1], rest, 0, 1)

    def close(self) -> None:
        """Remove the bars."""
        self._fit(0)

    def _fit(self, number: int) -> None:
        """Have `number` bars, from the top of the lowest lines."""
        if len(self._bars) == number:
            return
        while self._bars:
            self._bars.pop().close()
        self._bars = [make_bar(position=n, dynamic_ncols=True) for n in range(number)]

    def _draw(self, bar: Any, text: str, done: int, total: int) -> None:
        bar.total, bar.n, bar.bar_format = max(total, 1), done, text
        bar.refresh()
