"""Whether a page is that of a vehicle, in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages.acceptance import AcceptanceRules
from jdp_spider.pages.errors import WrongVehicle
from jdp_spider.pages.vehicle import check_page
from tests.support.factories import vehicle
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

FRAME = "<iframe srcdoc='Stock %s <button class=reportButton>Print</button>'></iframe>"


async def outcomes(page: SitePage) -> list[str]:
    found = []
    for reference in ("165548", "165549"):
        await page.page.set_content(FRAME % reference)
        try:
            await check_page(page, vehicle("165548", 1), AcceptanceRules())
            found.append("named")
        except WrongVehicle:
            found.append("other")
    return found


def test_vehicle_inside_a_frame_is_recognized() -> None:
    result: Any = on_page(outcomes, "<body>", seconds=2)
    assert result == ["named", "other"]


BUTTON = "<button class=reportButton>Print</button>"
NONE = ""
OTHER = "Stock 165549 1HGCM82633A004353"
OWN = "Stock 165548"


@pytest.mark.parametrize("first", [NONE, OTHER], ids=["no vehicle", "another vehicle"])
def test_vehicle_that_is_named_after_the_buttons_is_awaited(first: str) -> None:
    html = f"""<p>{first}</p>{BUTTON}<script>
        setTimeout(() => {{ document.querySelector('p').textContent = '{OWN}'; }}, 700);
    </script>"""

    async def work(page: SitePage) -> None:
        await check_page(page, vehicle("165548", 1), AcceptanceRules())

    on_page(work, html, seconds=20)


def test_page_of_another_vehicle_does_not_take_the_whole_limit() -> None:
    """Though it has a clock, and a request that is never answered."""
    html = f"""<p>{OTHER}</p><p id=clock></p>{BUTTON}<script>setInterval(() => {{
        clock.textContent = new Date().toTimeString().slice(0, 8);
    }}, 100)</script>"""

    async def work(page: SitePage) -> None:
        await page.page.route("**/push", lambda _: None)
        await page.page.evaluate("() => { fetch('/push'); }")
        with pytest.raises(WrongVehicle):
            await check_page(page, vehicle("165548", 1), AcceptanceRules())

    # A page's limit: an hour.
    on_page(work, html, seconds=3600)
