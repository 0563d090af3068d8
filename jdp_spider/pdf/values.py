"""Whether a report shows values, as a bookout does: only ever for a warning."""

from __future__ import annotations

import re

_DOLLARS = re.compile(r"\$\s*([0-9][0-9,.]*)")
_THOUSANDS = re.compile(r"\b[1-9][0-9]{0,2}(?:,[0-9]{3})+\b")
_WORDS = re.compile(r"book\W?out|trade|retail|loan|wholesale|auction|value", re.IGNORECASE)


def shows_values(text: str) -> bool:
    """Return whether a report's text has an amount other than 0, and a word for what it is.

    False for another kind of report, such as a buyer's guide, and for one that was made before its
    values were calculated.
    """
    if not _WORDS.search(text):
        return False
    if dollars := _DOLLARS.findall(text):
        return any(amount.strip("0,.") for amount in dollars)
    return _THOUSANDS.search(text) is not None
