"""A page of the browser, looked at as one of the site's pages.

Pages are looked at by plain functions, in a JavaScript world of our own (`world.py`). Playwright's
locators and `wait_for_function` load a large script into each new document first: more work for the
browser than all that is done on a vehicle's page.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.pages import blocking
from jdp_spider.pages.errors import BrowserFailed, LoggedOut
from jdp_spider.pages.evaluation import ATTEMPTS, evaluate, evaluate_until
from jdp_spider.pages.network import watch
from jdp_spider.pages.origin import origin_of
from jdp_spider.pages.place import check_place
from jdp_spider.pages.questions import QUESTIONS
from jdp_spider.pages.trouble import too_many_in, trouble_in
from jdp_spider.pages.world import evaluate_inside, evaluate_once
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from playwright.async_api import Page

    from jdp_spider.pages.errors import PageChanged
    from jdp_spider.pages.site import Site

ROOTS = load_js("pages/js/roots.js")
DOM = load_js("pages/js/dom.js", ROOTS)
CHANGES = load_js("pages/js/changes.js", QUESTIONS)
IS_VISIBLE = f"{DOM}.isVisible"
FIND = load_js("pages/js/find.js", DOM)
FEATURES = load_js("pages/js/features.js")
FINGERPRINTS = load_js("pages/js/fingerprints.js", FEATURES, DOM)
IS_LOADING = f"{DOM}.isLoading"
_HELD_UP = f"{DOM}.heldUpBy"
_STRANGE_TEXT = load_js("pages/js/strange_text.js")
SHORT_TEXT = load_js("pages/js/short_text.js")
_PAGE_WORDS = load_js("pages/js/page_words.js")

_LOOK_S = 5.0
"""After this long without the expected element, the page is checked for a reason; then again."""

_LARGE_FRAME = 300 * 150
"""Pixels of the smallest frame that may hold what is missing: the size that HTML gives frames."""

_ASKS_FOR_LOGIN = ("user_name", "licence")
_OF_WORKING_PAGES = ("reports", "bookout", "filter_on", "filter_off")
"""Where one of these is, what else the page says is news of the site."""
_INSTEAD = "the login or the licence stands there instead"


@dataclass(frozen=True)
class PageView:
    """A page of the browser, looked at as one of the site's pages.

    What is on it has the names of selectors.toml. Whatever waits raises LoggedOut when login or
    licence are there instead, ServerError, ConnectionFailed or Maintenance when the page tells of
    them, SiteMoved at another origin, and else PageChanged when time is up.
    """

    page: Page
    site: Site
    name: str
    """Name of the site's page in messages."""
    at_login: bool = False
    """Whether this is about login and licence, so that their presence is no reason to raise."""

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        """Return what a JavaScript function that only looks says of the page."""
        return await evaluate(self.page, function, argument)

    async def is_visible(self, *names: str) -> bool:
        """Return whether anything for these names is visible on the page now."""
        return bool(await self.evaluate(IS_VISIBLE, self.site.selectors(*names)))

    async def appears(self, seconds: float, *names: str) -> bool:
        """Return whether anything for these names becomes visible within `seconds`."""
        selectors = self.site.selectors(*names)
        return bool(await evaluate_until(self.page, IS_VISIBLE, selectors, seconds))

    async def poll(self, condition: str, argument: Any, *names: str, purpose: str = "") -> Any:
        """Wait for the JavaScript function `condition` to return something true, and return that.

        Continues over navigations. `names` are what the condition looks at, for PageChanged.
        """
        quiet, left = _Quiet(self), self.site.page_timeout
        while left > 0:
            limit = min(_LOOK_S, left)
            left -= limit
            found = await evaluate_until(self.page, condition, argument, limit)
            # After the answer: a page of another origin may say what it likes.
            check_place(self.page, self.site, self.name)
            if found:
                return found
            await self.raise_reason()
            if await quiet.is_final():
                break
            if not quiet.looks:
                await self.load_without_others()
        blocking.load_everything()
        if await self.evaluate(IS_LOADING):
            limit = self.site.page_timeout
            raise PlaywrightTimeout(f"{self.name}: not loaded within {limit:g} s")
        # What came instead may have the head of the site's pages; the login's own is read there.
        said = str(await self.evaluate(_PAGE_WORDS))
        too_many = too_many_in(said, self.name, said)
        if too_many and not (self.at_login or await self.is_visible(*_OF_WORKING_PAGES)):
            raise too_many
        problem = "found no {it}" + await _part_of_others(self.page)
        raise self.changed(*names, purpose=purpose, problem=problem).saying(said)

    async def load_without_others(self) -> bool:
        """Load the page again without what other hosts keep it waiting for.

        Return False if they do not, or it cannot be loaded again.
        """
        held_up = await self.evaluate(_HELD_UP)
        return bool(held_up) and await blocking.load_without(self.page, held_up)

    async def raise_reason(self) -> None:
        """Raise the error by which the page explains why something does not appear."""
        if await self.is_visible(*_ASKS_FOR_LOGIN):
            if self.at_login:
                return
            raise self.logged_out()
        watch(self.page).check_dynamic()
        # On a page of the inside such words are news of the site: it may be slow, but it works.
        if await self.is_visible("log_out", "inventory_link"):
            return
        text = await self.evaluate(SHORT_TEXT)
        if trouble := trouble_in(text, self.name, at_login=self.at_login):
            raise trouble

    @property
    def asks_for_login(self) -> list[str]:
        """The selectors of what appears instead of this page when the session has ended."""
        return [] if self.at_login else self.site.selectors(*_ASKS_FOR_LOGIN)

    def logged_out(self) -> LoggedOut:
        """Return the error that the login or the licence appeared instead of this page."""
        return LoggedOut(f"{self.name}: {_INSTEAD}")

    def changed(self, *names: str, **saying: str) -> PageChanged:
        """Return the error that nothing for these names appeared on this page in time."""
        return self.site.changed(self.name, *names, **saying)

    def check_may_act(self) -> None:
        """Raise the error that prevents typing and clicking on this page.

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
        looked_at = [self.site.selectors(*names), self.asks_for_login]
        if await self.poll(FIND, looked_at, *names) == "login":
            raise self.logged_out()

    async def act(self, function: str, argument: Any = None, *, inside: bool = False) -> Any:
        """Return the result of a JavaScript function that does something on the page.

        `inside`: among the page's own scripts, for what calls or replaces functions of theirs.

        The document in which it runs looks at its own origin first: the page may be left for
        another one at any time. Raise SiteMoved, LoggedOut or BrowserFailed without having done
        anything.
        """
        watch(self.page).consequences.acts()
        for _ in range(ATTEMPTS):
            self.check_may_act()
            argued = [str(origin_of(self.page.url)), argument]
            acting = load_js("pages/js/at_origin.js", function)
            acts = evaluate_inside if inside else evaluate_once
            answer = await acts(self.page, acting, argued)
            if answer is not None:
                return answer["done"]
        raise BrowserFailed(f"{self.name}: the page is left for another one again and again")


async def _part_of_others(page: Page) -> str:
    """Say from where a large part of the page comes, if not from its own origin."""
    for frame in page.frames:
        origin = origin_of(frame.url)
        if origin is None or origin == origin_of(page.url):
            continue
        with contextlib.suppress(PlaywrightError):
            box = await (await frame.frame_element()).bounding_box()
            if box and box["width"] * box["height"] >= _LARGE_FRAME:
                return f"; a part of the page is a frame from {origin}: nothing is looked for there"
    return ""


class _Quiet:
    """Tells whether a page will not become the expected one.

    It is no page of the inside, is loaded, waits for nothing and has not changed between two looks:
    a session's end may be told on a page of its own, in whatever words.
    """

    def __init__(self, view: PageView) -> None:
        self._view = view
        self._text = ""
        self.looks = -1
        """Looks after the first."""

    async def is_final(self) -> bool:
        """Look at the page."""
        view, before = self._view, self._text
        self.looks += 1
        self._text = "" if view.at_login else await view.evaluate(_STRANGE_TEXT)
        if not self._text or self._text != before:
            return False
        is_waiting = watch(view.page).consequences.is_waiting
        return not (is_waiting or await view.is_visible("log_out", "inventory_link"))
