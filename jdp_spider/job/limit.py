"""MAX_DOWNLOADS: how many vehicles a run may download."""

from __future__ import annotations

import asyncio
import math


class DownloadLimit:
    """Admits vehicles so that at most `most` are in flight or saved; None: no limit.

    Invariant: saved <= admitted <= most. A vehicle that fails gives its place to another.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._admitted = 0
        self._saved = 0
        self._changed = asyncio.Event()

    @property
    def reached(self) -> bool:
        """True if as many vehicles are saved as may be."""
        return self._most is not None and self._saved >= self._most

    @property
    def remaining(self) -> float:
        """The number of vehicles that may still be saved; infinite without a limit."""
        return math.inf if self._most is None else self._most - self._saved

    async def acquire(self) -> bool:
        """Wait for a place and take it. Return False if the limit is reached."""
        while self._most is not None and self._admitted >= self._most:
            if self.reached:
                return False
            self._changed.clear()
            await self._changed.wait()
        self._admitted += 1
        return True

    def commit(self) -> None:
        """Note that an admitted vehicle was saved."""
        self._saved += 1
        self._changed.set()

    def release(self) -> None:
        """Take back the place of an admitted vehicle that was not saved after all."""
        self._admitted -= 1
        self._changed.set()
