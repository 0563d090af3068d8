"""Grids as users lay them out: what a row shows, in the browser."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from jdp_spider.pages import grid
from jdp_spider.pages.rows import UnmatchedVehicles
from tests.support.factories import VINS, vehicle
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

VEHICLES = [vehicle("165548", 1), vehicle("165548A", 2), vehicle("165549", 3)]
OWN = {"1": "165548", "2": "165548A", "3": "165549"}


def link(number: int) -> str:
    return f"<a id=bookOutButton_{number} title=Bookout href=/{number}>open</a>"


def table(row: str, numbers: tuple[int, ...] = (1, 2, 3)) -> str:
    """A table with a row for each vehicle: `row` may have LINK, REF, VIN and N."""
    return f"<table id=grid><tbody>{each(row, numbers)}</table>"


def each(row: str, numbers: tuple[int, ...] = (1, 2, 3)) -> str:
    return "".join(
        row.replace("LINK", link(n))
        .replace("REF", VEHICLES[n - 1].reference)
        .replace("VIN", VINS[n])
        .replace("N", str(n))
        for n in numbers
    )


async def taken(page: SitePage) -> dict[str, str | None]:
    """The vehicle that each row is taken for, by the number of its link."""
    untied = UnmatchedVehicles(VEHICLES)
    found, unclear = {}, []
    for row in await grid.rows(page):
        found[row.vehicle_id] = untied.take(row)
        if found[row.vehicle_id] is None:
            unclear.append(row)
    for row in await grid.rows_in_detail(page, unclear):
        found[row.vehicle_id] = untied.take(row)
    return {number: one.reference if one else None for number, one in found.items()}


BOOKED = "<a id=bookOutButton_N title='Booked out 11/20/2026' href=/N>open</a>"
LAYOUTS = {
    "plain": table("<tr><td>LINK<td>REF<td>VIN"),
    "booked before": table(f"<tr><td>{BOOKED}<td>REF<td>VIN"),
    "some booked before": "<table id=grid><tbody>"
    + each(f"<tr><td>{BOOKED}{BOOKED}<td>REF<td>VIN", (1,))
    + each(f"<tr><td>LINK{BOOKED}<td>REF<td>VIN", (2,))
    + each(f"<tr><td>{BOOKED}<td>REF<td>VIN", (3,)),
    "no stock number": table("<tr><td>LINK<td>Ford<td>VIN"),
    "no VIN": table("<tr><td>LINK<td>REF<td>Ford"),
    "hint": table("<tr><td>LINK<td>REF<span style='display:none'>Days: 7</span>"),
    "hint for screen readers": table(
        "<tr><td>LINK<td>REF<span style='position:absolute;width:1px;height:1px;overflow:hidden'>"
        "A</span>"
    ),
    "transparent": table("<tr><td>LINK<td>REF<span style='opacity:0'>A</span>"),
    "off the page": table(
        "<tr><td>LINK<td>REF<span style='position:absolute;left:-999px'>A</span>"
    ),
    "caption": table("<tr><td>LINK<td><span>Stock Number:</span> REF<td><b>VIN</b>"),
    "caption above": table("<tr><td>LINK<td><div>Stock Number</div><div>REF</div>"),
    "lines": table("<tr><td>LINK<td>REF<br>42 days<td>7"),
    "badge": table(
        "<tr><td>LINK<td>REF<span style='display:inline-block;margin-left:9px'>CPO</span>"
    ),
    "reference in a link": table("<tr><td>LINK<td><a href=/x>REF</a><td>7"),
    "reference in a field": table("<tr><td>LINK<td><input value='REF'><td>7"),
    "command table": table("<tr><td><table><tr><td>LINK</table><td>REF<td>7"),
    "row headers": table("<tr><th>REF<td>LINK<td>7"),
    "beside, by number": "<div><div><table><tr><td>Stock<td>VIN</tr>"
    + each("<tr id=g_FixedRowN><td>REF<td>VIN")
    + "</table></div><div><table>"
    + each("<tr id=g_DataRowN><td>LINK<td>Ford")
    + "</table></div></div>",
    "beside, by place": "<div><div>"
    + table("<tr><td>REF<td>7").replace("id=grid", "")
    + "</div><div>"
    + table("<tr><td>LINK<td>Ford").replace("id=grid", "")
    + "</div></div>",
    "beside, by uid": "<div><table><tbody>"
    + each("<tr data-uid=uN><td>LINK", (3, 2, 1))
    + "</table><table><tbody>"
    + each("<tr data-uid=uN><td>REF")
    + "</table></div>",
    "details below": table(
        "<tr id=g_DataRowN><td>LINK<tr id=g_DetailRowN><td>Stock Number: REF<br>VIN: VIN"
    ),
    "folded details": table(
        "<tr id=g_DataRowN><td>LINK<td><a class=dxGridView_gvShowAdaptiveDetailButton "
        'onclick="this.parentElement.parentElement.nextElementSibling.hidden = false">...</a>'
        "<tr id=g_DXADRowN class=dxgvAdaptiveDetailRow hidden><td>Stock Number: REF"
    ),
    "links in folded details": table(
        "<tr id=g_DataRowN><td><a class=dxGridView_gvShowAdaptiveDetailButton "
        'onclick="this.parentElement.parentElement.nextElementSibling.hidden ^= true">...</a>'
        "<td>REF<tr id=g_DXADRowN class=dxgvAdaptiveDetailRow hidden><td>LINK Stock Number: REF"
    ),
    "two rows each": table("<tr><td>LINK<td>2021 Ford<tr><td>REF<td>VIN"),
    "two rows each, link below": table("<tr><td>REF<td>VIN<tr><td>LINK<td>2021 Ford"),
    "a body each": "<table>"
    + each("<tbody><tr><td>LINK<tr><td>Ford<tr><td>Stock: REF</tbody>")
    + "</table>",
    "a table each": each("<div><table><tr><td>LINK<td>Ford<tr><td>Stock: REF</table></div>"),
    "groups": table(
        "<tr class=dxgvGroupRow><td>Make: Ford (N items)<tr class=dxgvDataRow><td>LINK<td>REF"
    ),
    "groups by stock number": table(
        "<tr class=dxgvGroupRow><td>Stock Number: REF<tr class=dxgvDataRow><td>LINK<td>Ford"
    ),
    "folded groups": "<table><tbody id=b>"
    "<tr class=dxgvGroupRow><td><img class=dxGridView_gvCollapsedButton width=9 height=9 src=/x.png"
    ' onclick="b.innerHTML = rows.innerHTML"><td>Make: Ford (3)</table><template id=rows>'
    + each("<tr><td>LINK<td>REF</tr>")
    + "</template>",
    "cards": each("<div class=vehicle><h3>2021 Ford</h3>LINK<p>Stock: REF</p><p>VIN</p></div>"),
    "list": "<ul>" + each("<li><span>REF</span> <span>Ford</span> LINK</li>") + "</ul>",
    "roles": "<div role=grid>"
    + each("<div role=row><div role=gridcell>LINK</div><div role=gridcell>REF</div></div>")
    + "</div>",
}


NOTHING = dict.fromkeys(OWN)
UNCLEAR = {
    "hidden reference": table("<tr><td>LINK<td style='display:none'>REF<td>Ford"),
    "hidden column": table("<tr><td>LINK<td style='visibility:hidden'>REF VIN<td>Ford"),
    "other numbers": table("<tr><td>LINK<td>1REF<td>Ford"),
    "letters that touch": table("<tr><td>LINK<td><span>REF</span><span>B</span>"),
    "two vehicles": table("<tr><td>LINK<td>165548<td>165549"),
    "the next row without a link": table("<tr><td>LINK<td>REF B<tr><td>no link<td>165549"),
}


ALONE = {
    "card": "<main><div><label>Stock <input value=165548A></label><div id=grid>"
    + each("<div class=panel><h3>2021 Ford</h3>LINK<p>Stock: REF</p></div>", (2,))
    + "<div class=filterBar>Contains 165548</div></div></div></main>",
    "two rows": table("<tr><td>LINK<td>Ford<tr><td>REF", (2,)),
    "list": "<ul>" + each("<li>LINK <span>REF</span></li>", (2,)) + "</ul>",
}
"""What a search may leave: one vehicle, in whatever makes it up."""
UNKNOWN = {
    "card of another": "<main><div id=grid><div class=panel><h3>2021 Ford</h3>"
    f"{link(2)}</div><div class=filterBar>165548A</div></div></main>",
    "many rows": "<table>" + f"<tr><td>{link(2)}" + "<tr><td>Ford" * 4 + "<tr><td>165548A</table>",
}
LINKLESS = {"linkless": table("<tr><td>LINK<td>165548A<tr><td>none<td>165548", (2,))}
"""A row without a link lends its reference to no other."""
SHOW = """([place, html]) => {
    const around = {
        page: html,
        frame: '<table><tr><td>165549<td><iframe></iframe></table>',
        'shadow root': '<p>165549</p><div id=host></div>',
    };
    document.body.innerHTML = around[place];
    const frame = document.querySelector('iframe');
    if (frame) frame.contentDocument.body.innerHTML = html;
    const host = document.querySelector('#host');
    if (!host) return;
    const root = host.attachShadow({mode: 'open'});
    root.innerHTML = html;
    [window.b, window.rows] = ['b', 'rows'].map(id => root.getElementById(id));
}"""
BAR = """<a class=dxgvFilterBarLink onclick="ShowFilterControl()">Create Filter</a>"""


async def all_taken(
    page: SitePage, layouts: dict[str, str], place: str
) -> dict[str, dict[str, str | None]]:
    """What is taken in each layout, one after the other on one page of the browser."""
    await page.page.wait_for_load_state()
    found = {}
    for name, html in layouts.items():
        await page.page.evaluate(SHOW, [place, html + BAR])
        await page.evaluate("() => { window.jdpUnfolded = undefined; }")
        found[name] = await taken(page)
    return found


@pytest.mark.parametrize("place", ["page", "frame", "shadow root"])
def test_each_row_matches_its_own_vehicle_or_none(place: str) -> None:
    clear, unclear = dict.fromkeys(LAYOUTS, OWN), dict.fromkeys(UNCLEAR, NOTHING)
    linkless = {name: {"2": "165548A"} for name in LINKLESS}
    alone = {f"{name}, alone": {"2": "165548A"} for name in ALONE}
    unknown = {name: {"2": None} for name in UNKNOWN}
    layouts = LAYOUTS | UNCLEAR | LINKLESS | UNKNOWN
    layouts |= {f"{name}, alone": html for name, html in ALONE.items()}
    found = on_page(partial(all_taken, layouts=layouts, place=place), "<body>", seconds=2)
    assert found == clear | unclear | linkless | alone | unknown
