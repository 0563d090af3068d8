"""Waits and checks that every page needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.pages import site
from jdp_spider.pages.errors import LoggedOut, PageChanged, ServerError

if TYPE_CHECKING:
    from playwright.async_api import Page

# Chromium tells the status of the page's own navigation; a page method is not given the response.
_STATUS = "() => performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0"

_VISIBLE = """selector => [...document.querySelectorAll(selector)]
    .some(element => element.getClientRects().length > 0)"""


class Limits(NamedTuple):
    """Time limits in seconds: for one page or one step on it, and for the making of a report."""

    page: float
    report: float

    @property
    def page_ms(self) -> float:
        """The limit for a page in Playwright's unit, milliseconds."""
        return self.page * 1000

    @property
    def report_ms(self) -> float:
        """The limit for a report in milliseconds."""
        return self.report * 1000


async def check_status(page: Page, what: str) -> None:
    """Raise ServerError when the site answered the page's navigation with an error."""
    status = await page.evaluate(_STATUS)
    if status >= 400:
        raise ServerError(status, what)


async def is_visible(page: Page, selector: str) -> bool:
    """Whether any element for a plain CSS `selector` can be seen on the page as it is now."""
    return bool(await page.evaluate(_VISIBLE, selector))


async def wait_for(
    page: Page, selector: str, *, where: str, purpose: str, timeout_ms: float
) -> None:
    """Wait until something for `selector` is visible.

    Raises LoggedOut when the login stands there instead, else PageChanged when time is up.
    """
    either = page.locator(selector).or_(page.locator(site.USER_NAME)).filter(visible=True).first
    try:
        await either.wait_for(state="visible", timeout=timeout_ms)
    except PlaywrightTimeout:
        raise PageChanged(where, selector, purpose) from None
    if await is_visible(page, site.USER_NAME):
        raise LoggedOut(f"{where}: the login stands there instead")


async def wait_until(
    page: Page, condition: str, argument: Any, *, where: str, purpose: str, timeout_ms: float
) -> Any:
    """Wait for the JavaScript function `condition` to return something true, and return that.

    Goes on over navigations. Raises LoggedOut or PageChanged when time is up.
    """
    try:
        handle = await page.wait_for_function(condition, arg=argument, timeout=timeout_ms)
    except PlaywrightTimeout:
        if await is_visible(page, site.USER_NAME):
            raise LoggedOut(f"{where}: the login stands there instead") from None
        raise PageChanged(where, "(a state of the page)", purpose) from None
    return await handle.json_value()
