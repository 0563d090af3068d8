from __future__ import annotations

import re

import pytest

from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.vehicles import NASTY_REFERENCES, make_vehicles, vin_check_digit


@pytest.mark.parametrize("count", [0, 1, 2, 3, 14, 200, 1820])
@pytest.mark.parametrize("nasty", [False, True])
def test_inventory_is_reproducible(count: int, nasty: bool) -> None:
    options = DemoOptions(vehicles=count, nasty_references=nasty)
    vehicles = make_vehicles(options)
    assert len(vehicles) == count
    assert vehicles == make_vehicles(options)
    assert len({vehicle.id for vehicle in vehicles}) == count


def test_seed_changes_inventory() -> None:
    assert make_vehicles(DemoOptions(seed=1)) != make_vehicles(DemoOptions(seed=2))


def test_vins_are_valid_and_unique() -> None:
    vins = {vehicle.vin for vehicle in make_vehicles(DemoOptions(vehicles=1000))}
    assert len(vins) == 1000
    for vin in vins:
        assert re.fullmatch("[A-HJ-NPR-Z0-9]{17}", vin)
        assert vin[8] == vin_check_digit(vin)


def test_check_digit_of_a_known_vin() -> None:
    assert vin_check_digit("1M8GDM9AXKP042788") == "X"


def test_lettered_references_precede_plain_ones() -> None:
    references = [vehicle.reference for vehicle in make_vehicles(DemoOptions(vehicles=400))]
    lettered = [reference for reference in references if not reference.isdigit()]
    assert len(lettered) == 50
    assert "165548A" in lettered
    assert len(set(references)) == 400
    for reference in lettered:
        assert references.index(reference) < references.index(reference[:-1])


def test_tricky_references_are_in_inventory() -> None:
    vehicles = make_vehicles(DemoOptions(nasty_references=True))
    references = [vehicle.reference for vehicle in vehicles]
    assert sorted(set(NASTY_REFERENCES) - set(references)) == []
    assert references.count("177777") == 2
    assert max(map(len, references)) == 150
    assert {"165548", "165548A"} <= set(references)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("latency", "slow"),
        ("link_kind", "a"),
        ("report_kind", "b"),
        ("pager", "c"),
        ("report_address", "d"),
        ("password_state", "e"),
    ],
)
def test_unknown_choice_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be one of .* got '{value}'"):
        DemoOptions(**{name: value})
