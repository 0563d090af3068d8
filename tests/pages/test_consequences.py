"""What a page does because of a click, and what it does anyway."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jdp_spider.pages import consequences
from jdp_spider.pages.consequences import Consequences

OWN, OTHER = "wss://push.site.com/hub", "wss://replay.example.net/"


class FakePage(dict):  # type: ignore[type-arg]
    """A page, or a socket of it: calls what was registered for an event."""

    def __init__(self, url: str) -> None:
        self.url = url

    def on(self, event: str, listener: Any) -> None:
        self[event] = listener


@pytest.mark.parametrize(
    ("url", "before", "begun"),
    [
        (OWN, [], True),
        (OWN, [60, 45, 30], True),
        (OWN, [3, 2, 1], False),
        (OTHER, [], False),
    ],
)
def test_frame_sent_right_after_a_click_is_its_effect(
    url: str, before: list[float], begun: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless the page talks all the time, or to somebody else."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(consequences, "time", SimpleNamespace(monotonic=lambda: clock.now))
    page, socket = FakePage("https://www.site.com/vehicle/7"), FakePage(url)
    seen = Consequences(page)  # type: ignore[arg-type]
    page["websocket"](socket)
    for ago in before:
        clock.now = 1000 - ago
        socket["framesent"]("")
    clock.now = 1000
    seen.acts()
    clock.now += 0.1
    socket.get("framesent", str)("")
    assert seen.have_begun(1000) is begun
    # The next click has not begun anything yet.
    assert not seen.have_begun(1002)
