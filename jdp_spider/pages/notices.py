"""What a page says after a click for a file: in alerts, dialogs and other notices."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from jdp_spider.pages import questions
from jdp_spider.pages.click import said_since_click
from jdp_spider.pages.errors import ReportNotOpened, SiteError
from jdp_spider.pages.network import watch
from jdp_spider.pages.trouble import too_many_in

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

_MAILED = re.compile(questions.MAILED, re.IGNORECASE)
_FAILED = re.compile(questions.FAILED, re.IGNORECASE)
_SETTLES_S = {"mailed": 4.0, "failed": 10.0}
"""How long nothing may follow such words before they are believed: a file may come all the same."""


class ReportMailed(SiteError):
    """Raised where the page says that the report was sent by mail.

    Never tried again: another would be sent.
    """

    reason = ReportNotOpened.reason


class Notices:
    """What a page says from now on."""

    def __init__(self, page: SitePage) -> None:
        self._page = page
        self._began = time.monotonic()
        self._ends: dict[str, float] = {}
        """The kinds of end that notices have named, and since when nothing has followed."""

    def note(self, kind: str) -> None:
        """Note that a notice tells of an end: "mailed" or "failed"."""
        self._ends.setdefault(kind, time.monotonic())

    @property
    def is_mailed(self) -> bool:
        """True if the page says that the report was mailed."""
        return "mailed" in self._ends

    async def check(self) -> None:
        """Raise ReportMailed or ReportNotOpened where such a notice is the last of it."""
        for text in self._alerts.splitlines():
            for kind, words in (("mailed", _MAILED), ("failed", _FAILED)):
                if words.search(text) and "?" not in text:
                    self.note(kind)
        consequences, now = watch(self._page.page).consequences, time.monotonic()
        if consequences.is_busy or consequences.told >= self._began:
            self._ends = dict.fromkeys(self._ends, now)
        for kind, since in self._ends.items():
            if now - since >= min(_SETTLES_S[kind], self._page.site.page_timeout / 2):
                raise await self.nothing_came()

    async def nothing_came(self) -> SiteError:
        """Return the error that nothing came of the click, by what the page says."""
        said = await self.said()
        text = f"{self._page.name}: nothing came of the click"
        if self.is_mailed:
            return ReportMailed(text).saying(said)
        return too_many_in(said, text, said) or ReportNotOpened(text).saying(said)

    async def said(self) -> str:
        """Return what the page says since: empty for nothing."""
        return f"{self._alerts} {await said_since_click(self._page)}".strip()

    @property
    def _alerts(self) -> str:
        return watch(self._page.page).consequences.said(self._began)
