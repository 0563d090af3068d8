"""Waits and checks that every page needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.pages.errors import LoggedOut, ServerError

if TYPE_CHECKING:
    from playwright.async_api import Page

    from jdp_spider.pages.site import Site

# Chromium tells the status of the page's own navigation; a page method is not given the response.
_STATUS = "() => performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0"

_VISIBLE = """selector => [...document.querySelectorAll(selector)]
    .some(element => element.getClientRects().length > 0)"""


async def check_status(page: Page, what: str) -> None:
    """Raise ServerError when the site answered the page's navigation with an error."""
    status = await page.evaluate(_STATUS)
    if status >= 400:
        raise ServerError(status, what)


async def is_visible(page: Page, selector: str) -> bool:
    """Whether any element for a plain CSS `selector` can be seen on the page as it is now."""
    return bool(await page.evaluate(_VISIBLE, selector))


async def wait_for(page: Page, site: Site, *names: str, where: str) -> None:
    """Wait until something for any of these names of the site is visible.

    Raises LoggedOut when the login stands there instead, else PageChanged when time is up.
    """
    either = page.locator(site.any_of(*names)).or_(page.locator(site.user_name))
    try:
        await either.filter(visible=True).first.wait_for(state="visible", timeout=site.page_ms)
    except PlaywrightTimeout:
        raise site.changed(where, *names) from None
    if await is_visible(page, site.user_name):
        raise LoggedOut(f"{where}: the login stands there instead")


async def wait_until(
    page: Page,
    site: Site,
    condition: str,
    argument: Any,
    *names: str,
    where: str,
    purpose: str,
) -> Any:
    """Wait for the JavaScript function `condition` to return something true, and return that.

    Goes on over navigations. Raises LoggedOut or PageChanged, with the names of the site that the
    condition looks at, when time is up.
    """
    try:
        handle = await page.wait_for_function(condition, arg=argument, timeout=site.page_ms)
    except PlaywrightTimeout:
        if await is_visible(page, site.user_name):
            raise LoggedOut(f"{where}: the login stands there instead") from None
        raise site.changed(where, *names, purpose=purpose) from None
    return await handle.json_value()
