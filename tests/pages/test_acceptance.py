from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from jdp_spider.doctor import vehicle as doctor_module
from jdp_spider.inventory import Vehicle
from jdp_spider.pages.acceptance import AcceptanceRules, InventoryRules
from tests.support.factories import config


def vehicle(reference: str, vin: str, occurrence: int = 1) -> Vehicle:
    return Vehicle(reference, vin, occurrence, "2021", "Ford", "F-150")


ALONE = vehicle("165548", "1HGCM82633A004352")
SHARING = [vehicle("177777", f"1HGCM82633A00435{n}", n) for n in (1, 3)]
TWINS = [vehicle(reference, "1HGCM82633A004355") for reference in ("165549", "165550")]
NO_VIN = vehicle("165551", "")


def test_rules_depend_on_what_identifies_a_single_vehicle() -> None:
    vehicles = [ALONE, *SHARING, *TWINS, NO_VIN]
    inventory = InventoryRules(vehicles, accept_unverified=False)
    rules = {each: inventory.of(each)._replace(names=None) for each in vehicles}
    assert rules[ALONE] == AcceptanceRules(vin_tells=True)
    assert rules[SHARING[0]] == AcceptanceRules(needs_vin=True, vin_tells=True)
    assert rules[TWINS[0]] == rules[NO_VIN] == AcceptanceRules()


@pytest.mark.parametrize("vin", ["1HGCM82633A004352", ""])
def test_doctor_applies_the_acceptance_rules_of_the_crawl(
    vin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = vehicle("165548", vin)
    seen: list[AcceptanceRules] = []

    async def nothing(*_: Any, **__: Any) -> None:
        pass

    async def look(*given: Any) -> None:
        seen.append(given[-1]._replace(names=None))

    monkeypatch.setattr(doctor_module, "check_page", look)
    monkeypatch.setattr(doctor_module, "check_values", look)
    doctor: Any = SimpleNamespace(
        vehicle=looked_at,
        vehicles=[looked_at],
        row=SimpleNamespace(url="http://site/1"),
        config=config(),
        fresh_page=nothing,
        go_to=nothing,
        page=SimpleNamespace(set_viewport_size=nothing),
        as_page=lambda _: None,
        seconds={},
    )
    asyncio.run(doctor_module.check_vehicle(doctor))
    assert seen == [AcceptanceRules(vin_tells=bool(vin))] * 2


def test_vin_does_not_suffice_where_bookouts_without_text_are_accepted() -> None:
    rules = InventoryRules([ALONE], accept_unverified=True)
    assert rules.of(ALONE)._replace(names=None) == AcceptanceRules(accept_unverified=True)
