"""Waits, clicks and typing that every page of the site needs.

They look by plain functions of the page's own world. Playwright's locators and `wait_for_function`
load a large script into each new document first: more work for the browser than all that is done
on a vehicle's page.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.pages.errors import BrowserFailed, LoggedOut, Maintenance
from jdp_spider.pages.evaluation import (
    ATTEMPTS,
    Navigated,
    evaluate,
    evaluate_until,
    navigation_detected,
)
from jdp_spider.pages.network import watch
from jdp_spider.pages.origin import origin_of
from jdp_spider.pages.place import check_form, check_place
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import JSHandle, Page

    from jdp_spider.pages.errors import PageChanged
    from jdp_spider.pages.site import Site

DOM = load_js("pages/js/dom.js")
IS_VISIBLE = f"{DOM}.isVisible"
_IS_LOADING = f"{DOM}.isLoading"
_FIND = load_js("pages/js/find.js", DOM)
_CLICK_TARGET = load_js("pages/js/click_target.js", DOM)
_CLICK_COVERED = load_js("pages/js/click_covered.js")
_FIELD = load_js("pages/js/field.js", DOM)
_FOCUS_FIELD = load_js("pages/js/focus_field.js", _FIELD)
_TYPE = load_js("pages/js/type.js")
_SHORT_TEXT = load_js("pages/js/short_text.js")

_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""After a click on something that has moved away from the mouse."""
_GARBAGE_S = 10.0
"""How long we wait for a page to collect its garbage."""
_FIRST_LOOK_S = 5.0
"""After this long without what is waited for, the page is looked at for a reason."""

_ASKS_FOR_LOGIN = ("user_name", "licence")
_INSTEAD = "the login or the licence stands there instead"
_MAINTENANCE = re.compile(
    r"(under|scheduled|planned|for|routine|system)\s+maintenance|temporarily\s+(unavailable|down)"
    r"|be\s+(right\s+)?back\s+(soon|shortly|in)|service\s+(is\s+)?unavailable",
    re.IGNORECASE,
)


class ClickTarget(TypedDict):
    """Where something can be clicked, in CSS pixels."""

    x: float
    y: float
    covered: bool
    """Something else has covered it for long: the mouse does not reach it."""


class ClickResult(NamedTuple):
    """What a click is made for."""

    function: str
    """In JavaScript: what it returns when it is there, else something false."""
    name: str
    """What it looks at, as the site calls it."""


async def collect_garbage(page: Page) -> None:
    """Have the page throw away what it does not need any more, while we wait for the site.

    A renderer grows by 2 MB with each vehicle, and more with each page of the grid (measured).
    """
    with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
        await asyncio.wait_for(page.request_gc(), _GARBAGE_S)


@dataclass(frozen=True)
class SitePage:
    """A page of the browser, used as one of the site's pages.

    What is on it has the names of selectors.toml. Whatever waits raises LoggedOut when login or
    licence are there instead, ServerError, ConnectionFailed or Maintenance when the page tells of
    them, SiteMoved at another origin, and else PageChanged when time is up.
    """

    page: Page
    site: Site
    name: str
    """Of the site's page, as messages call it."""
    at_login: bool = False
    """Whether this is about login and licence, so that their presence is no reason to raise."""

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        """Return what a JavaScript function that only looks says of the page."""
        return await evaluate(self.page, function, argument)

    async def is_visible(self, *names: str) -> bool:
        """Return whether anything for these names can be seen on the page as it is now."""
        return bool(await self.evaluate(IS_VISIBLE, self.site.selectors(*names)))

    async def appears(self, seconds: float, *names: str) -> bool:
        """Return whether anything for these names can be seen within `seconds`."""
        selectors = self.site.selectors(*names)
        return bool(await evaluate_until(self.page, IS_VISIBLE, selectors, seconds))

    async def poll(self, condition: str, argument: Any, *names: str, purpose: str = "") -> Any:
        """Wait for the JavaScript function `condition` to return something true, and return that.

        Continues over navigations. `names` are what the condition looks at, for PageChanged.
        """
        for limit in _time_limits(self.site):
            found = await evaluate_until(self.page, condition, argument, limit)
            # After the answer: a page of another origin may say what it likes.
            check_place(self.page, self.site, self.name)
            if found:
                return found
            await self.raise_reason()
        if await self.evaluate(_IS_LOADING):
            limit = self.site.page_timeout
            raise PlaywrightTimeout(f"{self.name}: not loaded within {limit:g} s")
        raise self.changed(*names, purpose=purpose)

    async def raise_reason(self) -> None:
        """Raise what the page tells about why something does not come up."""
        if await self.is_visible(*_ASKS_FOR_LOGIN):
            if self.at_login:
                return
            raise LoggedOut(f"{self.name}: {_INSTEAD}")
        watch(self.page).check_dynamic()
        # On a page of the inside such words are news of the site: it may be slow, but it works.
        if await self.is_visible("log_out", "inventory_link"):
            return
        if _MAINTENANCE.search(await self.evaluate(_SHORT_TEXT)):
            raise Maintenance(f"{self.name}: the site says that it is down for maintenance")

    def changed(self, *names: str, purpose: str = "") -> PageChanged:
        """Return the error that nothing for these names came up on this page in time."""
        return self.site.changed(self.name, *names, purpose=purpose)

    def check_may_act(self) -> None:
        """Raise what keeps us from typing and pressing on this page.

        SiteMoved; LoggedOut at a host that is for the login only, BrowserFailed on a page of the
        browser's own.
        """
        check_place(self.page, self.site, self.name)
        is_login_host = self.site.is_login_host(self.page.url)
        if self.site.is_own(self.page.url) or (self.at_login and is_login_host):
            return
        if is_login_host:
            raise LoggedOut(f"{self.name}: a page of the login stands there instead")
        raise BrowserFailed(f"{self.name}: the browser shows a page of its own instead")

    async def wait_for(self, *names: str) -> None:
        """Wait until something for any of these names is visible."""
        await self._find(_FIND, *names)

    async def locate(self, name: str, function: str) -> tuple[ClickTarget, Any]:
        """Return where to `click` something, and what a JavaScript function says at that moment."""
        looks = load_js("pages/js/locate.js", _CLICK_TARGET, function)
        target, found = await self._find(looks, name, is_clicked=True)
        return target, found

    async def _find(self, condition: str, *names: str, is_clicked: bool = False) -> Any:
        login = [] if self.at_login else self.site.selectors(*_ASKS_FOR_LOGIN)
        looked_at = [self.site.selectors(*names), login, is_clicked]
        found = await self.poll(condition, looked_at, *names)
        if found == "login":
            raise LoggedOut(f"{self.name}: {_INSTEAD}")
        return found

    async def hover(self, name: str) -> None:
        """Move the mouse to something, as soon as it stands still."""
        target = await self._find(_CLICK_TARGET, name)
        self.check_may_act()
        await self.page.mouse.move(target["x"], target["y"])

    async def click(
        self, name: str, *, target: ClickTarget | None = None, until: ClickResult | None = None
    ) -> Any:
        """Click something as soon as it is there, at first at `target`.

        Return what has come of it: `until`, else that the click was made.
        """
        function, outcome = until or ClickResult("() => true", name)
        landed = load_js("pages/js/click_result.js", function)
        for pause in (*_PAUSES_S, 0.0):
            if target is None:
                target = await self._find(_CLICK_TARGET, name, is_clicked=True)
            # At once: what comes of the click need not wait until the browser says that it clicked.
            waiting = self.poll(landed, None, outcome)
            _, found = await asyncio.gather(self._click(target), waiting)
            if found != "missed":
                return found
            target = None
            await asyncio.sleep(pause)
        raise self.changed(name, purpose="to be clicked: it moves away")

    async def _click(self, target: ClickTarget) -> None:
        if target["covered"]:
            with contextlib.suppress(Navigated), navigation_detected():
                await self.act(_CLICK_COVERED)
        else:
            self.check_may_act()
            await self.page.mouse.click(target["x"], target["y"])

    async def act(self, function: str, argument: Any = None) -> Any:
        """Return what a JavaScript function comes to that does something on the page.

        The document in which it runs looks at its own origin first: the page may be left for
        another one at any time. Raises SiteMoved, LoggedOut or BrowserFailed without having done
        anything.
        """
        for _ in range(ATTEMPTS):
            self.check_may_act()
            argued = [str(origin_of(self.page.url)), argument]
            answer = await self.page.evaluate(load_js("pages/js/at_origin.js", function), argued)
            if answer is not None:
                return answer["done"]
        raise BrowserFailed(f"{self.name}: the page is left for another one again and again")

    async def fill(self, name: str, text: str) -> None:
        """Replace the text of a field. No error holds the text.

        The field belongs to a document whose origin was looked at, and the text goes to that
        document only: when the page is left meanwhile, the text is not typed at all.
        """
        selectors = self.site.selectors(name)
        for _ in range(ATTEMPTS):
            check_place(self.page, self.site, self.name)
            await replace(self, at_login=True).poll(_FOCUS_FIELD, selectors, name)
            with contextlib.suppress(Navigated):
                with navigation_detected():
                    field = await self.page.evaluate_handle(_FIELD, selectors)
                self.check_may_act()
                if self.at_login:
                    with navigation_detected():
                        await check_form(self.site, field, self.name)
                if await _type(field, text):
                    return
        raise self.changed(name, purpose="to be typed into: it takes nothing")


def _time_limits(site: Site) -> Iterator[float]:
    """Yield the time limit of a page in two parts, in seconds."""
    first = min(_FIRST_LOOK_S, site.page_timeout)
    yield first
    if site.page_timeout > first:
        yield site.page_timeout - first


async def _type(field: JSHandle, text: str) -> bool:
    try:
        with navigation_detected():
            return bool(await field.evaluate(_TYPE, text))
    except PlaywrightError:
        # Its message might hold the text.
        raise BrowserFailed("The browser failed while something was typed") from None
