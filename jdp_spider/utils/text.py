"""Text for people: ASCII only, and times in words."""

from __future__ import annotations


def to_ascii(text: str) -> str:
    """The text with everything but printable ASCII written as an escape."""
    return "".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in text)


def have_no_report(left: int) -> str:
    """Return how many vehicles have none."""
    return "1 vehicle has no report" if left == 1 else f"{left} vehicles have no report"


def duration(seconds: float) -> str:
    """The time in words that fit it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
