"""When a repair takes a page as it is."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jdp_spider.pages import blocking, view
from jdp_spider.pages.view import PageView
from jdp_spider.repair import scene
from jdp_spider.repair.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterable

HELD_UP = ["https://statistics.example.org/first.js"]


@pytest.mark.parametrize("loads_again", [True, False])
def test_page_without_what_holds_it_up_is_awaited(
    loads_again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it has been there, and counts as quiet for that."""
    held_up, seen = [HELD_UP], []

    async def look(_page: Any, script: str, _argument: Any = None) -> Any:
        is_held_up = bool(held_up)
        seen.append("blank" if is_held_up else "whole")
        return (held_up[0] if is_held_up else []) if script is view._HELD_UP else True

    async def load_without(_page: Any, addresses: Iterable[str]) -> bool:
        assert addresses == HELD_UP
        if loads_again:
            held_up.clear()
        return loads_again

    consequences = SimpleNamespace(is_busy=False)
    monkeypatch.setattr(scene, "evaluate", look)
    monkeypatch.setattr(view, "evaluate", look)
    monkeypatch.setattr(blocking, "load_without", load_without)
    monkeypatch.setattr(scene, "watch", lambda _: SimpleNamespace(consequences=consequences))
    monkeypatch.setattr(scene, "check_place", lambda *_: None)
    page: Any = SimpleNamespace(page=None, site=None)
    page.view = lambda name: PageView(page.page, page.site, name)
    asyncio.run(Scene.quiet(page))
    assert seen == ["blank", "blank", *["whole"] * loads_again]
