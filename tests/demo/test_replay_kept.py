"""A site that gives a report to whoever asks for some seconds does so when replayed."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import aiohttp
import pytest

from jdp_spider.demo.replay.catalogue import Catalogue
from jdp_spider.demo.replay.kept import KeptReport
from jdp_spider.demo.replay.site import ReplaySite
from jdp_spider.demo.replay.vehicles import Vehicle, Vehicles, names
from tests.support.recordings import ROOT, VEHICLES, places, recording

if TYPE_CHECKING:
    from jdp_spider.recording.archive import Recorded, Recording

FIRST, SECOND = VEHICLES


def with_reports(*reports: tuple[Recorded, Recorded, float]) -> Recording:
    """Return a recording with further reports: asked for, shown, and when."""
    made = recording()
    first = next(each for each in reversed(made.exchanges) if each.step == "report")
    made.exchanges = [each for each in made.exchanges if each.step != "report" or each is first]
    for asked, shown, at_s in reports:
        body = f"bodies/{len(made.files) + 100}.pdf.json"
        made.files[body] = places(shown).encode()
        values = {"query": [("vehicleId", asked.id)], "at_s": at_s, "body": body}
        made.exchanges.insert(-1, dataclasses.replace(first, **values))
    return made


def kept_s(made: Recording) -> float:
    return Catalogue(made, Vehicles(made.vehicles)).kept_s


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([(SECOND, SECOND, 1.0)], 0.0),
        ([(SECOND, FIRST, 2.0), (SECOND, FIRST, 3.0), (SECOND, SECOND, 5.0)], 4.0),
        # It may come for ever.
        ([(SECOND, FIRST, 2.0), (SECOND, FIRST, 3.0)], 0.0),
    ],
    ids=["never", "some seconds", "no end seen"],
)
def test_recording_shows_how_long_a_report_is_kept(
    reports: list[tuple[Recorded, Recorded, float]], expected: float
) -> None:
    assert kept_s(with_reports(*reports)) == expected


@pytest.mark.parametrize(
    ("vehicle", "expected"),
    [(Vehicle(0, 0, "4000126", "", ""), True), (Vehicle(0, 0, "", "", ""), False)],
    ids=["a number", "no name"],
)
def test_text_names_a_vehicle(vehicle: Vehicle, expected: bool) -> None:
    assert names("Stock #: 165548, number 4000126", vehicle) is expected


def test_kept_report_is_given_to_whoever_asks() -> None:
    made = with_reports((SECOND, FIRST, 2000.0), (SECOND, SECOND, 3000.0))
    made.exchanges = [each for each in made.exchanges if each.does != "login"]

    async def ask() -> tuple[bool, dict[str, int]]:
        site = ReplaySite(made)
        await site.start()
        try:
            async with aiohttp.ClientSession(site.base_url) as client:
                found = []
                for vehicle in (FIRST, SECOND, SECOND):
                    address = f"{ROOT}Report/GetPdfReport?vehicleId={vehicle.id}"
                    async with client.get(address) as answer:
                        found.append(await answer.read())
            return len(set(found)) == 1, dict(site.reports)
        finally:
            await site.stop()

    assert asyncio.run(ask()) == (True, {FIRST.reference: 1})


def test_new_report_is_made_after_some_seconds() -> None:
    now = 100.0
    kept = KeptReport(4.0, lambda: now)
    assert kept.pdf == b""
    kept.keep(b"first")
    now = 103.9
    assert kept.pdf == b"first"
    now = 104.1
    assert kept.pdf == b""
