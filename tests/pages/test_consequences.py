"""What a page does because of a click, and what it does anyway."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jdp_spider.pages import consequences
from jdp_spider.pages.consequences import Consequences

OWN, OTHER = "wss://push.site.com/hub", "wss://replay.example.net/"


class FakePage(dict):  # type: ignore[type-arg]
    """A page, or a socket or request of it: calls what was registered for an event."""

    def __init__(self, url: str) -> None:
        self.url = url

        self.is_closed = lambda: False

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


@pytest.mark.parametrize("kind", ["socket", "stream", "poll"])
def test_page_listens_as_long_as_the_site_may_send_it_something(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also another host, as Azure SignalR's, and within one tick of Windows' clock."""
    monkeypatch.setattr(consequences, "time", SimpleNamespace(monotonic=lambda: 1000.0))
    page, socket = FakePage("https://www.site.com/vehicle/"), FakePage(OTHER)
    seen = Consequences(page)  # type: ignore[arg-type]
    request: Any = FakePage("https://www.site.com/poll")
    request.method, request.post_data, request.is_navigation_request = "GET", None, bool
    request.resource_type = "eventsource" if kind == "stream" else "fetch"
    seen.acts()
    assert not seen.listens
    if kind == "socket":
        page["websocket"](socket)
    else:
        seen.sent(request)
    seen.acts()
    assert seen.listens
    socket.is_closed = lambda: True
    seen.answered(request)
    # The answer of a stream has only begun then.
    assert seen.listens is (kind == "stream")
    seen.ended(request)
    assert not seen.listens
