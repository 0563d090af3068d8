"""Clicks: on what a person would click, and again where nothing has come of one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.errors import PageChanged
from jdp_spider.pages.evaluation import Navigated, evaluate_until, navigation_detected
from jdp_spider.pages.fingerprints import remember
from jdp_spider.pages.network import watch
from jdp_spider.pages.place import check_place
from jdp_spider.pages.questions import QUESTIONS
from jdp_spider.pages.view import CHANGES, DOM, FIND, IS_LOADING, SCREEN, PageView
from jdp_spider.utils.javascript import load_js
from jdp_spider.utils.redaction import safe_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

_ANSWERS = load_js("pages/js/answers.js", DOM, CHANGES, QUESTIONS)
CLICK_TARGET = load_js("pages/js/click_target.js", DOM, _ANSWERS, QUESTIONS)
MARK_YES = load_js("pages/js/mark_yes.js", _ANSWERS)
_OFFERED = load_js("pages/js/offered.js", CLICK_TARGET, FIND, DOM)
_NOTE_THERE = load_js("pages/js/note_there.js", DOM)
_LANDED = load_js("pages/js/click_landed.js")
_CLICK_COVERED = load_js("pages/js/click_covered.js")
_SAID_SINCE = load_js("pages/js/said_since.js")
_OBSTACLE = load_js("pages/js/obstacle.js")
_BRING_OUT = load_js("pages/js/bring_out.js", DOM, CHANGES)
_MAKE_WAY = load_js("pages/js/make_way.js", DOM, CHANGES, QUESTIONS)

_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8)
"""After a click on something that has moved away from the mouse; the last one again and again."""
_LANDS_S = 3.0
"""How long a click may take to arrive in the page."""
_READY_S = 1.0
"""How long something may take to be ready before the mouse is moved there."""
_MOMENT_S = 2.0
"""How long after that something may stay disabled or covered before the way to it is made."""
_MOST_STEPS = 8
"""Questions that are answered, and pages of what shows around."""
_AGAIN_S = 2.5
"""How long nothing may come of a click before the next; twice as long each time."""
_ASKED_S = 0.5
"""Between two looks at whether the page asks something about a click."""
_LONGEST_WORDS = 120
_PATIENCE_S = 6.0
"""How long something may be covered, or look disabled, before that is taken for its normal look."""

_PASSABLE = ("disabled", "covered")
_PROBLEMS = {
    "disabled": "{it} is disabled",
    "covered": "{it} is covered by something else",
    "twice": "more than one button says {it}",
}


class ClickTarget(TypedDict):
    """Where something can be clicked, in CSS pixels."""

    x: float
    y: float
    covered: bool
    """The mouse does not reach it: it has been covered for long, or has no size."""


class ClickResult(NamedTuple):
    """What a click is made for."""

    function: str | Callable[[float], Awaitable[Any]]
    """In JavaScript: returns the result when it is there, else something false. In Python: waits
    for it, as many seconds at most as it is called with."""
    name: str
    """What it looks at, as the site calls it."""
    has_begun: Callable[[], bool] = lambda: False
    """Whether it is known to be on its way: then nothing is clicked again."""
    prepare: Callable[[], Awaitable[bool]] | None = None
    """Does what something that is disabled, or of which nothing comes, may wait for. Returns
    whether there was anything to do."""
    is_coming: Callable[[], bool] = lambda: False
    """Whether nothing more need be done for it: then no question of the page is answered."""

    async def within(self, page: PageView, seconds: float) -> Any:
        """Return the result as soon as it is there, or something false after `seconds`."""
        if isinstance(self.function, str):
            return await evaluate_until(page.page, self.function, None, seconds)
        return await self.function(seconds)


def shows(page: PageView, name: str) -> ClickResult:
    """Return what a click is made for that is to let something be seen."""
    return _appears(page, name, FIND, [page.site.selectors(name), page.asks_for_login])


def _appears(page: PageView, name: str, condition: str, looked_at: list[Any]) -> ClickResult:
    async def appears(seconds: float) -> Any:
        found = await evaluate_until(page.page, condition, looked_at, seconds)
        if found == "login":
            raise page.logged_out()
        return found

    return ClickResult(appears, name)


def offers(page: PageView, name: str) -> ClickResult:
    """Return the expected result of a click that is to make something clickable.

    Its result is the ClickTarget; True where that is seen, but cannot be clicked yet.
    """
    look = [page.site.selectors(name), page.asks_for_login]
    return _appears(page, name, _OFFERED, [target_arguments(page, look[0], "click"), look])


async def note_there(page: PageView, name: str) -> None:
    """Note what is there before a click that is to bring it: that is clicked only if none comes."""
    await page.evaluate(_NOTE_THERE, page.site.selectors(name))


async def find_target(
    page: PageView,
    name: str,
    condition: str,
    kind: str,
    prepare: Callable[[], Awaitable[bool]] | None = None,
) -> Any:
    """Wait until something can be clicked. Return the result of `condition` at that moment.

    `prepare` does what it may wait for while it is disabled. Raise PageChanged that says what is
    in the way, if something is.
    """
    looked_at = target_arguments(page, page.site.selectors(name), kind)
    found = await evaluate_until(page.page, condition, looked_at, _READY_S)
    try:
        if not found:
            obstacle = await page.evaluate(_OBSTACLE)
            # Some pages wait for a person, whom they know by the mouse.
            if kind and obstacle and obstacle[1]:
                page.check_may_act()
                await page.page.mouse.move(obstacle[1]["x"], obstacle[1]["y"])
            # The mouse alone does not reach what is covered, either.
            if obstacle and obstacle[0] in (_PASSABLE if kind else ("covered",)):
                found = await _prepared(page, condition, looked_at, prepare)
            elif kind and not obstacle:
                found = await _brought_out(page, condition, looked_at)
            found = found or await page.poll(condition, looked_at, name)
        check_place(page.page, page.site, page.name)
        if found == "login":
            raise page.logged_out()
    except PageChanged:
        obstacle = await page.evaluate(_OBSTACLE)
        if obstacle:
            raise page.changed(name, problem=_PROBLEMS[obstacle[0]]) from None
        raise
    if found == "twice":
        raise page.changed(name, problem=_PROBLEMS[found])
    return found


async def _prepared(
    page: PageView,
    condition: str,
    looked_at: list[Any],
    prepare: Callable[[], Awaitable[bool]] | None,
) -> Any:
    """Return what `condition` says once the way to something was made, or something false."""
    # It may be disabled, or covered, for a moment only.
    found = await evaluate_until(page.page, condition, looked_at, _MOMENT_S)
    for _ in range(_MOST_STEPS):
        if found:
            break
        is_made = False
        with contextlib.suppress(Navigated), navigation_detected():
            is_made = await page.act(_MAKE_WAY)
        if not (is_made or (prepare and await prepare())):
            break
        found = await evaluate_until(page.page, condition, looked_at, _READY_S)
    return found


async def _brought_out(page: PageView, condition: str, looked_at: list[Any]) -> Any:
    """Return what `condition` says once something was brought out, or something false."""
    found = None
    for _ in range(_MOST_STEPS):
        is_coming = watch(page.page).consequences.is_busy or await page.evaluate(IS_LOADING)
        if found or is_coming or not page.site.is_own(page.page.url):
            break
        is_out = True
        with contextlib.suppress(Navigated), navigation_detected():
            is_out = await page.act(_BRING_OUT, looked_at[0])
        if not (is_out or await _enlarged(page)):
            break
        found = await evaluate_until(page.page, condition, looked_at, _READY_S)
    return found


async def _enlarged(page: PageView) -> bool:
    """Make a window as large as a screen: a style may hide things in it. Return whether it was not.

    It stays so: the pages after this one are of the same site.
    """
    size = page.page.viewport_size
    if size is None or (size["width"] >= SCREEN["width"] and size["height"] >= SCREEN["height"]):
        return False
    await page.page.set_viewport_size(SCREEN)
    return True


def target_arguments(page: PageView, selectors: list[str], kind: str) -> list[Any]:
    """Return the arguments for CLICK_TARGET.

    `kind` is "" for the mouse alone, "click", or "again" for a click after one without a result.
    """
    patience = min(_PATIENCE_S, page.site.page_timeout / 2)
    return [selectors, page.asks_for_login, kind, patience * 1000]


async def click(
    page: PageView, name: str, target: ClickTarget | None, until: ClickResult | None
) -> Any:
    """Click something as soon as it can be, at first at `target`. Return what has come of it."""
    end = time.monotonic() + page.site.page_timeout
    pauses = iter(_PAUSES_S)
    if target is None:
        prepare = until.prepare if until else None
        target = await find_target(page, name, CLICK_TARGET, "click", prepare)
    await remember(page, name)
    # Before the click: what comes of it may come before the browser says that it has clicked.
    clicked = time.monotonic()
    while not await _lands(page, target):
        if time.monotonic() > end:
            raise page.changed(name, problem="{it} moves away from the mouse")
        await asyncio.sleep(next(pauses, _PAUSES_S[-1]))
        target = await find_target(page, name, CLICK_TARGET, "click")
        clicked = time.monotonic()
    return True if until is None else await _result(page, name, until, clicked)


async def _lands(page: PageView, target: ClickTarget) -> bool:
    """Click. Return whether the click has reached what is to be clicked, and nothing else."""
    # At once: the browser may say that it has clicked only after what comes of it.
    landing = evaluate_until(page.page, _LANDED, None, _LANDS_S)
    _, landed = await asyncio.gather(_press(page, target), landing)
    return bool(landed == "hit")


async def _press(page: PageView, target: ClickTarget) -> None:
    watch(page.page).consequences.acts()
    if target["covered"]:
        with contextlib.suppress(Navigated), navigation_detected():
            await page.act(_CLICK_COVERED)
    else:
        page.check_may_act()
        await page.page.mouse.click(target["x"], target["y"])


async def _result(page: PageView, name: str, until: ClickResult, clicked: float) -> Any:
    """Wait for what comes of a click, and click again where certainly nothing does."""
    consequences = watch(page.page).consequences
    end, pause, answers = clicked + page.site.page_timeout, _AGAIN_S, 0
    while (left := end - time.monotonic()) > 0:
        found, is_answered = await _looked_for(page, name, until, min(pause, left))
        check_place(page.page, page.site, page.name)
        if found:
            return found
        await page.raise_reason()
        if is_answered and answers < _MOST_STEPS:
            answers += 1
            end = clicked + 2 * page.site.page_timeout
            continue
        pause *= 2
        if not (answers or until.has_begun() or consequences.have_begun(clicked)):
            # What is chosen now is what the click has waited for, whatever the page says of it.
            is_prepared = until.prepare is not None and await until.prepare()
            kind = "click" if is_prepared else "again"
            looked_at = target_arguments(page, page.site.selectors(name), kind)
            target = await page.evaluate(CLICK_TARGET, looked_at)
            if isinstance(target, dict) and not until.has_begun():
                clicked = time.monotonic()
                await _lands(page, target)  # type: ignore[arg-type]
    it, said = page.site.selectors(name)[0], await said_since_click(page)
    problem = f"the click on '{it}' ({name}) brought no {{it}}"
    raise page.changed(until.name, problem=problem).saying(said)


async def said_since_click(page: PageView) -> str:
    """Return what the page says that it did not say before the last click; empty for nothing."""
    # The page may be gone, or answer nothing while it is to be left: what did not come matters.
    with contextlib.suppress(PlaywrightError, asyncio.TimeoutError):
        looking = evaluate_until(page.page, _SAID_SINCE, None, _READY_S)
        return str(await asyncio.wait_for(looking, 2 * _READY_S) or "")
    return ""


async def _looked_for(
    page: PageView, name: str, until: ClickResult, seconds: float
) -> tuple[Any, bool]:
    """Return what has come of a click within `seconds`; True if it asked, and was answered."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if found := await until.within(page, min(_ASKED_S, left)):
            return found, False
        if not until.is_coming() and await answer_question(page, name):
            return None, True
    return None, False


async def answer_question(page: PageView, name: str) -> bool:
    """Say yes to what the page asks since a click, if that means no more than the click did."""
    asked = await page.evaluate(MARK_YES, name)
    return bool(asked) and await say_yes(page, asked)


async def say_yes(page: PageView, asked: str) -> bool:
    """Click the answer to what is `asked`, as MARK_YES has marked it."""
    looked_at = target_arguments(page, ["[data-jdp-yes]"], "click")
    target = await evaluate_until(page.page, CLICK_TARGET, looked_at, _READY_S)
    if not isinstance(target, dict):
        return False
    words = safe_line(asked)[:_LONGEST_WORDS]
    logger.info("A question of the page, answered by yes: %s", words)
    return await _lands(page, target)  # type: ignore[arg-type]
