from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from jdp_spider.pages.site import Site
from jdp_spider.repair import reporting

if TYPE_CHECKING:
    import pytest

ROOT = "http://site/ValuesOnline/"


class Walked:
    """A repair after a report did not come; it comes by the `right` mark."""

    def __init__(self, right: str, *asked: str) -> None:
        self.site = Site(ROOT)
        self.asked = [ROOT + each for each in asked]
        self.right = right
        self.tried: list[str] = []
        self.scene = SimpleNamespace(use=self.use, elements=self.elements)

    def use(self, **changes: str) -> None:
        self.site = self.site.with_changes(changes)

    async def elements(self) -> list[Any]:
        return []

    async def is_report(self, _: Any) -> bool:
        self.tried.append(self.site.report_mark)
        return self.site.report_mark == self.right


def has_other_mark(walk: Walked, monkeypatch: pytest.MonkeyPatch) -> bool:
    async def opened(*_: Any) -> bool:
        return True

    monkeypatch.setattr(reporting, "_open_vehicle", opened)
    monkeypatch.setattr(reporting, "_open_dialog", opened)
    monkeypatch.setattr(reporting, "_is_report", walk.is_report)
    return asyncio.run(reporting._has_other_mark(walk))  # type: ignore[arg-type]


def test_new_bookout_address_is_learned_from_the_requests_of_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    walk = Walked("MakePdf", "Report/MakePdf?vehicleId=1000123", "Report/MakePdf?vehicleId=7")
    assert has_other_mark(walk, monkeypatch)
    assert (walk.site.report_mark, walk.tried) == ("MakePdf", ["MakePdf"])


def test_known_bookout_address_is_kept_and_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    walk = Walked("none", "Report/GetPdfReport?vehicleId=1000123", "Print/Sheet")
    assert not has_other_mark(walk, monkeypatch)
    assert (walk.site.report_mark, walk.tried) == ("GetPdfReport", ["Sheet"])
