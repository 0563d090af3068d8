"""Tells a page that shows the report, or leads to it, from one that says why there is none."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from jdp_spider.pages.trouble import asks_to_wait, trouble_in
from jdp_spider.utils.page_words import text_of

if TYPE_CHECKING:
    from jdp_spider.pages.file_request import Answer

_GOES_ON = re.compile(
    rb"<meta\b[^>]*http-equiv\s*=\s*[\"']?refresh|\blocation\b[\w.]*\s*=[^=]"
    rb"|\blocation\.(?:replace|assign|reload)\s*\(|\.submit\s*\(",
    re.IGNORECASE,
)
"""Of a page that may continue automatically, such as one that asks to wait for the report."""
_GOES_ON_S = 6.0
"""How long such a page may take for that, where it has buttons as well: pages of ASP.NET have a
script that sends their form, whatever they are."""
_PASSWORD = re.compile(rb"type\s*=\s*[\"']?password", re.IGNORECASE)
_HOLDS = re.compile(
    rb"<(?:iframe|embed|object)\b[^>]*\b(?:src|data)\s*=\s*[\"']?(?![\"'\s>]|about:|javascript:)",
    re.IGNORECASE,
)
"""Something stands in the page that may be the report."""
_OFFERS = re.compile(
    rb"report-?viewer|pdf\.?js\b|pdf-?viewer|toolbarviewer|\bdxrd-|\btrv-|application/pdf"
    rb"|createobjecturl|\.pdf\b|\b(?:export|download|save)\b|\bclick\s+here\b"
    rb"|\bin (?:a(?:nother)? )?(?:new |separate )?(?:window|tab)\b"
    rb"|\b(?:open|view|show|see)\W+(?:\w+\W+){0,3}(?:report|pdf|bookout)\b",
    re.IGNORECASE,
)
"""Of a viewer: its name, or what saves or opens what it shows."""
_SAYS_NO = re.compile(
    r"\berror\b|\bsorry\b|\bfail|\bunable\b"
    r"|\b(?:could|can|was|were|did|does|is|are)(?: ?not|n?'t)\b"
    r"|\bnot (?:found|available|allowed|permitted|authori[sz]ed)\b"
    r"|\bno (?:values?|data|report|records?)\b"
    r"|\bunavailable\b|\bdenied\b|\bforbidden\b|\bblocked\b|\blimit\b|\btry again\b|\be-?mailed\b",
    re.IGNORECASE,
)
_IN_CASE = re.compile(r"\bif\b[^.,;!?]*", re.IGNORECASE)
"""What may happen: "If your report does not open, click here"."""
_LONGEST_MESSAGE = 1_000
"""Characters of a page that says no: a longer one has the report itself, which says many things."""
_LONGEST_SOURCE = 200_000
"""Bytes in which what tells a viewer stands."""


def patience(answer: Answer, report_mark: str, *, clicks: bool) -> float | None:
    """Return after how many seconds the buttons of a page may be clicked that came for the report.

    Infinite for one that shows the report, or continues to it, without a click; None for any other
    page, and for a file. Without `clicks` no button is clicked, so that buttons lead nowhere.
    """
    if "html" not in answer.headers.get("content-type", ""):
        return None
    page = answer.body[:_LONGEST_SOURCE]
    is_login = _PASSWORD.search(page) is not None
    goes_on = "refresh" in answer.headers or _GOES_ON.search(page) is not None
    goes_on = (goes_on or asks_to_wait(answer.body)) and not is_login
    names_report = _names_address(answer.url, report_mark) and not is_login
    # Not every browser has a plugin that asks for what is embedded.
    kinds = b"iframe|embed|object" if clicks else b"iframe"
    goes_on = goes_on or names_report or _shows(report_mark, kinds).search(page) is not None
    # A page of the site that it leads to, as at the end of a session, has such words, too.
    is_there = report_mark.casefold() in answer.url.casefold()
    if clicks and is_there and not is_login and _has_way(page):
        return _GOES_ON_S if goes_on else 0.0
    return math.inf if goes_on else None


def _shows(mark: str, kinds: bytes) -> re.Pattern[bytes]:
    """Return what matches a part of a page that surely is the report."""
    marked = re.escape(mark.encode())
    pattern = rb"<(?:%s)\b[^>]*(?:%s|application/pdf|blob:)" % (kinds, marked)
    return re.compile(pattern, re.IGNORECASE)


def _has_way(page: bytes) -> bool:
    """Return whether the page may be a viewer, which has the report in it or by a button."""
    if not (_HOLDS.search(page) or _OFFERS.search(page)):
        return False
    text = _IN_CASE.sub(" ", text_of(page.decode("utf-8", "replace")))
    is_message = len(text) <= _LONGEST_MESSAGE and _SAYS_NO.search(text) is not None
    return not is_message and trouble_in(text, "") is None


def _names_address(url: str, mark: str) -> bool:
    """Return whether an address has a report's address as a value: it is that of a viewer."""
    values = (value.casefold() for _, value in parse_qsl(urlsplit(url).query))
    return any("/" in value and mark.casefold() in value for value in values)
