"""A further vehicle's report, in whose place the site gives that of the vehicle before."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from jdp_spider.doctor import vehicle
from jdp_spider.doctor.findings import Finding, passed
from jdp_spider.pdf.errors import BookoutRejected


def check(monkeypatch: pytest.MonkeyPatch, *came: str, limit: float = 60.0) -> tuple[Any, str]:
    """Return what is found, or the reason, and what was done; `came`: reasons, "" for the own."""
    left, done = list(came), []

    async def report(_: object) -> Finding:
        done.append("r")
        if reason := left.pop(0):
            raise BookoutRejected(reason, "Not the report of '1': it names '2'")
        return passed("1 page")

    def step(name: str) -> Any:
        async def function(*_: object) -> None:
            done.append(name)

        return function

    monkeypatch.setattr(vehicle, "check_one_report", report)
    monkeypatch.setattr(vehicle, "check_vehicle", step("v"))
    monkeypatch.setattr(vehicle, "check_dialog", step("d"))
    monkeypatch.setattr(asyncio, "sleep", step("."))
    doctor: Any = SimpleNamespace(limit=limit)
    try:
        return asyncio.run(vehicle.check_further_report(doctor)), "".join(done)
    except BookoutRejected as error:
        return error.reason, "".join(done)


def test_right_report_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check(monkeypatch, "") == (passed("1 page"), "r")


def test_report_of_another_vehicle_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    finding, done = check(monkeypatch, "other_reference", "other_vin", "")
    assert done == "r.vdr.vdr"
    assert (finding.mark, finding.lines[0]) == ("PASS", "1 page")
    assert finding.lines[1].startswith("at first another vehicle's came")


@pytest.mark.parametrize(
    ("reasons", "limit", "expected"),
    [
        (["cut"], 60.0, ("cut", "r")),
        (["other_vin"] * 6, 60.0, ("other_vin", "r" + ".vdr" * 5)),
        (["other_vin"] * 6, 1.0, ("other_vin", "r")),
    ],
    ids=["no other vehicle's", "always another's", "no time"],
)
def test_report_is_not_asked_for_without_end(
    reasons: list[str], limit: float, expected: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check(monkeypatch, *reasons, limit=limit) == expected
