"""The session's cookies when contexts have different ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from jdp_spider.pages.answer import check_all_refused, is_inside
from jdp_spider.pages.ended import words_of_end
from jdp_spider.pages.errors import LoggedOut
from jdp_spider.pages.navigation import follow

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

    from jdp_spider.pages.site import Site

    Cookies = list[dict[str, Any]]


class FoundSession(NamedTuple):
    """Where the session was found. Plain values only, as they cross between loops."""

    cookies: list[dict[str, Any]]
    """Those of the context in which the inventory has opened, with what that answer renewed."""
    rotates: bool = False
    """True if a cookie that was given has another value now, and is of no use with the old one."""


async def check_session(page: Page, site: Site, given: Cookies) -> FoundSession | None:
    """Return the session with which the page's address, the inventory, opens; None if it does not.

    The page has the cookies that were `given`; if there are none, their renewal is not looked at.
    Raise as `is_inside`, AllRefused if the login is refused alike, and LoggedOut where a page says
    that another login has ended the session.
    """
    if await is_inside(page, site):
        return await _found(page, site, given)
    if said := await words_of_end(page, site):
        raise LoggedOut("The session has ended").saying(said)
    await check_all_refused(page, site)
    return None


async def find_session(page: Page, site: Site, given: Cookies) -> FoundSession | None:
    """Return the session with which the page's address, the inventory, opens; None if none does.

    Those of the page itself, those that were `given`, and those of all other contexts of its
    browser: at a site that gives a new cookie with each answer, only the last context to get one
    has the session.
    Raise AllRefused if the site refuses all, as then it shows nothing of any session.
    """
    its_own = _values(await cookies_of(page.context))
    if await is_inside(page, site):
        return await _found(page, site, given)
    tried = [its_own]
    for cookies in [given, *await _of_others(page, site)]:
        values = _values(cookies)
        if values in tried or not values.keys() >= _values(given).keys():
            continue
        tried.append(values)
        if await _opens_with(page, site, cookies):
            found = await cookies_of(page.context)
            return FoundSession(found, _are_renewed(given, found))
    await check_all_refused(page, site)
    return None


async def _found(page: Page, site: Site, given: Cookies) -> FoundSession:
    """Return the session in which the page has opened, and whether the old cookies are refused.

    A new value alone says nothing: some cookies change with each answer, and the old ones are good.
    """
    cookies = await cookies_of(page.context)
    rotates = _are_renewed(given, cookies) and not await _opens_with(page, site, given)
    return FoundSession(cookies, rotates)


async def _opens_with(page: Page, site: Site, cookies: Cookies) -> bool:
    await page.context.clear_cookies()
    await page.context.add_cookies(cookies)  # type: ignore[arg-type]
    await follow(page, site, site.inventory_url)
    return await is_inside(page, site)


async def cookies_of(context: BrowserContext) -> Cookies:
    """Return the context's cookies, as Playwright takes them again."""
    return [dict(cookie) for cookie in await context.cookies()]


def _are_renewed(given: Cookies, cookies: Cookies) -> bool:
    return not _values(given).items() <= _values(cookies).items()


async def _of_others(page: Page, site: Site) -> list[Cookies]:
    browser = page.context.browser
    others = [each for each in browser.contexts if each is not page.context] if browser else []
    live = [each for each in others if not _is_out(each, site)]
    return [await cookies_of(each) for each in live]


def _is_out(context: BrowserContext, site: Site) -> bool:
    """Return True if all pages of a context show the login."""
    return bool(context.pages) and all(site.is_login(page.url) for page in context.pages)


def _values(cookies: Cookies) -> dict[tuple[str, str], str]:
    return {(each["name"], each["domain"]): each["value"] for each in cookies}
