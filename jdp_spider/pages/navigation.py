"""Opens addresses of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from jdp_spider.pages.browser_check import pass_browser_check
from jdp_spider.pages.errors import network_error
from jdp_spider.pages.network import watch
from jdp_spider.pages.place import check_place

if TYPE_CHECKING:
    from playwright.async_api import Page

    from jdp_spider.pages.site import Site


async def follow(page: Page, site: Site, url: str) -> None:
    """Send the page to an address, as a link to it would. Return once the answer begins.

    Raise Playwright's errors.
    """
    referer = site.comes_from(url)
    await page.goto(url, wait_until="commit", timeout=site.page_ms, referer=referer)


async def go_to(page: Page, site: Site, url: str, what: str) -> None:
    """Open an address. `what` names it in messages, such as "the inventory".

    Raise SiteMoved, ServerError, ConnectionFailed or NetworkRefused if that fails.
    """
    watching = watch(page)
    try:
        await watching.unbroken(follow(page, site, url))
        await watching.unbroken(pass_browser_check(page))
    except PlaywrightError as error:
        raise network_error(error) or error from None
    check_place(page, site, what.capitalize())
    watching.check(what)
