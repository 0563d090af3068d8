"""Functions evaluated in a page, which may be left for another one before they answer."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.world import evaluate_inside, evaluate_once
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

ATTEMPTS = 5
"""How often a page is asked that is left again and again."""

_MESSAGES = (
    "context was destroyed",
    "because of a navigation",
    "navigated or closed",
    "Promise was collected",
    "Cannot find context",
    "Cannot find default execution context",
    "Could not find object",
)


class Navigated(Exception):
    """Raised when a page was left for another one before it could answer."""


@contextlib.contextmanager
def navigation_detected() -> Iterator[None]:
    """Raise Navigated where the document that was asked is gone."""
    try:
        yield
    except PlaywrightError as error:
        if any(message in error.message for message in _MESSAGES):
            raise Navigated from None
        raise


async def evaluate(page: Page, function: str, argument: Any = None, *, inside: bool = False) -> Any:
    """Return the result of a JavaScript function that only reads the page.

    When the page is left for another one meanwhile, that one is asked. `inside`: it reads what the
    page's own scripts have.
    """
    asks = evaluate_inside if inside else evaluate_once
    for _ in range(ATTEMPTS):
        with contextlib.suppress(Navigated), navigation_detected():
            return await asks(page, function, argument)
    return await asks(page, function, argument)


async def evaluate_until(page: Page, condition: str, argument: Any, seconds: float) -> Any:
    """Return what a JavaScript function says as soon as that is true, or None after `seconds`.

    While a slow page is awaited, the browser may answer no more until it is there: that one is
    asked, too, even when the time is up.
    """
    polling = load_js("pages/js/until.js", condition)
    end = time.monotonic() + seconds
    late = 0
    while late < ATTEMPTS:
        left = max(end - time.monotonic(), 0.0)
        late += not left
        with contextlib.suppress(Navigated), navigation_detected():
            return await evaluate_once(page, polling, [argument, left * 1000])
    return None
