"""Text for people: ASCII only, and times in words."""

from __future__ import annotations


def to_ascii(text: str) -> str:
    """Return the text with everything but printable ASCII escaped."""
    return "".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in text)


def have_no_report(left: int) -> str:
    """Return the words for how many vehicles have no bookout."""
    return "1 vehicle has no report" if left == 1 else f"{left} vehicles have no report"


def not_available(number: int) -> str:
    """Return the words for how many vehicles the site has no bookout for."""
    return "1 that is not available" if number == 1 else f"{number} that are not available"


def duration(seconds: float, *, to_the_minute: bool = False) -> str:
    """Return the time in words that fit it, in whole minutes if seconds would say too much."""
    if to_the_minute and seconds < 60:
        return "under 1 min"
    whole = 60 if to_the_minute else 1
    minutes, rest = divmod(round(seconds / whole) * whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    if to_the_minute:
        return f"{minutes} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
