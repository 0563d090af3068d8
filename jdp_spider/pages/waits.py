"""How long the site asks to wait, read from its messages, and how long to wait at most."""

from __future__ import annotations

import logging
import re
from email.utils import parsedate_to_datetime
from time import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

LONGEST_WAIT_S = 3600.0
"""The longest wait: a site may ask for more by mistake, such as until another century."""

_UNITS = {"hour": 3600.0, "minute": 60.0, "second": 1.0}
# A number that a word or another number runs into ("1e9", "v2.5") is none.
_TIME = re.compile(r"(?<![\w.,])([0-9][0-9,]*(?:\.[0-9]+)?)[\s-]{0,9}((?ai:hour|minute|second))")
_LONGEST_TEXT = 2000
"""Characters of a message or header that are read."""
_MOST_S = 1e12
"""The value for a number with too many digits: it can still be added and printed."""


def bounded_wait(asked: float, least: float) -> float:
    """Return the seconds to wait if the site asks for `asked`; every such wait comes from here.

    At least `least`, so that a site that asks for nothing is not asked again at once, and an hour
    at most; the log says when it was cut to that.
    """
    if asked > LONGEST_WAIT_S:
        logger.warning(
            "The site asks to wait %.0f minutes; trying again after %.0f",
            asked / 60,
            LONGEST_WAIT_S / 60,
        )
    # A number that is none is no less than any.
    return min(max(least, asked), LONGEST_WAIT_S)


def time_in_words(text: str) -> float | None:
    """Return the seconds that a message of the site names; None if it names no time.

    It may name hours, minutes and seconds, in the digits 0 to 9; of each, the first counts.
    """
    named: dict[str, float] = {}
    for number, unit in _TIME.findall(text[:_LONGEST_TEXT]):
        named.setdefault(unit.lower(), float(number.replace(",", "")))
    if not named:
        return None
    return min(sum(_UNITS[unit] * number for unit, number in named.items()), _MOST_S)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, by a number or an HTTP date.

    0 for a date that is past; None without such a header, or with one that is neither. A date is
    compared with that of the answer itself, as this computer's clock may be wrong.
    """
    value = headers.get("retry-after", "").strip()[:_LONGEST_TEXT]
    if value.isascii() and value.isdigit():
        return min(float(value), _MOST_S)
    asked = _at(value)
    if asked is None:
        return None
    sent = _at(headers.get("date", "")[:_LONGEST_TEXT])
    return min(max(asked - (time() if sent is None else sent), 0.0), _MOST_S)


def _at(date: str) -> float | None:
    """Return the seconds since 1970 of an HTTP date; None for what is none."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError, OSError):
        # OSError is what Windows says to a date before 1970 without a time zone.
        return None
