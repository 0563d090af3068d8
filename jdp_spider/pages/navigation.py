"""Opens an address of the site for the doctor and for repairs; a crawl's handler opens its own."""

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


async def go_to(page: Page, site: Site, url: str, what: str) -> None:
    """Open an address. `what` names it in messages, such as "the inventory".

    Raise SiteMoved, ServerError, ConnectionFailed or NetworkRefused if that fails.
    """
    watching = watch(page)
    try:
        referer = site.comes_from(url)
        going = page.goto(url, wait_until="commit", timeout=site.page_ms, referer=referer)
        await watching.unbroken(going)
        await watching.unbroken(pass_browser_check(page))
    except PlaywrightError as error:
        raise network_error(error) or error from None
    check_place(page, site, what.capitalize())
    watching.check(what)
