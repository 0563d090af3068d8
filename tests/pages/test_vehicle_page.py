"""Whether a page is that of a vehicle, in the browser."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.doctor.vehicle import check_vehicle
from jdp_spider.pages import vehicle as module
from jdp_spider.pages.acceptance import AcceptanceRules
from jdp_spider.pages.errors import NoBookoutLink, PageChanged, WrongVehicle
from jdp_spider.pages.network import watch
from jdp_spider.pages.settling import wait_for_values
from jdp_spider.pages.trouble import AskedToWait
from jdp_spider.pages.vehicle import bookout_report, check_page, open_dialog
from jdp_spider.repair import reporting
from jdp_spider.repair.scene import Scene
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


@pytest.mark.parametrize(
    ("said", "gone"),
    [
        ("Vehicle not found. It is no longer in your inventory.", True),
        ("The stock item 165548 has been sold", True),
        ("No such vehicle", True),
        ("Your vehicles are being loaded", False),
        ("Vehicle 165548. Its history was not found", False),
    ],
)
def test_page_of_a_vehicle_that_is_gone_is_quoted(said: str, gone: bool) -> None:
    async def work(page: SitePage) -> str:
        watch(page.page)
        rules: dict[str, Any] = {"by_search": False, "rules": AcceptanceRules()}
        with pytest.raises((NoBookoutLink, PageChanged)) as raised:
            await bookout_report(page.page, vehicle("165548", 1), page.site, **rules)
        return str(raised.value)

    is_gone = on_page(work, f"<a id=btnLogout>Log out</a><p>{said}", seconds=1)
    assert is_gone.startswith("The site does not have the vehicle; the page says: ") == gone


NEWS = "<p>News: reports that were asked for too fast</p>"


@pytest.mark.parametrize(
    ("shown", "kind"),
    [
        ("<h1>Please wait</h1>You are opening vehicles too quickly.", AskedToWait),
        (NEWS + "<button class=reportButton>Reports</button>", WrongVehicle),
        ("<h1>Home</h1>", PageChanged),
    ],
)
def test_page_that_asks_to_wait_instead_of_a_vehicle(shown: str, kind: type[Exception]) -> None:
    async def work(page: SitePage) -> str:
        watch(page.page)
        rules: dict[str, Any] = {"by_search": False, "rules": AcceptanceRules()}
        with pytest.raises((AskedToWait, PageChanged, WrongVehicle)) as raised:
            await bookout_report(page.page, vehicle("165548", 1), page.site, **rules)
        return raised.type.__name__

    page = f"<a id=btnLogout href=/>Log Out</a>{shown}"
    assert on_page(work, page, seconds=2) == kind.__name__


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


@pytest.mark.parametrize("vins", [1, 2])
def test_page_with_another_vin_for_our_reference_says_both(vins: int) -> None:
    """As after a correction at the site. With several VINs nothing says whose our number is."""
    ours, other = vehicle("165548", 1), vehicle("165549", 2).vin
    more = f"<p>VIN {vehicle('165550', 3).vin}</p>" if vins > 1 else ""

    async def work(page: SitePage) -> tuple[str, str]:
        with pytest.raises(WrongVehicle) as raised:
            await check_page(page, ours, AcceptanceRules())
        return str(raised.value), raised.value.said

    told, said = on_page(work, f"<p>Stock Number 165548 VIN {other}</p>{more}{BUTTON}", seconds=2)
    if vins > 1:
        assert told.endswith("does not name it")
        return
    assert f"names VIN {other}, and the inventory has {ours.vin}: if the site is right" in told
    assert said == f"165548, VIN {other}"


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ("Stock Number 165548 VIN {}", "names VIN"),
        ("Stock Number 165549 VIN {}", "No row"),
        ("Vehicle not found", "The site does not have the vehicle; the page says: Vehicle not"),
    ],
)
def test_search_without_success_leaves_what_the_page_has_told(
    shown: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(page: SitePage, *_: Any) -> None:
        assert page.page.url.endswith("#searched")
        raise NoBookoutLink("No row")

    async def work(page: SitePage) -> str:
        watch(page.page)
        given: dict[str, Any] = {"by_search": False, "rules": AcceptanceRules()}
        given["search_at"] = f"{page.page.url}#searched"
        with pytest.raises((WrongVehicle, NoBookoutLink)) as raised:
            await bookout_report(page.page, vehicle("165548", 1), page.site, **given)
        return str(raised.value)

    monkeypatch.setattr(module, "_open_by_search", none)
    html = f"<p>{shown.format(vehicle('165549', 2).vin)}</p>"
    html += BUTTON if "VIN" in shown else ""
    assert told in on_page(work, html, seconds=2)


CREATE = "<button onclick='parent.clicked = {}; parent.clicks++'>Create PDF</button>"
DIALOGS = {
    "page": "dialog.innerHTML = `{}`",
    "other words": "dialog.innerHTML = `{}`.replace('PDF<', 'PDF Report<')",
    "frame": "dialog.innerHTML = '<iframe></iframe>'; dialog.firstChild.srcdoc = `{}`",
}


@pytest.mark.parametrize("opening", DIALOGS.values(), ids=DIALOGS)
def test_button_in_the_dialog_comes_before_the_same_one_of_the_page(opening: str) -> None:
    own, dialog = CREATE.format('"sticker"'), CREATE.format('"bookout"')
    html = f"""{own}<div id=dialog></div><button class=reportButton>Print</button><script>
        window.clicks = 0;
        document.querySelector('.reportButton').onclick = () => setTimeout(() => {{
            {opening.format(dialog)};
        }}, 700);
    </script>"""

    async def work(page: SitePage) -> Any:
        await page.click("create_pdf", target=await open_dialog(page))
        return await page.page.evaluate("() => [window.clicked, window.clicks]")

    assert on_page(work, html, seconds=20) == ["bookout", 1]


VALUES = f"""<p>Stock 165548, price $21,500</p>{BUTTON}<table><tr><td>VALUE<td>VALUE</table>
    <p id=status>SAYS</p><script>
        const fill = () => {{
            document.querySelectorAll('td').forEach(cell => {{ cell.textContent = '$20,100'; }});
            document.getElementById('status').textContent = '';
        }};
    </script>"""


async def with_values(page: SitePage) -> bool:
    """Open the page. Return whether its values were there when that was done."""
    opened = await check_page(page, vehicle("165548", 1), AcceptanceRules())
    return "20,100" in (await wait_for_values(page, opened)).text


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("$0", ""),
        ("$0.00", "Updated daily."),
        ("-", "Values are being calculated..."),
        ("Calculating", ""),
    ],
)
def test_values_that_come_late_are_awaited(value: str, says: str) -> None:
    html = VALUES.replace("VALUE", value).replace("SAYS", says)
    assert on_page(with_values, f"{html}<script>setTimeout(fill, 700)</script>", seconds=20)


def test_values_that_never_come_are_awaited_for_a_few_vehicles_only() -> None:
    html = VALUES.replace("VALUE", "$0").replace("SAYS", "Calculating...")

    async def work(page: SitePage) -> list[bool]:
        short = dataclasses.replace(page, site=dataclasses.replace(page.site, page_timeout=1))
        return [*[await with_values(short) for _ in range(3)], await with_values(page)]

    # A page's limit for the last: an hour.
    assert on_page(work, html, seconds=3600) == [False] * 4


def test_doctor_awaits_the_values_of_its_vehicle() -> None:
    html = VALUES.replace("VALUE", "$0").replace("SAYS", "Calculating...")

    async def work(page: SitePage) -> str:
        async def nothing(*_: Any, **__: Any) -> None:
            pass

        doctor = SimpleNamespace(
            vehicle=vehicle("165548", 1),
            vehicles=None,
            row=SimpleNamespace(url=page.page.url),
            config=SimpleNamespace(block_resources=True, accept_unverified=False),
            seconds={},
            page=page.page,
            fresh_page=nothing,
            go_to=nothing,
            as_page=lambda _: page,
        )
        await check_vehicle(doctor)
        return str(await page.evaluate("() => document.querySelector('td').textContent"))

    found = on_page(work, f"{html}<script>setTimeout(fill, 700)</script>", seconds=20)
    assert found == "$20,100"


def test_repair_awaits_the_values_of_its_vehicle() -> None:
    html = VALUES.replace("VALUE", "$0").replace("SAYS", "Calculating...")

    async def work(page: SitePage) -> tuple[bool, str]:
        walk = SimpleNamespace(
            row=SimpleNamespace(url=page.page.url),
            vehicle=vehicle("165548", 1),
            scene=Scene(page.page, page.site, lambda _: None),
        )
        is_named = await reporting._open_vehicle(walk)
        return is_named, await page.evaluate("() => document.querySelector('td').textContent")

    # Later than the page is taken for quiet.
    found = on_page(work, f"{html}<script>setTimeout(fill, 3000)</script>", seconds=20)
    assert found == (True, "$20,100")
