"""Where a page is, and where it would send typed text: checked before anything is done there.

The address of a page is the browser's word, of which no script of the page has a say. It is never
older than an answer that came from the page before: so whoever asks a page first and looks at its
address then knows whose answer it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp_spider.pages.origin import is_web
from jdp_spider.utils.javascript import load_js

if TYPE_CHECKING:
    from playwright.async_api import Page

    from jdp_spider.pages.site import Site
    from jdp_spider.pages.world import Handle

_SENDS_TO = load_js(
    "pages/js/form_targets.js", load_js("pages/js/dom.js", load_js("pages/js/roots.js"))
)


def check_place(page: Page, site: Site, where: str) -> None:
    """Raise SiteMoved if the page is a web page that is not at an origin of the site.

    At a host that is allowed for the login only, the session has ended perhaps: the login's form
    will tell. A page of the browser's own, as for a connection that failed, says nothing either.
    """
    if is_web(page.url) and not site.is_own(page.url) and not site.is_login_host(page.url):
        raise site.moved(where, page.url)


async def check_form(site: Site, field: Handle, where: str) -> None:
    """Raise SiteMoved if the form of a login field sends to another origin."""
    for address in await field.evaluate(_SENDS_TO, site.selectors("log_in")):
        if not (site.is_own(address) or site.is_login_host(address)):
            raise site.moved(f"{where}: its form", address)
