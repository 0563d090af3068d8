"""Cookies that pile up until the server refuses each request for its length.

Some sites leave one with each page, such as the nonce of a sign-in that was not completed.
"""

from __future__ import annotations

import re
from typing import Any

from jdp_spider.pages.errors import ServerError

MOST_BYTES = 4000
"""What may be added to the login's own cookies: servers take 8 or 16 kB of headers."""
STATUSES = (400, 413, 431)
"""How servers refuse a request for the length of its headers."""

_OF_HEADERS = 431
_TOO_LONG = re.compile(
    r"\brequest (?:is )?too (?:long|large|big)\b|\b(?:size|length) of (?:the|a) (?:request )?header"
    r"|\b(?:headers?|cookies?)\b[^.!?]{0,60}\b(?:too (?:long|large|big|many)|exceed|size limit)",
    re.IGNORECASE,
)


def is_too_long(error: BaseException) -> bool:
    """Return whether the server has refused a request for what it carries beside its address."""
    if not isinstance(error, ServerError) or error.status not in STATUSES:
        return False
    return error.status == _OF_HEADERS or _TOO_LONG.search(error.said) is not None


def lean(cookies: list[dict[str, Any]], own: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the cookies that have the names of `own` ones, if the others are too many bytes."""
    known = set(map(_key, own))
    kept = [each for each in cookies if _key(each) in known]
    return kept if _size(cookies) - _size(kept) > MOST_BYTES else cookies


def _key(cookie: dict[str, Any]) -> tuple[str, str, str]:
    return cookie["name"], cookie.get("domain", ""), cookie.get("path", "")


def _size(cookies: list[dict[str, Any]]) -> int:
    return sum(len(each["name"]) + len(each["value"]) + len("=; ") for each in cookies)
