"""Holds what the elements of the site looked like in this run, by name."""

from __future__ import annotations

from collections import Counter
from typing import Any

_MOST_LOOKS = 5
"""How often to look for a name that is not on the page."""


class Fingerprints:
    """Collects what each name's element looks like, once in a run. It holds no values."""

    def __init__(self) -> None:
        self.seen: dict[str, dict[str, Any]] = {}
        """By name, as `features.js` describes it."""
        self._looks: Counter[str] = Counter()

    def lacking(self, names: tuple[str, ...]) -> list[str]:
        """Return the names that are still worth a look, and count that look."""
        found = [n for n in names if n not in self.seen and self._looks[n] < _MOST_LOOKS]
        self._looks.update(found)
        return found
