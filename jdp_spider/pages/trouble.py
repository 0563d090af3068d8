"""What came instead of what was asked for: an error, the login, or a page that says why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jdp_spider.pages.ended import ended_by_other
from jdp_spider.pages.errors import LoggedOut, Maintenance, ServerError, answer_error
from jdp_spider.pages.questions import PROGRESS
from jdp_spider.pages.waits import retry_after, time_in_words
from jdp_spider.utils.page_words import message_of, text_of

if TYPE_CHECKING:
    from jdp_spider.pages.errors import SiteError
    from jdp_spider.pages.file_request import Answer
    from jdp_spider.pages.site import Site

_LONGEST_TEXT = 2000
"""Characters of a page that may say only that: longer ones are pages of the site."""
_LONGEST_SOURCE = 200_000
"""Bytes of such a page with all its scripts and styles."""
_MAINTENANCE = re.compile(
    r"(under|scheduled|planned|for|routine|system)\s+maintenance|temporarily\s+(unavailable|down)"
    r"|be\s+(right\s+)?back\s+(soon|shortly|in)|service\s+(is\s+)?unavailable",
    re.IGNORECASE,
)
_TOO_MANY = re.compile(
    r"\btoo\s+many\s+requests|rate\s+limit|requests?\s+limit\s+exceeded", re.IGNORECASE
)
_LATER = re.compile(
    r"\b(?:try|check|come)\s+(?:it\s+)?(?:again|back)\s+(?:later|soon|shortly|in\s)"
    r"|\b(?:not\s+|un)available\s+(?:at\s+(?:the|this)\s+(?:moment|time)|right\s+now|currently)"
    r"|\bcurrently\s+(?:not\s+|un)available|\bbeing\s+(?:updated|loaded|refreshed|upgraded)\b"
    r"|\b(?:unable|cannot|can't|could\s+not|not\s+able)\b[^.!?]{0,80}\bat\s+this\s+time\b"
    r"|\bif\s+(?:the|this)\s+(?:problem|issue|error)\s+(?:persists|continues)\b|\btemporar(?:il)?y\b",
    re.IGNORECASE,
)
"""Puts the user off, perhaps all users. Within the site's own menus it may be about one vehicle."""
_TOO_FAST = re.compile(
    rf"{_TOO_MANY.pattern}|\btoo\s+(?:quickly|fast|frequently|rapidly)\b"
    r"|\bplease\s+slow\s+down\b",
    re.IGNORECASE,
)
"""Not at the login: what such words say there may be of its attempts."""
_WAIT = re.compile(
    r"\b(?:wait|(?:try|come|check)\s+(?:back|again|it\s+again)|retry)\b[^.!?]{0,40}?"
    r"\b(?:few|couple\s+of|another|[0-9]+|one|a)[\s-]+(?:more\s+)?(?:second|minute|moment)",
    re.IGNORECASE,
)
"""Asks to try the same again, and says when."""
_BLOCKED = re.compile(
    r"\bthe requested url was rejected\b|\byour support id is\b|\bincapsula incident id\b"
    r"|\bsorry,? you have been blocked\b|\bthis request was blocked by\b|\bweb page blocked\b"
    r"|\bthe request is blocked\b|\baccess denied\b.{0,300}\breference\s*#\s*\d",
    re.IGNORECASE | re.DOTALL,
)
"""What firewalls in front of sites say: F5, Imperva, Cloudflare, Fortinet, Azure and Akamai."""
_OF_PAGE = re.compile(r"\berror\b|\bfail|\binvalid\b|\bexception\b", re.IGNORECASE)
"""Something is wrong with what was asked for, and may stay so."""

_WAITS = re.compile(PROGRESS, re.IGNORECASE)
_FAILED = re.compile(
    r"\berror\b|\bsorry\b|\bfail|\bunable\b|\b(?:could|can|was|were)(?: ?not|n?'t)\b|\bnot found\b",
    re.IGNORECASE,
)
_HAS_SCRIPT = re.compile(rb"<script", re.IGNORECASE)


class AskedToWait(ServerError):
    """Raised where a page, whatever its status, says that it was asked for too much at a time."""

    def __init__(self, where: str, text: str, said: str = "") -> None:
        """`text` may name the time to wait."""
        found = _WAIT.search(text)
        super().__init__(429, where, time_in_words(found[0]) if found else None)
        self.args = (f"{where}: the site asks to wait",)
        self.said = said


class RequestBlocked(ServerError):
    """Raised where a page, whatever its status, says that a firewall refuses what was asked for.

    It may be for this address, or for all for some minutes: the login's address tells.
    """

    def __init__(self, where: str, text: str) -> None:
        super().__init__(403, where)
        self.args = (f"{where}: the firewall of the site refuses it",)
        self.said = text


def body_of(answer: Answer, site: Site, what: str) -> bytes:
    """Return what came, unchecked.

    Raise ServerError, LoggedOut where the login came, or what a page that came instead says.
    """
    if answer.status >= 400:
        said = message_of(_source_of(answer.body)) or _words_of_end(answer.body)
        raise answer_error(answer.status, what, retry_after(answer.headers), said)
    source = _source_of(answer.body)
    if site.is_login(answer.url):
        said = ended_by_other(message_of(source))
        raise LoggedOut(f"The login came instead of {what}").saying(said)
    text, where = text_of(source), what[:1].upper() + what[1:]
    if trouble := trouble_in(text, where, message_of(source)):
        raise trouble
    # It came instead of a file, and does not go on.
    if len(text) <= _LONGEST_TEXT and _WAIT.search(text) and not _OF_PAGE.search(text):
        raise AskedToWait(where, text, message_of(source))
    return answer.body


def trouble_in(
    text: str, where: str, said: str = "", *, at_login: bool = False
) -> SiteError | None:
    """Return the error that a page's text tells of; None if it tells of none."""
    if len(text) > _LONGEST_TEXT:
        return None
    if (_TOO_MANY if at_login else _TOO_FAST).search(text):
        return AskedToWait(where, text, said)
    if blocked := blocked_in(text, where):
        return blocked
    if _MAINTENANCE.search(text):
        problem = f"{where}: the site says that it is down for maintenance"
        return Maintenance(problem).saying(said)
    return None


def blocked_in(text: str, where: str) -> RequestBlocked | None:
    """Return the error for a short page of a firewall; None for another page."""
    is_told = len(text) <= _LONGEST_TEXT and _BLOCKED.search(text)
    return RequestBlocked(where, text) if is_told else None


def says_later(text: str) -> bool:
    """Return whether a page, within the site's own menus, puts the user off."""
    return _LATER.search(text) is not None


def too_many_in(text: str, where: str, said: str = "") -> AskedToWait | None:
    """Return the error for a message that the site was asked for too much; None for another."""
    return AskedToWait(where, text, said) if _TOO_FAST.search(text) else None


def asks_to_wait(page: bytes) -> bool:
    """Return whether a page with a script says that what was asked for is being made."""
    text = _text_of(page) if _HAS_SCRIPT.search(page) else ""
    if len(text) > _LONGEST_TEXT or trouble_in(text, "") or _FAILED.search(text):
        return False
    return _WAITS.search(text) is not None


def _words_of_end(answer: bytes) -> str:
    """Return by which words an answer that is no page, such as JSON, ends the session, if any."""
    return ended_by_other(answer[:_LONGEST_TEXT].decode("utf-8", "replace"))


def _text_of(page: bytes) -> str:
    """Return what a page shows, in one line; empty for a file."""
    return text_of(_source_of(page))


def _source_of(page: bytes) -> str:
    """Return the source of a page; empty for a file, or a page that says more than a message."""
    is_page = page.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
    # A gateway may put a comment before a file.
    if not is_page or b"%PDF-" in page or len(page) > _LONGEST_SOURCE:
        return ""
    return page.decode("utf-8", "replace")
