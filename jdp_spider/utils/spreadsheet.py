"""What a spreadsheet makes of a number that it takes for one: another spelling of it."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

_ORIGINAL = re.compile(r"[0-9]{3,40}|[0-9]{1,20}[eE][0-9]{1,2}")
_WHOLE = re.compile(r"([0-9]+)\.0+|([0-9]{1,3}(?:[,.' \u00a0][0-9]{3})+)(?:[,.]0+)?")
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}")
_ROUNDINGS = (ROUND_HALF_UP, ROUND_HALF_EVEN)


def is_changed_number(changed: str, original: str) -> bool:
    """Return whether a spreadsheet may have written `original` as `changed`.

    It adds decimals and thousands separators ("165,548.00"), drops leading zeros, and rounds to a
    power of ten ("1.65548E+11").
    """
    changed = changed.strip().removeprefix("'")
    if changed == original or not _ORIGINAL.fullmatch(original):
        return False
    number = Decimal(original)
    if whole := _WHOLE.fullmatch(changed):
        return Decimal(re.sub("[^0-9]", "", whole[1] or whole[2])) == number
    if _SCIENTIFIC.fullmatch(changed):
        rounded = Decimal(changed.replace(",", "."))
        digits = len(rounded.as_tuple().digits)
        return any(Context(digits, each).plus(number) == rounded for each in _ROUNDINGS)
    return changed.isdecimal() and changed.isascii() and original.lstrip("0") == changed
