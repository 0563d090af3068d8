"""The inventory: its page, the export, the rows and pages of the grid, search and filter."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from jdp_spider.config.selector_overrides import selectors_advice
from jdp_spider.doctor.findings import CheckSkipped, failed, passed, warned
from jdp_spider.inventory import Vehicle, normalise, read_inventory
from jdp_spider.pages import grid
from jdp_spider.pages.errors import PageChanged, SiteError
from jdp_spider.pages.evaluation import evaluate
from jdp_spider.pages.inventory import export_csv
from jdp_spider.pages.rows import UnmatchedVehicles, vins_of
from jdp_spider.pages.view import ROOTS
from jdp_spider.pdf.reader import reader
from jdp_spider.reasons import ExitStatus
from jdp_spider.utils.javascript import load_js
from jdp_spider.utils.redaction import redact
from jdp_spider.utils.text import to_ascii
from jdp_spider.utils.vin import has_check_digit

if TYPE_CHECKING:
    from jdp_spider.doctor.context import DoctorContext
    from jdp_spider.doctor.findings import Finding
    from jdp_spider.pages.rows import Row

_PARTS = ("bookout", "filter_on", "filter_off", "search", "export_menu")

_PICTURE = "img[title='Bookout'][src*='book.png']"
"""What was seen within the bookout links (site fact F8); the crawl does without."""

_LINK_OF_PICTURE = load_js("doctor/js/link_of_picture.js", ROOTS)


async def check_inventory(doctor: DoctorContext) -> Finding:
    """Check that the page comes up; reset filter and page of an earlier session."""
    started = time.perf_counter()
    await doctor.go_to(doctor.site.inventory_url, "the inventory")
    page = doctor.as_page(grid.INVENTORY)
    try:
        await page.wait_for(*_PARTS)
    except PageChanged:
        advice = "Open the inventory by hand. If it looks otherwise than it did: docs/selectors.md."
        text = "came up with nothing that is known of it"
        return failed(text, await doctor.title(), advice=advice)
    seconds = doctor.seconds["inventory"] = time.perf_counter() - started
    was_filtered = await grid.clear_filter(page)
    await grid.first_page(page)
    text = "; took off a filter that was still on" if was_filtered else ""
    return passed(f"comes up in {seconds:.1f} s{text}")


async def check_export(doctor: DoctorContext) -> Finding:
    """Check that the three items of the menu lead to a CSV that can be read."""
    vehicles, passed_over = read_inventory(await export_csv(doctor.page, doctor.site))
    if not vehicles:
        advice = "See at the site whether the account has an inventory."
        return failed("The exported inventory holds no vehicle", advice=advice)
    doctor.vehicles = vehicles
    reader.compare_with(vehicles)
    found = [
        name for name in ("VIN", "year", "make", "model") if _has_column(vehicles, name.lower())
    ]
    rows = f", {len(passed_over)} rows that are none" if passed_over else ""
    columns = "".join(f", {name}" for name in found)
    text = f"{len(vehicles)} vehicles{rows}, with reference number{columns}"
    if "VIN" in found:
        return passed(text)
    return warned(
        text,
        "No column of the CSV is known to hold the VIN (vin, vin number, full vin, ...)",
        advice="Reports are told by their reference alone. Report what the column is called.",
    )


def _has_column(vehicles: list[Vehicle], name: str) -> bool:
    return any(getattr(vehicle, name) for vehicle in vehicles)


async def check_grid(doctor: DoctorContext) -> Finding:
    """Rows with bookout links stand there, and each shows a reference or a VIN of the export."""
    if await doctor.lacking("bookout"):
        return doctor.missing("bookout", more=await _around_picture(doctor))
    doctor.rows = rows = await grid.rows(doctor.as_page(grid.INVENTORY))
    doctor.answers["address"] = _kind_of_links(rows)
    untied = UnmatchedVehicles(_named(doctor))
    tied = [(row, vehicle) for row in rows if (vehicle := untied.take(row)) is not None]
    if not tied:
        detailed = await grid.rows_in_detail(doctor.as_page(grid.INVENTORY), rows)
        tied = [(row, vehicle) for row in detailed if (vehicle := untied.take(row)) is not None]
    if doctor.vehicles is not None and not tied:
        advice = (
            "Let the grid show the column with the stock number or the VIN. If it does: compare it "
            "with 'Reference Number' of the export by hand."
        )
        return failed(
            f"none of {len(rows)} rows shows a reference or a VIN of the export", advice=advice
        )
    doctor.tied = tied
    doctor.row, doctor.vehicle = _chosen(doctor, tied)
    told = f"{len(tied)} of them told by reference or VIN"
    if doctor.vehicles is None:
        told = "of which vehicles only the export tells"
    text = f"{len(rows)} rows with a bookout link, {told}"
    if await evaluate(doctor.page, _LINK_OF_PICTURE, _PICTURE):
        return passed(text)
    advice = "Nothing: the crawl does not look for it."
    return warned(text, f"found no '{_PICTURE}' (the picture in a bookout link)", advice=advice)


def _kind_of_links(rows: list[Row]) -> str:
    scripts = sum(row.is_script for row in rows)
    foreign = sum(row.url is None for row in rows) - scripts
    if foreign:
        return f"{foreign} of {len(rows)} do not lead to a page of the site: these are searched for"
    if not scripts:
        return "yes: each vehicle is opened by its own address"
    if scripts < len(rows):
        return f"some are, {scripts} of {len(rows)} are scripts"
    return "no, a script: each vehicle is searched for, one after the other, which is slower"


async def _around_picture(doctor: DoctorContext) -> tuple[str, ...]:
    """Return a line that helps to find the link that is called otherwise."""
    around = await evaluate(doctor.page, _LINK_OF_PICTURE, _PICTURE)
    return (f"around its picture stands <{to_ascii(redact(around))[:120]}>",) if around else ()


def _chosen(
    doctor: DoctorContext, tied: list[tuple[Row, Vehicle]]
) -> tuple[Row | None, Vehicle | None]:
    """Return the row and the vehicle to look at, as far as they are known."""
    if not doctor.reference:
        # One link that leads elsewhere says nothing of the others.
        usable = [(row, vehicle) for row, vehicle in tied if row.url or row.is_script]
        best = usable or tied
        return best[0] if best else (None, None)
    wanted = normalise(doctor.reference)
    rows = {vehicle: row for row, vehicle in tied}
    for vehicle in _named(doctor):
        if normalise(vehicle.reference) == wanted:
            return rows.get(vehicle), vehicle
    if doctor.vehicles is None:
        return None, Vehicle(wanted, vin="", occurrence=1, year="", make="", model="")
    return None, None


def _named(doctor: DoctorContext) -> list[Vehicle]:
    return [vehicle for vehicle in doctor.vehicles or () if vehicle.reference.strip()]


async def check_pager(doctor: DoctorContext) -> Finding:
    """Page two shows other rows than page one, and there is a way back."""
    page = doctor.as_page(grid.INVENTORY)
    first = [row.id for row in doctor.rows]
    if not await grid.next_page(page, 1):
        if len(_named(doctor)) <= len(first):
            return passed("one page holds all")
        return warned(
            f"found no link to the next page; this one has {len(first)} of the vehicles",
            advice="If the site shows none either: nothing. Else the crawl searches for all the "
            "others, one after the other, which is slower; report what the link looks like.",
        )
    doctor.second_rows = await grid.rows(page)
    second = [row.id for row in doctor.second_rows]
    await grid.first_page(page)
    if [row.id for row in await grid.rows(page)] != first:
        return warned(
            "page two was found, and not the way back to page one",
            advice="Nothing: the crawl searches for what it has not seen.",
        )
    if set(first) & set(second):
        return warned(
            f"{len(set(first) & set(second))} rows of page two stand on page one as well",
            advice="Nothing: the crawl looks at a row once.",
        )
    return passed(f"page two has {len(second)} other rows, and page one was found again")


async def check_search(doctor: DoctorContext) -> Finding:
    """Check that a search lists the vehicle, and only rows that contain its reference."""
    vehicle = doctor.vehicle
    if vehicle is None and doctor.reference:
        text = f"the exported inventory holds no vehicle {to_ascii(doctor.reference)}"
        advice = "Name another behind --vehicle, or none: then the first of the grid is taken."
        return failed(text, advice=advice, status=ExitStatus.USAGE)
    if vehicle is None:
        raise CheckSkipped("needs the export, or a vehicle that --vehicle names")
    doctor.searched = True
    page = doctor.as_page(grid.INVENTORY)
    try:
        row = await grid.find(page, vehicle)
    except PageChanged as error:
        if error.names in ("search", "search_function"):
            raise
        return _search_failed(doctor, "changes nothing on the page")
    except PlaywrightError as error:
        if "TypeError" not in error.message and "ReferenceError" not in error.message:
            raise
        return _search_failed(doctor, "fails")
    rows = await grid.rows(page)
    # A grid without the column of the reference shows it in no row.
    holding = [row for row in rows if _holds(row, vehicle.reference)]
    if len(holding) < len(rows) and (holding or row is None):
        return _search_failed(doctor, "lists vehicles without that reference")
    if row is None:
        return failed(
            f"of {len(rows)} rows that a search for {redact(vehicle.label)} lists, none is "
            "this vehicle",
            advice="Search for it by hand. If the site shows it without a bookout link, run this "
            "with another vehicle: --vehicle REF.",
        )
    doctor.row = row
    if doctor.vehicles is None:
        doctor.vehicle = _with_vin(vehicle, row)
    return passed(f"finds {redact(vehicle.label)}, as one of {len(rows)}")


def _with_vin(vehicle: Vehicle, row: Row) -> Vehicle:
    """Return the vehicle with the VIN that its row shows, if that is clear: the export has none."""
    vins = list(filter(has_check_digit, vins_of(row.texts)))
    return replace(vehicle, vin=vins[0]) if len(vins) == 1 else vehicle


def _search_failed(doctor: DoctorContext, how: str) -> Finding:
    names = ("search_function", "search_field")
    called = "{}('{}')".format(*(getattr(doctor.site, name) for name in names))
    advice = selectors_advice(names, doctor.selectors)
    return failed(f"a search by {called} {how} (search_function, search_field)", advice=advice)


def _holds(row: Row, reference: str) -> bool:
    wanted = normalise(reference).casefold()
    return any(wanted in cell.casefold() for cell in row.cells)


async def check_filter(doctor: DoctorContext) -> Finding:
    """After the search the grid says that it is filtered, and the filter can be taken off."""
    lacking = await doctor.lacking("filter_on")
    try:
        await leave_unfiltered(doctor)
    except SiteError:
        if not lacking:
            raise
    lacking += await doctor.lacking("filter_off")
    return doctor.missing(*lacking) if lacking else passed("is seen, and taken off again")


async def leave_unfiltered(doctor: DoctorContext) -> None:
    """Take off the filter of this doctor's search. Where it has no link, search for nothing."""
    if not doctor.searched:
        return
    page = doctor.as_page(grid.INVENTORY)
    if not await grid.clear_filter(page):
        await grid.search(page, "")
    doctor.searched = False
