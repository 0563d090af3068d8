"""Which of several links to reports is the vehicle's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.inventory import Vehicle
from jdp_spider.pages.errors import ReportNotOpened
from jdp_spider.pages.naming import VehicleNames
from jdp_spider.pages.vehicle import create_report
from tests.support.page_server import open_pages

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

VINS = ["1HGCM82633A004352", "1HGCM82633A004353", "1HGCM82633A004354"]
REFERENCES = ["165548", "165551", "165548-A"]
VEHICLES = [
    Vehicle(reference, vin, 1, "2021", "Ford", "F-150")
    for reference, vin in zip(REFERENCES, VINS, strict=True)
]
OWN = VEHICLES[0]


PRESS = "onclick='event.preventDefault(); window.clicked = \"{}\"'"


def link(says: str, clicked: str) -> str:
    return f"<a href=# {PRESS.format(clicked)}>{says}</a>"


ROWS = {
    name: f"<p>Bookout Report {name}: {link('Download', name)}</p>"
    for name in (*REFERENCES, *VINS, "160001")
}
WAITS = "<p>Bookout Report 165548: 25 %</p>"
FLAT = "".join(f"{name} {link('Download', name)}<br>" for name in REFERENCES[::-1])
LISTS = {
    # Of other vehicles only: also of one that is no longer in the inventory.
    ROWS["165551"] + WAITS: "",
    ROWS["165548-A"] + WAITS: "",
    ROWS["160001"] + WAITS: "",
    ROWS[VINS[1]] + WAITS: "",
    f"165551 {link('Download', '165551')}<br>165548: 25 %": "",
    # Its own among others.
    ROWS["165551"] + ROWS["165548"]: "165548",
    ROWS["165548-A"] + ROWS["165548"]: "165548",
    ROWS[VINS[1]] + ROWS[VINS[0]]: VINS[0],
    FLAT: "165548",
    f"{link('165551.pdf', '165551')} {link('165548.pdf', '165548')}": "165548",
    f"<ul><li>165551<p>{link('Open report', '165551')}</p>"
    f"<li>165548<p>{link('Open report', '165548')}</p></ul>": "165548",
    # Of nobody, as in a dialog, or of the newest in a list without names.
    f"<p>Report 482910 of 10/21/2026: {link('Download', 'first')}</p>": "first",
    f"<p>1:09 {link('Download', 'first')}</p><p>1:08 {link('Download', 'second')}</p>": "first",
}  # fmt: skip


@pytest.mark.browser
def test_link_beside_the_vehicle_itself_is_clicked_and_never_that_of_another() -> None:
    async def work(page: SitePage) -> Any:
        with pytest.raises(ReportNotOpened):
            await create_report(page.page, OWN, page.site, names=VehicleNames(VEHICLES))
        return await page.page.evaluate("window.clicked ?? ''")

    asks = "<button onclick='list.hidden = false'>Create PDF</button><h1>Vehicle 165548</h1>"
    pages = [f"{asks}<div id=list hidden><h2>My reports</h2>{html}</div>" for html in LISTS]
    assert open_pages(pages, work, 2) == list(LISTS.values())


def test_a_step_that_names_no_vehicle_is_passed_over_only_for_its_own() -> None:
    free, own, other = (
        {"around": [("", "Download"), (text, "")], "isOne": True}
        for text in ("Your report", "165548", "165551")
    )
    names = VehicleNames(VEHICLES)
    choices = [[free, own], [other, free], [other], [free, {**free, "isOne": False}]]
    assert [names.choose(steps, OWN) for steps in choices] == [1, 1, None, 0]  # type: ignore[arg-type]
