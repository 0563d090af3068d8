"""Waits and checks that every page needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.pages.errors import LoggedOut, Maintenance
from jdp_spider.pages.watch import watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

    from jdp_spider.pages.site import Site

_VISIBLE = """selector => [...document.querySelectorAll(selector)]
    .some(element => element.getClientRects().length > 0)"""

_LOOK_MS = 5000.0
"""After this long without what is waited for, the page is looked at for a reason."""

# The text of a page that is loaded and short: what stands instead of a page of the site.
_SHORT_PAGE = """() => {
    const text = `${document.title}\\n${document.body?.innerText ?? ''}`;
    return document.readyState === 'loading' || text.length > 2000 ? '' : text;
}"""
_MAINTENANCE = re.compile(
    r"(under|scheduled|planned|for|routine|system)\s+maintenance|temporarily\s+(unavailable|down)"
    r"|be\s+(right\s+)?back\s+(soon|shortly|in)|service\s+(is\s+)?unavailable",
    re.IGNORECASE,
)


async def is_visible(page: Page, selector: str) -> bool:
    """Whether any element for a plain CSS `selector` can be seen on the page as it is now."""
    return bool(await page.evaluate(_VISIBLE, selector))


async def wait_for(page: Page, site: Site, *names: str, where: str) -> None:
    """Wait until something for any of these names of the site is visible.

    Raises LoggedOut when login or licence stand there instead, ServerError or Maintenance when
    the page tells of them, else PageChanged when time is up.
    """
    either = page.locator(site.any_of(*names)).or_(page.locator(site.asks_for_login))
    either = either.filter(visible=True).first
    for limit in _looks(site):
        try:
            await either.wait_for(state="visible", timeout=limit)
        except PlaywrightTimeout:
            await _find_reason(page, site, where, is_login=False)
        else:
            break
    else:
        raise site.changed(where, *names)
    if await is_visible(page, site.asks_for_login):
        raise LoggedOut(f"{where}: the login or the licence stands there instead")


async def wait_until(
    page: Page,
    site: Site,
    condition: str,
    argument: Any,
    *names: str,
    where: str,
    purpose: str,
    is_login: bool = False,
) -> Any:
    """Wait for the JavaScript function `condition` to return something true, and return that.

    Goes on over navigations. Raises as `wait_for` does, PageChanged with the names of the site
    that the condition looks at; LoggedOut only where the page is not the login by itself.
    """
    for limit in _looks(site):
        try:
            handle = await page.wait_for_function(condition, arg=argument, timeout=limit)
            return await handle.json_value()
        except PlaywrightTimeout:
            await _find_reason(page, site, where, is_login=is_login)
    raise site.changed(where, *names, purpose=purpose)


def _looks(site: Site) -> Iterator[float]:
    """The time limit of a page, in milliseconds, in two parts."""
    first = min(_LOOK_MS, site.page_ms)
    yield first
    if site.page_ms > first:
        yield site.page_ms - first


async def _find_reason(page: Page, site: Site, where: str, *, is_login: bool) -> None:
    """Raise what the page tells about why something does not come up."""
    if await is_visible(page, site.asks_for_login):
        if is_login:
            return
        raise LoggedOut(f"{where}: the login or the licence stands there instead")
    watch(page).check_dynamic()
    # On a page of the inside such words are news of the site: it may be slow, but it works.
    if await is_visible(page, site.any_of("log_out", "inventory_link")):
        return
    if _MAINTENANCE.search(await page.evaluate(_SHORT_PAGE)):
        raise Maintenance(f"{where}: the site says that it is down for maintenance")
