"""The session's cookies when contexts have different ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from jdp_spider.pages.answer import check_all_refused, is_inside
from jdp_spider.pages.navigation import follow

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

    from jdp_spider.pages.site import Site

    Cookies = list[dict[str, Any]]


class FoundSession(NamedTuple):
    """Where the session was found. Plain values only, as they cross between loops."""

    cookies: list[dict[str, Any]]
    """Those of the context in which the inventory has opened, with what that answer renewed."""
    is_elsewhere: bool
    """True if another context had it, and the cookies that were given were of no use."""
    is_renewed: bool
    """True if a cookie that was given has another value now."""


async def find_session(page: Page, site: Site, given: Cookies) -> FoundSession | None:
    """Return the session with which the page's address, the inventory, opens; None if none does.

    Those of the page itself, which were `given`, and of all other contexts of its browser: at a
    site that gives a new cookie with each answer, only the last context to get one has the session.
    Raise AllRefused if the site refuses all, as then it shows nothing of any session.
    """
    if await is_inside(page, site):
        return await _found(page, given, is_elsewhere=False)
    tried, context = [_values(given)], page.context
    for cookies in await _of_others(page, site):
        values = _values(cookies)
        if values in tried or not values.keys() >= tried[0].keys():
            continue
        tried.append(values)
        await context.clear_cookies()
        await context.add_cookies(cookies)  # type: ignore[arg-type]
        await follow(page, site, site.inventory_url)
        if await is_inside(page, site):
            return await _found(page, given, is_elsewhere=True)
    await check_all_refused(page, site)
    return None


async def _found(page: Page, given: Cookies, *, is_elsewhere: bool) -> FoundSession:
    cookies = [dict(cookie) for cookie in await page.context.cookies()]
    is_renewed = not _values(given).items() <= _values(cookies).items()
    return FoundSession(cookies, is_elsewhere, is_renewed)


async def _of_others(page: Page, site: Site) -> list[Cookies]:
    browser = page.context.browser
    others = [each for each in browser.contexts if each is not page.context] if browser else []
    live = [each for each in others if not _is_out(each, site)]
    return [[dict(cookie) for cookie in await each.cookies()] for each in live]


def _is_out(context: BrowserContext, site: Site) -> bool:
    """Return True if all pages of a context show the login."""
    return bool(context.pages) and all(site.is_login(page.url) for page in context.pages)


def _values(cookies: Cookies) -> dict[tuple[str, str], str]:
    return {(each["name"], each["domain"]): each["value"] for each in cookies}
