"""Clicks and typing on the site's pages."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.click import CLICK_TARGET, ClickResult, click, find_target, offers, shows
from jdp_spider.pages.errors import BrowserFailed
from jdp_spider.pages.evaluation import ATTEMPTS, Navigated, navigation_detected
from jdp_spider.pages.fingerprints import remember
from jdp_spider.pages.place import check_form, check_place
from jdp_spider.pages.view import DOM, PageView
from jdp_spider.pages.world import find_once
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from playwright.async_api import Page

    from jdp_spider.pages.click import ClickTarget
    from jdp_spider.pages.world import Handle

_FIELD = load_js("pages/js/field.js", DOM)
_FOCUS_FIELD = load_js("pages/js/focus_field.js", _FIELD, DOM)
_TYPE = load_js("pages/js/type.js")

_GARBAGE_S = 10.0
"""How long we wait for a page to collect its garbage."""


async def collect_garbage(page: Page) -> None:
    """Have the page discard what it no longer needs, while we wait for the site.

    A renderer grows by 2 MB with each vehicle, and more with each page of the grid (measured).
    """
    with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
        await asyncio.wait_for(page.request_gc(), _GARBAGE_S)


@dataclass(frozen=True)
class SitePage(PageView):
    """A page of the browser, used as one of the site's pages."""

    def shows(self, name: str) -> ClickResult:
        """Return the expected result of a click that is to make something visible."""
        return shows(self, name)

    def offers(self, name: str) -> ClickResult:
        """Return the expected result of a click that is to make something clickable."""
        return offers(self, name)

    async def locate(self, name: str, function: str) -> tuple[ClickTarget, Any]:
        """Return where to `click` something, and what a JavaScript function says at that moment."""
        looks = load_js("pages/js/locate.js", CLICK_TARGET, function)
        target, found = await find_target(self, name, looks, "click")
        return target, found

    async def hover(self, name: str) -> None:
        """Move the mouse to something, as soon as it stands still."""
        target = await find_target(self, name, CLICK_TARGET, "")
        await remember(self, name)
        self.check_may_act()
        await self.page.mouse.move(target["x"], target["y"])

    async def click(
        self, name: str, *, target: ClickTarget | None = None, until: ClickResult | None = None
    ) -> Any:
        """Click something as soon as it is there, at first at `target`.

        Return what has come of it: `until`, else that the click was made. With `until`, it is
        clicked again while certainly nothing comes of it.
        """
        return await click(self, name, target, until)

    async def fill(self, name: str, text: str) -> None:
        """Replace the text of a field. No error contains the text.

        The field belongs to a document whose origin was looked at, and the text goes to that
        document only: when the page is left meanwhile, the text is not typed at all.
        """
        selectors = self.site.selectors(name)
        for _ in range(ATTEMPTS):
            check_place(self.page, self.site, self.name)
            await replace(self, at_login=True).poll(_FOCUS_FIELD, selectors, name)
            await remember(self, name)
            with contextlib.suppress(Navigated):
                with navigation_detected():
                    field = await find_once(self.page, _FIELD, selectors)
                if field is None:
                    continue
                self.check_may_act()
                if self.at_login:
                    with navigation_detected():
                        await check_form(self.site, field, self.name)
                if await _type(field, text):
                    return
        raise self.changed(name, purpose="to be typed into: it takes nothing")


async def _type(field: Handle, text: str) -> bool:
    try:
        with navigation_detected():
            return bool(await field.evaluate(_TYPE, text))
    except PlaywrightError:
        # Its message might hold the text.
        raise BrowserFailed("The browser failed while something was typed") from None
