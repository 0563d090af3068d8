"""Waits and checks that every page needs.

They look by plain functions of the page's own world. Playwright's locators and `wait_for_function`
load a large script into each new document first: more work for the browser than all that is done
on a vehicle's page.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.pages.errors import BrowserFailed, LoggedOut, Maintenance
from jdp_spider.pages.network import watch
from jdp_spider.pages.origin import origin_of
from jdp_spider.pages.place import check_form, check_may_act, check_place
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.async_api import JSHandle, Page

    from jdp_spider.pages.site import Site

DOM = load_js("pages/js/dom.js")
"""JavaScript: `shown(selector)`, what is found for a selector and can be seen.

"text:Some words" is a button or link that says so.
"""

_LOADING = f"{DOM}.isLoading"

VISIBLE = f"{DOM}.isVisible"
"""JavaScript: whether any of some selectors finds something that can be seen."""

_THERE = load_js("pages/js/find.js", DOM)

_SPOT = load_js("pages/js/click_target.js", DOM)

_CLICK_COVERED = load_js("pages/js/click_covered.js")

_FIELD = load_js("pages/js/field.js", DOM)
_READY = load_js("pages/js/focus_field.js", _FIELD)

_TYPE = load_js("pages/js/type.js")

_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""After a click on something that has moved away from the mouse."""

_ASKED_AGAIN = 5
_GARBAGE_S = 10.0
"""How long collecting garbage may take before it is not waited for any more."""
_FIRST_LOOK_S = 5.0
"""After this long without what is waited for, the page is looked at for a reason."""

_SHORT_PAGE = load_js("pages/js/short_text.js")
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


async def evaluate(page: Page, question: str, argument: Any = None) -> Any:
    """What a JavaScript function that only looks says of the page.

    When the page is left for another one meanwhile, that one is asked.
    """
    for _ in range(_ASKED_AGAIN):
        with contextlib.suppress(_Left):
            return await _evaluate(page, question, argument)
    return await page.evaluate(question, argument)


class _Left(Exception):
    """Raised when a page was left for another one before it could answer."""


_LEFT_WORDS = ("context was destroyed", "because of a navigation", "handle is disposed")


async def _evaluate(page: Page, question: str, argument: Any) -> Any:
    with _leaving():
        return await page.evaluate(question, argument)


@contextlib.contextmanager
def _leaving() -> Iterator[None]:
    """Raise _Left where the document that was asked is there no more."""
    try:
        yield
    except PlaywrightError as error:
        message = error.message
        if any(words in message for words in _LEFT_WORDS):
            raise _Left from None
        raise


async def collect_garbage(page: Page) -> None:
    """Have the page throw away what it does not need any more, while the site is waited for.

    A renderer grows by 2 MB with each vehicle, and more with each page of the grid (measured).
    """
    with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
        await asyncio.wait_for(page.request_gc(), _GARBAGE_S)


async def is_visible(page: Page, *selectors: str) -> bool:
    """Whether any element for these selectors can be seen on the page as it is now."""
    return bool(await evaluate(page, VISIBLE, list(selectors)))


async def appears(page: Page, seconds: float, *selectors: str) -> bool:
    """Whether any element for these selectors can be seen within so many seconds."""
    return bool(await _asked_until(page, VISIBLE, list(selectors), seconds))


async def wait_for(page: Page, site: Site, *names: str, where: str) -> None:
    """Wait until something for any of these names of the site is visible.

    Raises LoggedOut when login or licence stand there instead, ServerError, ConnectionFailed or
    Maintenance when the page tells of them, else PageChanged when time is up.
    """
    await _find(page, site, names, where, _THERE)


async def locate_and_evaluate(
    page: Page, site: Site, name: str, where: str, function: str
) -> tuple[ClickTarget, Any]:
    """Where to `press` what stands for a name of the site; what a JavaScript function says then.

    Raises as `wait_for`.
    """
    looks = load_js("pages/js/locate.js", _SPOT, function)
    spot, found = await _find(page, site, (name,), where, looks, is_clicked=True)
    return spot, found


async def click(
    page: Page,
    site: Site,
    name: str,
    where: str,
    *,
    spot: ClickTarget | None = None,
    until: ClickResult | None = None,
    is_login: bool = False,
) -> Any:
    """Click what stands for a name of the site, as soon as it is there; at first at `spot`.

    Returns what has come of it: `until`, else that the click was made. Where it stands on the
    login or the licence itself, those are no reason to raise. Raises as `wait_for`.
    """
    function, outcome = until or ClickResult("() => true", name)
    landed = load_js("pages/js/click_result.js", function)
    for pause in (*_PAUSES_S, 0.0):
        if spot is None:
            spot = await _find(
                page, site, (name,), where, _SPOT, is_clicked=True, is_login=is_login
            )
        # At once: what comes of the click need not wait until the browser says that it clicked.
        waiting = poll(page, site, landed, None, outcome, where=where, is_login=is_login)
        clicking = _click(page, site, spot, where, is_login=is_login)
        _, found = await asyncio.gather(clicking, waiting)
        if found != "missed":
            return found
        spot = None
        await asyncio.sleep(pause)
    raise site.changed(where, name, purpose="to be clicked: it moves away")


async def _click(page: Page, site: Site, spot: ClickTarget, where: str, *, is_login: bool) -> None:
    if spot["covered"]:
        with contextlib.suppress(_Left), _leaving():
            await act(page, site, _CLICK_COVERED, where=where, is_login=is_login)
    else:
        check_may_act(page, site, where, is_login=is_login)
        await page.mouse.click(spot["x"], spot["y"])


async def act(
    page: Page,
    site: Site,
    function: str,
    argument: Any = None,
    *,
    where: str,
    is_login: bool = False,
) -> Any:
    """Return what a JavaScript function comes to that does something on the page.

    The document in which it runs looks at its own origin first: the page may be left for another
    one at any time. Raises SiteMoved, LoggedOut or PageChanged without having done anything.
    """
    for _ in range(_ASKED_AGAIN):
        check_may_act(page, site, where, is_login=is_login)
        argued = [str(origin_of(page.url)), argument]
        answer = await page.evaluate(load_js("pages/js/at_origin.js", function), argued)
        if answer is not None:
            return answer["done"]
    raise BrowserFailed(f"{where}: the page is left for another one again and again")


async def fill(
    page: Page, site: Site, name: str, text: str, where: str, *, is_login: bool = False
) -> None:
    """Have `text` stand in a field of the login or the grid. No error holds the text.

    The field belongs to a document whose origin was looked at, and the text goes to that document
    only: when the page is left meanwhile, the text is not typed at all. Raises SiteMoved,
    PageChanged or the site's trouble, as `wait_for`.
    """
    selectors = site.selectors(name)
    for _ in range(_ASKED_AGAIN):
        check_place(page, site, where)
        await poll(page, site, _READY, selectors, name, where=where, is_login=True)
        with contextlib.suppress(_Left):
            field = await _handle(page, selectors)
            check_may_act(page, site, where, is_login=is_login)
            if is_login:
                with _leaving():
                    await check_form(site, field, where)
            if await _typed(field, text):
                return
    raise site.changed(where, name, purpose="to be typed into: it takes nothing")


async def _handle(page: Page, selectors: list[str]) -> JSHandle:
    with _leaving():
        return await page.evaluate_handle(_FIELD, selectors)


async def _typed(field: JSHandle, text: str) -> bool:
    try:
        with _leaving():
            return bool(await field.evaluate(_TYPE, text))
    except PlaywrightError:
        # Its message might hold the text.
        raise BrowserFailed("The browser failed while something was typed") from None


async def hover(page: Page, site: Site, name: str, where: str) -> None:
    """Move the mouse to what stands for a name of the site. Raises as `wait_for`."""
    spot = await _find(page, site, (name,), where, _SPOT)
    check_may_act(page, site, where, is_login=False)
    await page.mouse.move(spot["x"], spot["y"])


async def _find(
    page: Page,
    site: Site,
    names: Sequence[str],
    where: str,
    condition: str,
    *,
    is_clicked: bool = False,
    is_login: bool = False,
) -> Any:
    login = [] if is_login else site.selectors(*ASKS_FOR_LOGIN)
    looked_at = [site.selectors(*names), login, is_clicked]
    found = await poll(page, site, condition, looked_at, *names, where=where, is_login=is_login)
    if found == "login":
        raise LoggedOut(f"{where}: the login or the licence stands there instead")
    return found


ASKS_FOR_LOGIN = ("user_name", "licence")
"""What stands on a page that lets nobody in."""


async def poll(
    page: Page,
    site: Site,
    condition: str,
    argument: Any,
    *names: str,
    where: str,
    purpose: str = "",
    is_login: bool = False,
) -> Any:
    """Wait for the JavaScript function `condition` to return something true, and return that.

    Goes on over navigations. Raises as `wait_for` does, PageChanged with the names of the site
    that the condition looks at; LoggedOut only where the page is not the login by itself.
    """
    for limit in _looks(site):
        found = await _asked_until(page, condition, argument, limit)
        # Behind the answer: a page of another origin may say what it likes.
        check_place(page, site, where)
        if found:
            return found
        await _find_reason(page, site, where, is_login=is_login)
    if await evaluate(page, _LOADING):
        raise PlaywrightTimeout(f"{where}: not loaded within {site.page_timeout:g} s")
    raise site.changed(where, *names, purpose=purpose)


async def _asked_until(page: Page, condition: str, argument: Any, seconds: float) -> Any:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        with contextlib.suppress(_Left):
            return await _evaluate(
                page, load_js("pages/js/until.js", condition), [argument, left * 1000]
            )
    return None


def _looks(site: Site) -> Iterator[float]:
    """The time limit of a page in two parts, in seconds."""
    first = min(_FIRST_LOOK_S, site.page_timeout)
    yield first
    if site.page_timeout > first:
        yield site.page_timeout - first


async def _find_reason(page: Page, site: Site, where: str, *, is_login: bool) -> None:
    """Raise what the page tells about why something does not come up."""
    if await is_visible(page, *site.selectors(*ASKS_FOR_LOGIN)):
        if is_login:
            return
        raise LoggedOut(f"{where}: the login or the licence stands there instead")
    watch(page).check_dynamic()
    # On a page of the inside such words are news of the site: it may be slow, but it works.
    if await is_visible(page, *site.selectors("log_out", "inventory_link")):
        return
    if _MAINTENANCE.search(await evaluate(page, _SHORT_PAGE)):
        raise Maintenance(f"{where}: the site says that it is down for maintenance")
