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
    result: Any = on_page(outcomes, "<body>")
    assert result == ["named", "other"]
