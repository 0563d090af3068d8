"""Sites on which a repair could do harm: what they are sent while it looks for the right thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages.errors import SiteError
from jdp_spider.pages.rows import Row
from jdp_spider.repair import reporting, scene, searching, stock
from jdp_spider.repair.reporting import find_report
from jdp_spider.repair.scene import Scene
from jdp_spider.repair.searching import find_search
from jdp_spider.repair.stock import export, find_rows
from jdp_spider.repair.walk import Plan, Walk
from tests.support.factories import vehicle
from tests.support.page_server import on_page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Route

    from jdp_spider.pages.page import SitePage

pytestmark = pytest.mark.browser

CSV = "Reference Number,VIN\r\n165548,1HGCM82633A004352\r\n165549,1HGCM82633A004353\r\n"


@dataclass
class Harmed:
    """A site of one page, and what it was sent."""

    html: str
    sent: list[str] = field(default_factory=list)

    async def answer(self, route: Route) -> None:
        request = route.request
        path = request.url.split("/", 3)[3]
        if request.method != "GET" or path != "vehicle/":
            self.sent.append(f"{request.method} /{path}")
        if "Export" in path:
            headers = {"content-disposition": "attachment; filename=inventory.csv"}
            await route.fulfill(body=CSV, content_type="text/csv", headers=headers)
        else:
            await route.fulfill(body=self.html, content_type="text/html")


def repaired(step: Callable[[Walk], Awaitable[None]], html: str, **more: Any) -> tuple[Walk, Any]:
    """Take one step of a repair on a site. Return the walk, and what the site was sent."""
    site = Harmed(html)

    async def work(page: SitePage) -> Walk:
        await page.page.context.route("**/*", site.answer)

        async def accept(_: Any) -> None:
            """Nothing is written."""

        plan = Plan(page.site, "user", "password", lambda _: None, accept, lambda _: None, **more)
        walk = Walk(Scene(page.page, plan.site, plan.tell), plan)
        try:
            async with walk.scene.requests.on():
                await walk.scene.go_to(walk.site.inventory_url, "the inventory")
                await step(walk)
        except SiteError as error:
            walk.scene.tell("rejected", str(error))
        finally:
            await page.page.context.unroute("**/*", site.answer)
        return walk

    return on_page(work, "<body>"), site.sent


GRID = """<a class=dxgvFilterBarLink onclick="ShowFilterControl()">Create Filter</a>
    <table><tr><td>165548<td><a id=bookOutButton_4000107 title=Bookout href=/v/4000107>o</a></table>
    <style>li ul { display: none } li:hover > ul, li.open > ul { display: block }</style>
    <script>
        const ask = path => fetch(path, {method: 'POST', body: 'all=1'});
        const go = path => {
            const form = document.createElement('form');
            Object.assign(form, {method: 'post', action: path});
            document.body.append(form);
            form.submit();
        };
    </script>"""
MENU = """<ul><li>Tools<ul>
    <li onclick="ask('/vehicle/Jobs/17')">Revise all now</li>
    <li onclick="go('/vehicle/Jobs/18')">All for tonight</li>
    <li onclick="location = '/vehicle/DeleteAll'">Everything, at once</li>
    <li onclick="ask('/vehicle/Recalculate')">Recalculate all values</li>
    <li>All Columns<ul><li onclick="go('/vehicle/Export')">CSV</li></ul></li>
    </ul></li></ul>"""


def test_the_right_entry_of_a_menu_is_tried_first_and_nothing_else() -> None:
    walk, sent = repaired(export, f"<body>{GRID}{MENU}")
    assert len(walk.vehicles or ()) == 2
    assert sent == ["POST /vehicle/Export"]
    assert walk.scene.clicks == 1


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up what nothing comes of after a second."""
    monkeypatch.setattr(stock, "MENU_OPENS_S", 0.5)
    for module in (stock, scene, searching, reporting):
        monkeypatch.setattr(module, "TRIAL_S", 1.0)


@pytest.mark.usefixtures("soon")
def test_nothing_is_sent_by_what_is_only_tried() -> None:
    menu = MENU.replace("""<li onclick="go('/vehicle/Export')">CSV</li>""", "<li>PDF</li>")
    walk, sent = repaired(export, f"<body>{GRID}{menu}")
    assert walk.vehicles is None
    # Those that no word bars were tried.
    assert walk.scene.clicks > 2
    assert sent == []


TWO = [vehicle("165548", 1), vehicle("165549", 2)]


async def search(walk: Walk) -> None:
    walk.vehicle = TWO[0]
    await find_search(walk)


SEARCH = """<label for=q>Stock Number</label><input id=q>
    <script>
        const log = name => fetch(`/vehicle/called?${name}`);
        function searchAndDeleteOld() { log('a name'); }
        function searchVehicles(field) { log('a call'); removeOld(); }
        function removeOld() {}
        function findAll(field) { log('a POST'); fetch('/vehicle/list', {method: 'POST'}); }
        function refreshValues(field) { log('no search'); }
        function filterBy(field) {
            if (field === 'q') document.querySelector('tbody').innerHTML = row(q.value);
        }
        const row = stock => `<tr><td>${stock}<td><a id=bookOutButton_4000107 title=Bookout
            href=/v/4000107>o</a>`;
        document.querySelector('tbody').innerHTML = row('165548') + row('165549');
    </script>"""


@pytest.mark.usefixtures("soon")
def test_no_function_is_called_that_may_change_data() -> None:
    walk, sent = repaired(search, f"<body>{GRID}{SEARCH}", vehicles=TWO)
    assert walk.changes["search_function"].after == "filterBy"
    assert sent == []


EDITED = """<div class=card><input name=stock aria-label="Stock Number" value=165549></div>
    <div class=card><input name=stock aria-label="Stock Number" value=165550></div>
    <form><input id=number aria-label="Stock Number"><input id=year><input id=make>
        <button>Save</button></form>
    <input id=quick placeholder="Search"><script>
        for (const field of document.querySelectorAll('[aria-label]'))
            field.onchange = field.onkeydown = () => go(`/vehicle/changed?${field.id}`);
        quick.onkeydown = event => {
            if (event.key === 'Enter')
                document.querySelector('tbody').innerHTML = document.querySelector('tr').outerHTML;
        };
        document.querySelector('tbody').innerHTML += `<tr><td>165549<td><a title=Bookout
            id=bookOutButton_4000108 href=/v/4000108>o</a>`;
    </script>"""


@pytest.mark.usefixtures("soon")
def test_nothing_is_typed_into_a_field_of_a_vehicle() -> None:
    walk, sent = repaired(search, f"<body>{GRID}{EDITED}", vehicles=TWO)
    assert walk.changes["search"].after == "#quick"
    assert sent == []


ASKS = """<p>165548</p><button id=r onclick="box.hidden = false">Reports</button>
    <div class=modal id=box hidden><h3>Send it to all dealers of the group?</h3>
        <button id=yes onclick="ask('/vehicle/report/now')">OK</button></div>
    <script>const ask = path => fetch(path, {method: 'POST'});</script>"""


@pytest.mark.usefixtures("soon")
def test_no_ok_answers_a_question_about_a_change() -> None:
    async def report(walk: Walk) -> None:
        walk.vehicle, walk.row = (
            vehicle("165548", 1),
            Row("1", walk.site.inventory_url, ("165548",)),
        )
        walk.ways = [walk.site.bookout]
        await find_report(walk)

    walk, sent = repaired(report, f"<body>{ASKS}")
    assert sent == []
    assert walk.scene.clicks > 1


FLAGS = """<input id=StockNumberInput><script>
    const row = stock => `<tr><td><img width=9 height=9 src="data:," onclick="mark('${stock}')">
        <td>${stock}<td><i class=eye tabindex=0 role=button onclick="view('${stock}')">o</i>`;
    const mark = stock => ask(`/vehicle/Toggle/${stock}`);
    const view = stock => ask(`/vehicle/Select/${stock}`);
    const body = document.querySelector('tbody');
    const vehicleGridViewFilterChanged = () => {
        body.innerHTML = row(StockNumberInput.value);
    };
    window.vehicleGridViewFilterChanged = vehicleGridViewFilterChanged;
    body.innerHTML = row('165548') + row('165549');
</script>"""


@pytest.mark.usefixtures("soon")
def test_a_picture_in_a_row_that_marks_a_vehicle_has_no_effect() -> None:
    async def open_vehicle(walk: Walk) -> None:
        await find_rows(walk)
        await find_report(walk)

    walk, sent = repaired(open_vehicle, f"<body>{GRID}{FLAGS}", vehicles=TWO)
    assert len(walk.ways) == walk.scene.clicks == 2
    assert sent == ["POST /vehicle/Select/165548"]
