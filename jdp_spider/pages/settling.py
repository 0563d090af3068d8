"""Waits for what a vehicle's page shows later than its buttons."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from jdp_spider.pages.evaluation import evaluate_until
from jdp_spider.pages.network import watch
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from jdp_spider.pages.view import PageView

PAGE_TEXT = load_js("pages/js/page_text.js")
_IS_OTHER = load_js("pages/js/is_other.js", PAGE_TEXT)

_SETTLES_S = 5.0
"""How long a page that waits for nothing has to stay the same before it is taken for final."""
_LOOK_S = 1.0
_TICKING = re.compile(r"\d{1,2}(?::\d\d)+|\b\d{1,2}\b")
"""Times and small numbers: a clock and a countdown change all the time."""


class Settling:
    """Tells whether a page may still come to show something else, within the limit of a page."""

    def __init__(self, page: PageView) -> None:
        self._page = page
        self._seen: str | None = None
        self._quiet_s = 0.0
        """How long was waited for another text in vain."""
        self._end = time.monotonic() + page.site.page_timeout

    async def goes_on(self, text: str, *, is_slow: bool = True) -> bool:
        """Wait for another text than this, for a moment. Return False once none is expected.

        `is_slow`: what the page's scripts have asked the site for may be what is missing.
        """
        seen, page = _TICKING.sub("", text), self._page
        if seen != self._seen:
            self._seen, self._quiet_s = seen, 0.0
        settles_s = min(_SETTLES_S, page.site.page_timeout / 2)
        is_waiting = is_slow and watch(page.page).consequences.is_waiting
        is_final = self._quiet_s >= settles_s and not is_waiting
        began = time.monotonic()
        if is_final or began >= self._end:
            return False
        await evaluate_until(page.page, _IS_OTHER, text, min(_LOOK_S, settles_s))
        self._quiet_s += time.monotonic() - began
        return True
