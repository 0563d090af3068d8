"""Waits for what a page shows later than its buttons: its vehicle, and that one's values."""

from __future__ import annotations

import logging
import math
import re
import time
from typing import TYPE_CHECKING, NamedTuple

from jdp_spider.pages.evaluation import evaluate_until
from jdp_spider.pages.network import watch
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from jdp_spider.pages.click import ClickTarget
    from jdp_spider.pages.page import SitePage
    from jdp_spider.pages.view import PageView

logger = logging.getLogger(__name__)

PAGE_TEXT = load_js("pages/js/page_text.js")
_IS_OTHER = load_js("pages/js/is_other.js", PAGE_TEXT)

_SETTLES_S = 5.0
"""How long a page that waits for nothing has to stay the same before it is taken for final."""
_LOOK_S = 1.0
_TICKING = re.compile(r"\d{1,2}(?::\d\d)+|\b\d{1,2}\b")
"""Times and small numbers: a clock and a countdown change all the time."""

_STILL_TO_COME = re.compile(
    r"\bbeing (?:re)?(?:(?:calculat|comput|load|updat|refresh|retriev|determin|prepar|process)ed)\b"
    r"|\b(?:re)?(?:calculat|comput|retriev|fetch)ing\b|\bplease wait\b"
    r"|\b(?:calculation|valuation|update|refresh)s? (?:is |are )?in progress\b"
    r"|\b(?:load|updat|refresh|process|prepar|pric|valu|wait)ing\b[^.!?&\n]{0,40}(?:\.\.\.|\u2026)"
    r"|^\s*(?:load|updat|refresh|process|prepar)ing(?: (?:the|your|its))?"
    r"(?: (?:data|page|values?|vehicles?|reports?|bookouts?))?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
"""What a page says while its values are still to come.

Narrower than `questions.PROGRESS`, which is for a line that a click has brought: many a vehicle's
page always has words like "export" and "opening".
"""
_AMOUNT = re.compile(r"\$\s?([0-9][0-9,.]*)")
_FEW_ZEROS = 2
_WORDS = "words of progress"
_ZEROS = "values of $0"
_MOST_IN_VAIN = 3
"""Vehicles in a row that are waited for in vain: words and zeros that stay are how the pages are.
"""


class Opened(NamedTuple):
    """A vehicle's page that names it."""

    button: ClickTarget | None
    """Opens the reports dialog; None while it is not known."""
    text: str
    """What the page shows."""


async def wait_for_values(page: SitePage, opened: Opened) -> Opened:
    """Wait while the page says that something is calculated, and where most amounts are $0.

    A report that is made before has no values, and nothing in it tells. Return the page as it
    is then.
    """
    patience, longest_s = page.site.patience, page.site.page_timeout / 2
    settling, unfinished = Settling(page, longest_s), _unfinished(opened.text)
    for kind in {_WORDS, _ZEROS} - {unfinished}:
        patience.ended(kind, came=True)
    while unfinished and patience.is_left(unfinished, most=_MOST_IN_VAIN):
        settles_s = longest_s if unfinished == _WORDS else _SETTLES_S
        if not await settling.goes_on(opened.text, settles_s=settles_s):
            patience.ended(unfinished, came=False)
            logger.info("%s: its %s stay, and are not waited for any longer", page.name, unfinished)
            return opened
        opened = await _look(page, opened)
        if not (changed := _unfinished(opened.text)):
            patience.ended(unfinished, came=True)
        unfinished = changed
    return opened


async def _look(page: SitePage, before: Opened) -> Opened:
    if before.button is None:
        return Opened(None, await page.evaluate(PAGE_TEXT))
    return Opened(*await page.locate("reports", PAGE_TEXT))


def _unfinished(text: str) -> str:
    """Return _WORDS for words of progress, _ZEROS for values that are none yet, else ""."""
    shown = text.partition("\0")[0]
    if _STILL_TO_COME.search(shown):
        return _WORDS
    amounts = [amount.strip("0,.") for amount in _AMOUNT.findall(shown)]
    zeros = amounts.count("")
    return _ZEROS if zeros >= _FEW_ZEROS and 2 * zeros >= len(amounts) else ""


class Settling:
    """Tells whether a page may still come to show something else, within the limit of a page."""

    def __init__(self, page: PageView, limit_s: float = math.inf) -> None:
        self._page = page
        self._seen: str | None = None
        self._quiet_s = 0.0
        """How long was waited for another text in vain."""
        self._end = time.monotonic() + min(limit_s, page.site.page_timeout)

    async def goes_on(
        self, text: str, *, is_slow: bool = True, settles_s: float = _SETTLES_S
    ) -> bool:
        """Wait for another text than this, for a moment. Return False once none is expected.

        It is not once the page has stayed the same for so long. `is_slow`: what the page's scripts
        have asked the site for may be what is missing, however long that takes.
        """
        seen, page = _TICKING.sub("", text), self._page
        if seen != self._seen:
            self._seen, self._quiet_s = seen, 0.0
        settles_s = min(settles_s, page.site.page_timeout / 2)
        is_waiting = is_slow and watch(page.page).consequences.is_waiting
        is_final = self._quiet_s >= settles_s and not is_waiting
        began = time.monotonic()
        if is_final or began >= self._end:
            return False
        await evaluate_until(page.page, _IS_OTHER, text, min(_LOOK_S, settles_s))
        self._quiet_s += time.monotonic() - began
        return True
