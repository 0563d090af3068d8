"""What a page leads to elsewhere than on the site, in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages import grid
from jdp_spider.pages.errors import NoBookoutLink, ReportNotOpened
from jdp_spider.pages.vehicle import create_report
from tests.support.factories import vehicle
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

LINK = "<table><tr><td>7</td><td><a id=bookOutButton_7 title=Bookout %s>open</a></table>"


def opened(link: str) -> Any:
    """The row of a link, what comes of opening it, and whether the page is still the same."""

    async def work(page: SitePage) -> Any:
        await page.page.wait_for_load_state()
        before = page.page.url
        (row,) = await grid.rows(page)
        try:
            await grid.open_row(page, row)
            came = await page.page.evaluate("() => window.opened ?? null")
        except NoBookoutLink as error:
            came = str(error)
        return row.url, row.is_script, came, page.page.url == before

    return on_page(work, LINK % link)


LEADS_AWAY = "The bookout link does not lead to a page of the site"


@pytest.mark.parametrize(
    "href",
    [
        "http://127.0.0.1:1/",
        "data:text/html,1",
        "http://[::1",
        "file:///etc/passwd",
        "//h.invalid/",
    ],
)
def test_foreign_link_is_not_followed(href: str) -> None:
    assert opened(f"href='{href}'") == (None, False, LEADS_AWAY, True)


def test_script_of_a_foreign_link_runs() -> None:
    script = "onclick='window.opened = 7; return false'"
    assert opened(f"href='http://127.0.0.1:1/' {script}") == (None, False, 7, True)


def test_foreign_link_that_stops_propagation_is_not_followed() -> None:
    script = "onclick='event.stopImmediatePropagation()'"
    assert opened(f"href='http://127.0.0.1:1/' {script}") == (None, False, LEADS_AWAY, True)


def test_row_with_an_image_map_link_is_read() -> None:
    """An SVG's link has no text in its `href`."""
    svg = (
        "<svg><a id=bookOutButton_7 title=Bookout href=http://127.0.0.1:1/><text>7</text></a></svg>"
    )

    async def work(page: SitePage) -> Any:
        return [row.url for row in await grid.rows(page)]

    assert on_page(work, f"<table><tr><td>7</td><td>{svg}</table>") == [None]


@pytest.mark.parametrize("href", ["https://evil.invalid/2", "mailto:next@site", "ftp://h/2"])
def test_foreign_pager_link_is_not_a_pager(href: str) -> None:
    async def work(page: SitePage) -> Any:
        await page.page.wait_for_load_state()
        return await grid.next_page(page, 1)

    pager = f"<div class=pager><a href='{href}' title=Next>Next</a></div>"
    assert on_page(work, LINK % "href=/7" + pager) is False


REPORT = "<button onclick=\"window.open('%s')\">Create PDF</button>"


def test_bookout_from_a_non_web_address_is_not_requested() -> None:
    async def work(page: SitePage) -> Any:
        with pytest.raises(ReportNotOpened) as raised:
            await create_report(page.page, vehicle("165548"), page.site)
        return str(raised.value)

    said = "'Create PDF' opened no report for vehicle 165548"
    assert on_page(work, REPORT % "ftp://site/GetPdfReport", seconds=1) == said


def test_bookout_from_the_site_is_requested() -> None:
    async def work(page: SitePage) -> Any:
        answer = await create_report(page.page, vehicle("165548"), page.site)
        return answer.request.url.removeprefix(page.site.base_url)

    assert on_page(work, REPORT % "/GetPdfReport?id=7") == "GetPdfReport?id=7"
