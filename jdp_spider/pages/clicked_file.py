"""Takes the file that comes of a click, whatever way the page opens it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import logging
import time
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.click import ClickResult
from jdp_spider.pages.errors import PageChanged, ReportTimeout
from jdp_spider.pages.evaluation import Navigated, evaluate_until, navigation_detected
from jdp_spider.pages.file_request import Answer, ReportRequest
from jdp_spider.pages.naming import first_of
from jdp_spider.pages.network import watch
from jdp_spider.pages.notices import Notices, ReportMailed
from jdp_spider.pages.origin import is_web
from jdp_spider.pages.questions import QUESTIONS
from jdp_spider.pages.transfer import PIECE, transfer
from jdp_spider.pages.view import CHANGES, DOM
from jdp_spider.pages.world import evaluate_in_frames, evaluate_inside, evaluate_once
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jdp_spider.pages.click import ClickTarget
    from jdp_spider.pages.file_request import Wanted
    from jdp_spider.pages.naming import Step
    from jdp_spider.pages.page import SitePage
    from jdp_spider.pages.transfer import Transfer

logger = logging.getLogger(__name__)

_OPEN_HERE = load_js("pages/js/open_here.js")
_FILE_PIECE = load_js("pages/js/file_piece.js")
_OPEN_HERE_TOO = f"mark => window.jdpOpensHere || ({_OPEN_HERE})(mark)"
_TAKE_PLUGINS = f"""mark => {{
    if (window.jdpOpensHere || !document.querySelector('embed[src], object[data]')) return;
    ({_OPEN_HERE})(mark);
    window.jdpPlugins = Object.create(null);
    window.jdpTakePlugins();
}}"""
"""In a page that came after the click all of them are new."""
_VIEWER = load_js("pages/js/viewer.js", DOM, QUESTIONS)
_NOTICES = load_js("pages/js/notices.js", DOM, QUESTIONS)
_NEXT_STEP = load_js("pages/js/next_step.js", DOM, CHANGES, _VIEWER, _NOTICES)
_NO_VIEWER = ("bookout", "export_menu", "reports", "create_pdf")
"""What other pages of the site have."""
_TAKE_STEP = load_js("pages/js/take_step.js", DOM)
_CHOOSE = load_js("pages/js/choose_report.js", DOM)
_FILE = "report_mark"
_MOST_CHOICES = 4
_LOOK_S = 1.0
_STEP_S = 10.0
"""How long a link that was found may take to be clicked."""
_MADE = ReportRequest("")
"""Of a file that the page has made: there is no request to learn from."""


async def click_for_file(
    page: SitePage,
    name: str,
    wanted: Wanted,
    target: ClickTarget | None = None,
    choose: Callable[[list[Step]], int | None] = first_of,
) -> Answer:
    """Click something, at first at `target`; return the file, however it opens.

    `choose` returns the index of the button or link that leads on to the file, or None: then none
    of them is clicked.

    Raise ReportNotOpened where nothing is asked for within a page's time, ReportTimeout, what
    `SitePage.click` raises, and the errors of `transfer`.
    """
    async with transfer(page.page, wanted) as running:
        noting = evaluate_once(page.page, _NEXT_STEP, [page.site.report_mark, True])
        await asyncio.gather(open_here(page), noting)
        clicked = _Clicked(page, name, running, target, choose)
        making = asyncio.ensure_future(watch(page.page).unbroken(clicked.file(wanted)))
        try:
            # A page that is on its way elsewhere answers no question: it ends nothing by itself.
            seconds = max(page.site.report_timeout, page.site.page_timeout)
            done, _ = await asyncio.wait(
                {making, running.answer}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not done and running.asked:
                said = await clicked.notices.said()
                late = ReportMailed if clicked.notices.is_mailed else ReportTimeout
                raise late(f"{page.name}: the file did not come in time").saying(said)
            return running.answer.result() if running.answer.done() else await making
        finally:
            making.cancel()
            await asyncio.wait({making})


async def open_here(page: SitePage, function: str = _OPEN_HERE) -> None:
    """Have what would open in a new tab open in the page, also from its own frames."""

    def may_ask(address: str) -> bool:
        return page.site.is_own(address) or not is_web(address)

    if may_ask(page.page.url):
        with contextlib.suppress(PlaywrightError):
            await evaluate_inside(page.page, function, page.site.report_mark)
    await evaluate_in_frames(page.page, function, page.site.report_mark, may_ask)


class _Clicked:
    """A click for a file: what must be chosen before, and what must be clicked after it."""

    def __init__(
        self,
        page: SitePage,
        name: str,
        running: Transfer,
        target: ClickTarget | None,
        choose: Callable[[list[Step]], int | None],
    ) -> None:
        self._page = page
        self._clicked_at = page.page.url
        self._target = target
        self._name = name
        self._running = running
        self.notices = Notices(page)
        self._choose_step = choose
        self._choices = 0
        self._steps = 0
        """Buttons and links after the first."""
        self._pressed = float("-inf")
        """When the last of these was clicked."""
        self._no_viewer = page.site.selectors(*_NO_VIEWER) if name == "create_pdf" else None

    async def file(self, wanted: Wanted) -> Answer:
        """Click until something comes of it. Return the file, where the page makes that itself."""
        page, running = self._page, self._running
        result = ClickResult(self._made, _FILE, self._has_begun, self._choose, self._is_coming)
        waiting: Awaitable[int] = page.click(self._name, target=self._target, until=result)
        while True:
            try:
                size = await waiting - 1
                return Answer(200, page.page.url, {}, await _read_file(page, size, wanted), _MADE)
            except PageChanged as error:
                if error.names != _FILE:
                    raise
            quiet_s = time.monotonic() - running.asked.at
            if running.shown is not None and quiet_s >= page.site.page_timeout:
                # It does not go on: what it says is why there is no file.
                return running.shown
            if not running.asked:
                raise await self.notices.nothing_came()
            waiting = self._later()

    def _has_begun(self) -> bool:
        return bool(self._running.asked) or self._steps > 0 or self.notices.is_mailed

    def _is_coming(self) -> bool:
        return self._running.expects_file

    async def _later(self) -> Any:
        """Return the size of the file as soon as there is one. Raise PageChanged if none comes."""
        if found := await self._made(self._page.site.page_timeout):
            return found
        await self._page.raise_reason()
        raise self._page.changed(_FILE)

    async def _made(self, seconds: float) -> Any:
        """Return the size of a file that the page has made, and one more; None after `seconds`.

        A page may say that the report is ready, and have it fetched by another click.
        """
        page, running, end = self._page, self._running, time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            is_quiet = running.asked.at <= self._pressed
            looked_for = [page.site.report_mark, False, self._no_viewer, is_quiet]
            if self._no_viewer and not running.expects_file:
                await self.notices.check()
            if self._no_viewer and page.page.url != self._clicked_at:
                await open_here(page, _TAKE_PLUGINS)
            found = await evaluate_until(page.page, _NEXT_STEP, looked_for, min(left, _LOOK_S))
            if isinstance(found, str):
                # The failure of an export is reported elsewhere.
                if self._no_viewer:
                    self.notices.note(found)
            elif isinstance(found, list) and running.expects_file and running.shown is not None:
                # A page that came instead may continue automatically, or be clicked on later.
                await asyncio.sleep(_LOOK_S)
            elif isinstance(found, list):
                await self._take(None if running.expects_file else self._choose_step(found))
            elif found:
                return found
        return None

    async def _take(self, step: int | None) -> None:
        """Click one of the buttons and links that were found, or pass over all of them."""
        page = self._page
        if step is None:
            await page.evaluate(_TAKE_STEP, -1)
            return
        # What came after the first click knows nothing of it.
        await open_here(page, _OPEN_HERE_TOO)
        self._pressed, is_marked = time.monotonic(), False
        with contextlib.suppress(Navigated), navigation_detected():
            is_marked = await page.act(_TAKE_STEP, step)
        if not is_marked:
            return
        self._steps += 1
        limit = min(page.site.page_timeout, _STEP_S)
        changes = page.site.with_changes({self._name: "[data-jdp-next]"})
        site = dataclasses.replace(changes, page_timeout=limit)
        # A menu may have closed: then it is opened again.
        with contextlib.suppress(PageChanged):
            await dataclasses.replace(page, site=site).click(self._name)

    async def _choose(self) -> bool:
        """Choose a report, where nothing is chosen yet. Return whether there was a choice."""
        self._choices += 1
        if self._choices > _MOST_CHOICES:
            return False
        chosen = False
        with contextlib.suppress(Navigated), navigation_detected():
            chosen = await self._page.act(_CHOOSE, self._page.site.selectors(self._name))
        if chosen:
            logger.info("%s: nothing was chosen there; the first report was", self._page.name)
        return bool(chosen)


async def _read_file(page: SitePage, size: int, wanted: Wanted) -> bytes:
    wanted.check_size(size)
    starts = range(0, size, PIECE)
    pieces = [
        await evaluate_inside(page.page, _FILE_PIECE, [start, start + PIECE]) for start in starts
    ]
    return b"".join(map(base64.b64decode, pieces))
