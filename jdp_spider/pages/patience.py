"""What was waited for in vain on the pages of one site, so that each wait is not made for ever."""

from __future__ import annotations

from collections import Counter


class Patience:
    """Remembers, for all pages of one site, which waits have ended in vain.

    >>> patience = Patience()
    >>> for _ in range(2):
    ...     patience.ended("texts", came=False)
    >>> patience.is_left("texts", most=2)
    False
    """

    def __init__(self) -> None:
        self._in_vain: Counter[str] = Counter()
        self._came: set[str] = set()

    def is_left(self, what: str, *, most: int) -> bool:
        """Return False once `what` was waited for in vain `most` times in a row."""
        return self._in_vain[what] < most

    def has_come(self, what: str) -> bool:
        """Return whether `what` has come, once at least."""
        return what in self._came

    def ended(self, what: str, *, came: bool) -> None:
        """Note that `what` came, or was waited for in vain."""
        if came:
            self._in_vain[what] = 0
            self._came.add(what)
        else:
            self._in_vain[what] += 1
