"""Whether a page says that another login of the account has ended the session.

Where the last login wins, the site refuses no login: to log in again would end the other's session.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.errors import ActiveSession
from jdp_spider.pages.evaluation import evaluate
from jdp_spider.pages.network import watch
from jdp_spider.pages.waits import time_in_words

if TYPE_CHECKING:
    from playwright.async_api import Page

    from jdp_spider.pages.site import Site

DEFAULT_WAIT_S = 300.0
"""How long to wait for the other session when the message names no time (site fact F22)."""

_TEXT = "() => (document.body?.innerText ?? '').slice(0, 20000)"
_LIMIT_S = 3.0
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\s*\n\s*")
_PLACE = (
    r"\b(?:(?:another|the other|a (?:new|different|second)) (?:\w+ )?(?:computer|pc|machine"
    r"|device|browser|location|place|workstation|window|tab|(?:ip )?address)|another session"
    r"|elsewhere|somewhere else)\b"
)
_ACCOUNT = r"(?:account|user ?(?:name|id)?|login|profile|credentials|you)"
_USED = r"(?:logged|signed|log-?in|log-?on|sign-(?:in|on)|used|accessed|opened|active|in use)"
_SOMEBODY = r"\b(?:an(?:other)? user|some(?:one|body)(?: else)?|another person)\b"
_MORE = r"\b(?:another|second|newer|more recent|concurrent|duplicate|simultaneous|multiple)"
_BY = r"\b(?:by|because of|due to|with) (?:an?|the|your) (?:new(?:er)?|other|later)"
_LOGIN = r"(?:\w+ )?(?:(?:log|sign)-?(?:in|on)\w?|sessions?|connections?)\b"
_OTHER = (
    rf"\b{_USED}\b[^.!?]{{0,60}}{_PLACE}|(?:{_MORE}|{_BY}) {_LOGIN}"
    rf"|{_SOMEBODY}[^.!?]{{0,30}}\b(?:logged|signed|using|used)\b"
)
_ENDED = (
    r"\b(?:logged|signed|kicked|forced|thrown)[- ]?(?:you )?(?:out|off)\b|\bdisconnected\b"
    r"|\b(?:session|connection|login)\b[^.!?]{0,40}\b(?:ended|terminated|closed|expired|replaced"
    r"|invalid(?:ated)?|cancel+ed|dropped|superseded|no longer|taken over)\b"
    r"|\b(?:ended|terminated|closed|replaced)\b[^.!?]{0,20}\bsession\b"
)
_IS = r"(?:(?:has|have|was|were|is|are|been|being|now|also|just|already|currently) )+"
_SURE = (
    rf"\b(?:(?:your|this|the same) )?{_ACCOUNT} (?:{_IS})?{_USED}\b[^.!?]{{0,40}}{_PLACE}"
    rf"|{_SOMEBODY} (?:{_IS})?(?:logged|signed)[- ]?(?:in|on)\b"
)
_UNSURE = re.compile(
    r"\?$|\b(?:will|would|may|might|could|should|if|unless|whenever|cannot)\b"
    r"|\bor\b(?! (?:\w+ )?(?:computer|device|browser|location|place|window|tab|address)\b)",
    re.IGNORECASE,
)
"""Of a rule, of advice, or of one reason among several."""
_ABOUT_OTHER, _ABOUT_END, _IS_SURE = (
    re.compile(pattern, re.IGNORECASE) for pattern in (_OTHER, _ENDED, _SURE)
)


class EndedByOther(ActiveSession):
    """Raised instead of a login after another login of the account has ended the session."""

    def __init__(self, said: str) -> None:
        asked = time_in_words(said)
        super().__init__(DEFAULT_WAIT_S if asked is None else asked)
        self.args = ("another login has ended the session",)
        self.said = said


def ended_by_other(text: str) -> str:
    """Return the words by which a page says that another login has ended the session; or none.

    That the session is over, and of the other login, may stand in two sentences.
    """
    sentences = [each.strip() for each in _SENTENCE.split(text)]
    sure = ["" if _UNSURE.search(each) else each for each in sentences]
    for before, sentence, after in zip(["", *sure], sure, [*sure[1:], ""], strict=False):
        if not _ABOUT_OTHER.search(sentence) and not _IS_SURE.search(sentence):
            continue
        if _ABOUT_END.search(sentence) or _IS_SURE.search(sentence):
            return sentence
        if _ABOUT_END.search(before):
            return f"{before} {sentence}"
        if _ABOUT_END.search(after):
            return f"{sentence} {after}"
    return ""


async def words_of_end(page: Page, site: Site, since: float = float("-inf")) -> str:
    """Return the same for what the page shows, and for its dialogs since then."""
    if words := ended_by_other(watch(page).consequences.said(since)):
        return words
    if not (site.is_own(page.url) or site.is_login_host(page.url)):
        return ""
    text: Any = ""
    with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
        text = await asyncio.wait_for(evaluate(page, _TEXT), _LIMIT_S)
    return ended_by_other(str(text or ""))
