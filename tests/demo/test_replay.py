"""A recording is served as a site: matched by shape, grown, and never guessed."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import html
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
import pytest

from jdp_spider.demo.replay.behaviour import Behaviour
from jdp_spider.demo.replay.catalogue import Catalogue
from jdp_spider.demo.replay.listing import listing
from jdp_spider.demo.replay.site import ReplaySite
from jdp_spider.demo.replay.vehicles import Vehicles, grown, renamed
from jdp_spider.inventory import read_inventory
from jdp_spider.pages.site import PURPOSES, Site
from jdp_spider.pdf.contents import check_complete
from jdp_spider.recording.archive import TOO_LARGE, BadRecording, Exchange, Recording
from jdp_spider.utils.vin import has_check_digit
from tests.support.page_server import on_page
from tests.support.recordings import LOGIN, ROOT, VEHICLES, recording

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jdp_spider.pages.page import SitePage

RECORDINGS = Path(__file__).parents[1] / "recordings"
FIRST, SECOND = VEHICLES


def visit(
    steps: Callable[[Any, ReplaySite], Awaitable[None]],
    vehicles: int | None = None,
    made: Recording | None = None,
) -> None:
    """Run `steps` with a client and the site."""

    async def run() -> None:
        site = ReplaySite(made or recording(), vehicles=vehicles)
        await site.start()
        try:
            jar = aiohttp.CookieJar(unsafe=True)
            async with aiohttp.ClientSession(site.base_url, cookie_jar=jar) as client:
                await steps(_Client(client), site)
        finally:
            await site.stop()

    asyncio.run(run())


class _Client:
    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client

    async def __call__(
        self, path: str, form: dict[str, str] | None = None
    ) -> tuple[int, str, bytes]:
        method = "GET" if form is None else "POST"
        address = path if path.startswith("/") else f"{ROOT}{path}"
        async with self._client.request(method, address, data=form, allow_redirects=False) as got:
            return got.status, got.headers.get("Location", ""), await got.read()

    async def log_in(self, password: str = "any") -> tuple[int, str, bytes]:
        form = {"UserName": "me", "Password": password}
        return await self(f"{LOGIN}?ReturnUrl={ROOT}", form)


def test_page_without_a_session_redirects_to_the_login() -> None:
    async def steps(client: _Client, _: ReplaySite) -> None:
        status, location, _body = await client("vehicle/")
        assert (status, location) == (302, f"{LOGIN}?ReturnUrl={ROOT}")

    visit(steps)


def test_recording_without_a_login_has_no_session_to_begin() -> None:
    async def steps(client: _Client, site: ReplaySite) -> None:
        assert b"password" in (await client(f"{LOGIN}?ReturnUrl={ROOT}"))[2]
        assert (await client("vehicle/"))[0] == 200
        await client("Home/Logout")
        assert (await client("vehicle/"))[:2] == (302, f"{LOGIN}?ReturnUrl={ROOT}")
        assert (await client(f"{LOGIN}?ReturnUrl={ROOT}"))[0] == 200

    made = recording()
    del made.exchanges[1]
    visit(steps, made=made)


def test_every_password_but_wrong_is_accepted() -> None:
    async def steps(client: _Client, site: ReplaySite) -> None:
        status, _, body = await client.log_in("wrong")
        assert status == 200
        assert b"incorrect" in body
        assert (await client.log_in())[:2] == (302, LOGIN)
        assert b"License" in (await client(LOGIN))[2]
        assert site.counts["login"] == 1

    visit(steps)


def test_recorded_requests_give_the_recorded_answers() -> None:
    async def steps(client: _Client, site: ReplaySite) -> None:
        await client.log_in()
        files = recording().files
        assert (await client("vehicle/"))[2] == files["bodies/0003.html"]
        assert (await client("vehicle/Export", {}))[2] == files["bodies/0004.csv"]
        assert (await client("Home/Logout"))[0] == 302
        assert (await client("vehicle/"))[0] == 302
        assert not site.never_recorded

    visit(steps)


def test_search_answers_for_vehicles_never_searched_for() -> None:
    async def steps(client: _Client, _: ReplaySite) -> None:
        await client.log_in()
        form = {"action": "filter", "value": SECOND.reference[:6].lower()}
        body = (await client("vehicle/Grid", form))[2].decode()
        assert SECOND.vin in body
        assert FIRST.vin not in body
        assert "end" in body
        body = (await client("vehicle/Grid", {"action": "filter", "value": "999"}))[2].decode()
        assert "bookOutButton" not in body

    visit(steps)


def test_vehicle_without_a_row_is_exported_but_not_found() -> None:
    made = recording()
    made.vehicles[1] = dataclasses.replace(SECOND, id="", row="")

    async def steps(client: _Client, _: ReplaySite) -> None:
        await client.log_in()
        assert SECOND.vin in (await client("vehicle/Export", {}))[2].decode()
        form = {"action": "filter", "value": SECOND.reference}
        assert SECOND.vin not in (await client("vehicle/Grid", form))[2].decode()

    visit(steps, made=made)


def test_vehicle_that_was_never_opened_has_page_and_report() -> None:
    async def steps(client: _Client, site: ReplaySite) -> None:
        await client.log_in()
        assert SECOND.vin in (await client(f"vehicle/BookOut/{SECOND.id}"))[2].decode()
        address = f"Report/GetPdfReport?vehicleId={SECOND.id}"
        assert (await client(address))[0] == 202
        status, _, pdf = await client(address)
        assert status == 200
        check_complete(pdf)
        assert site.reports == {SECOND.reference: 1}

    visit(steps)


def test_report_of_a_vehicle_in_base64_is_its_own_whichever_was_open_before() -> None:
    made = recording()
    for exchange in made.exchanges:
        exchange.query = [
            (name, base64.b64encode(value.encode()).decode() if name == "vehicleId" else value)
            for name, value in exchange.query
        ]

    async def steps(client: _Client, site: ReplaySite) -> None:
        await client.log_in()
        await client(f"vehicle/BookOut/{FIRST.id}")
        for vehicle in (SECOND, FIRST):
            digits = quote(base64.b64encode(vehicle.id.encode()).decode())
            await client(f"Report/GetPdfReport?vehicleId={digits}")
            await client(f"Report/GetPdfReport?vehicleId={digits}")
        assert site.reports == {SECOND.reference: 1, FIRST.reference: 1}

    visit(steps, made=made)


def test_inventory_grows_to_the_requested_number() -> None:
    async def steps(client: _Client, site: ReplaySite) -> None:
        await client.log_in()
        exported = read_inventory((await client("vehicle/Export", {}))[2]).vehicles
        page = (await client("vehicle/"))[2].decode()
        assert len(exported) == 50
        assert len({vehicle.vin for vehicle in exported}) == 50
        assert page.count("<tr class") == 50
        assert all(vehicle.vin in page for vehicle in exported)
        last = site.vehicles.all[-1]
        assert last.vin in (await client(f"vehicle/BookOut/{last.id}"))[2].decode()

    visit(steps, vehicles=50)


def test_answer_is_served_as_utf_8_whatever_it_was_recorded_in() -> None:
    made = recording()
    for exchange in made.exchanges:
        exchange.headers.update(
            {n: v.replace("utf-8", "UTF-16LE") for n, v in exchange.headers.items()}
        )

    async def run() -> str:
        site = ReplaySite(made)
        await site.start()
        try:
            url = f"{LOGIN}?ReturnUrl={ROOT}"
            async with aiohttp.ClientSession(site.base_url) as client, client.get(url) as got:
                return str(got.headers["Content-Type"])
        finally:
            await site.stop()

    assert asyncio.run(run()) == "text/html; charset=utf-8"


def requests_of_scripts(made: Recording) -> dict[str, Any]:
    """Return what the replay's own script knows."""
    script = Behaviour(made, Catalogue(made, Vehicles(made.vehicles))).script()
    found, _ = json.JSONDecoder().raw_decode(script[script.index('{"selectors"') :])
    return dict(found)


def test_only_card_of_a_search_is_a_row() -> None:
    card = (
        f'<div><a id="{FIRST.row}" href="/BookOut/{FIRST.id}">x</a><p>{FIRST.reference}</p></div>'
    )
    text = f"<div id=grid>{card}</div><p>Contains('{FIRST.reference}')</p>"
    recorded = grown(VEHICLES, None)
    found = listing(text, recorded, by_line=False)
    assert [rows.by_number for rows in found.lists] == [{0: card}]
    assert card not in found.with_vehicles([], recorded)
    assert SECOND.reference in found.with_vehicles(recorded[1:], recorded)


def test_login_that_a_script_sent_is_sent_so_and_leads_on() -> None:
    made = recording()
    login = next(each for each in made.exchanges if each.does == "login")
    login.by_script = True
    found = requests_of_scripts(made)
    assert found["requests"]["login"]["byScript"]
    assert found["inside"] == LOGIN


@pytest.mark.parametrize("step", ["report", "export"])
def test_file_that_was_too_large_is_asked_for_again(step: str) -> None:
    made = recording()
    for each in made.exchanges:
        if each.step == step:
            each.body, each.left_out = "", TOO_LARGE
    assert step in requests_of_scripts(made)["requests"]


@pytest.mark.browser
def test_details_of_a_row_unfold_without_scripts() -> None:
    async def work(page: SitePage) -> bool:
        await page.page.click("#more")
        return await page.page.is_visible("#details")

    made = recording()
    made.selectors = {name: getattr(Site("http://site/"), name) for name in PURPOSES}
    script = Behaviour(made, Catalogue(made, Vehicles(made.vehicles))).script()
    rows = "<tr><td id=more>...<tr style='display: none'><td id=details>165548"
    assert on_page(work, f"<table>{rows}</table>{script}")


@pytest.mark.parametrize("step", ["inventory", "grid"])
def test_folded_rows_send_what_they_sent(step: str) -> None:
    made = recording()
    search = next(each for each in made.exchanges if each.step == "search")
    values = {"step": step, "form": [("action", "unfold"), ("value", "Toyota")]}
    made.exchanges.insert(5, dataclasses.replace(search, **values))
    (unfolding,) = requests_of_scripts(made)["unfolding"]
    assert unfolding["fields"] == [["action", "unfold"], ["value", "Toyota"]]


def test_report_that_a_script_fetched_is_fetched_again_and_is_no_export() -> None:
    made = recording()
    report = next(each for each in reversed(made.exchanges) if each.step == "report")
    report.by_script = True
    made.files["bodies/0009.txt"] = made.files[report.body]
    report.body = "bodies/0009.txt"
    requests = requests_of_scripts(made)["requests"]
    assert requests["export"]["path"] == f"{ROOT}vehicle/Export"
    assert (requests["report"]["path"], requests["report"]["byScript"]) == (
        f"{ROOT}Report/GetPdfReport",
        True,
    )


@pytest.mark.parametrize("with_scripts", [True, False])
def test_recorded_policy_does_not_stop_the_scripts_of_a_replay(*, with_scripts: bool) -> None:
    made = recording()
    made.with_scripts = with_scripts
    written = "default-src 'none'; script-src 'sha256-x'; connect-src 'none'"
    for exchange in made.exchanges:
        exchange.headers["content-security-policy"] = (
            f"{written}; require-trusted-types-for 'script'"
        )
    meta = '<meta http-equiv="Content-Security-Policy" content="{}">'
    for name, text in made.files.items():
        made.files[name] = meta.format(html.escape(written)).encode() + text

    async def run() -> tuple[str, str]:
        site = ReplaySite(made)
        await site.start()
        try:
            url = f"{LOGIN}?ReturnUrl={ROOT}"
            async with aiohttp.ClientSession(site.base_url) as client, client.get(url) as got:
                return got.headers["Content-Security-Policy"], await got.text()
        finally:
            await site.stop()

    policy, page = asyncio.run(run())
    kept = "connect-src 'none'" if with_scripts else ""
    *first, own = policy.split(", ")
    assert ("".join(first), own[:18]) == (kept, "default-src 'self'")
    assert page.startswith(meta.format(html.escape(kept)))


def test_unrecorded_request_gets_501_and_is_counted() -> None:
    async def steps(client: _Client, site: ReplaySite) -> None:
        await client.log_in()
        assert (await client("other?b=1&a=2"))[0] == 501
        assert site.never_recorded == {f"GET {ROOT}other (a, b)": 1}

    visit(steps)


def test_aborted_request_has_no_content() -> None:
    made = recording()
    made.exchanges.append(Exchange("report", 0.0, "document", "GET", f"{ROOT}wait"))

    async def steps(client: _Client, site: ReplaySite) -> None:
        await client.log_in()
        assert (await client("wait"))[0] == 204
        assert not site.never_recorded

    visit(steps, made=made)


def test_grown_vehicles_have_names_of_the_same_shape() -> None:
    vehicles = grown(VEHICLES, 200)
    assert len({name for vehicle in vehicles for name in vehicle.names}) == 600
    assert all(len(each.reference) == len(VEHICLES[each.base].reference) for each in vehicles)
    assert [has_check_digit(each.vin) for each in vehicles[2::2]] == [
        has_check_digit(FIRST.vin)
    ] * 99


def test_fewer_vehicles_than_recorded() -> None:
    assert [each.reference for each in Vehicles(VEHICLES, 1).all] == [FIRST.reference]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("165548", "165549A"),
        ("0165548,", "0165549A,"),
        ("1 6 5 5 4 8", "1 6 5 5 4 9 A"),
        ("bookOutButton_4000126", "bookOutButton_4000127"),
        ("1hgcm82633a004352", "2hgcm82633a004353"),
        ("1165548", "1165548"),
        ("NDAwMDEyNg==", "NDAwMDEyNw=="),
        ("v=NDAwMDEyNg%3D%3D&x", "v=NDAwMDEyNw%3D%3D&x"),
        ("NDAwMDEyNg", "NDAwMDEyNw"),
    ],
)
def test_text_about_one_vehicle_becomes_one_about_another(text: str, expected: str) -> None:
    first, second = grown(VEHICLES, None)
    assert renamed(text, first, second) == expected


def test_recording_is_read_as_it_was_saved(tmp_path: Path) -> None:
    made = recording()
    made.save(tmp_path / "site.zip")
    assert Recording.load(tmp_path / "site.zip") == made


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + b"\0" * 18])
def test_file_of_another_kind_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "site.zip"
    path.write_bytes(data)
    with pytest.raises(BadRecording):
        Recording.load(path)


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.zip")), ids=lambda path: path.stem)
def test_recordings_of_the_tests_can_be_served(path: Path) -> None:
    recording = Recording.load(path)
    site = ReplaySite(recording, vehicles=500)
    assert recording.vehicles
    assert len(site.vehicles.all) == 500
    assert path.with_suffix(".json").is_file()
    kinds = {name.rpartition(".")[2] for name in recording.files}
    assert kinds <= {"html", "json", "js", "css", "csv", "txt"}


@pytest.mark.parametrize("size", [0, 2_500_000])
def test_file_omitted_for_its_size_is_served_as_large(size: int) -> None:
    made = recording()
    made.exchanges.append(
        Exchange(
            "report", 9.0, "document", "GET", f"{ROOT}large", status=200, size=size,
            headers={"content-type": "application/pdf"}, left_out=TOO_LARGE,
        )
    )  # fmt: skip

    async def read() -> int:
        site = ReplaySite(made)
        await site.start()
        try:
            jar = aiohttp.CookieJar(unsafe=True)
            async with aiohttp.ClientSession(site.base_url, cookie_jar=jar) as client:
                await _Client(client).log_in()
                async with client.get(f"{ROOT}large") as got:
                    assert got.headers.get("Content-Length") == (str(size) if size else None)
                    return len(await got.content.readexactly(size or 5_000_000))
        finally:
            await site.stop()

    assert asyncio.run(read()) == (size or 5_000_000)
