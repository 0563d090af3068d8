from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jdp_spider.pages import asked
from jdp_spider.pages.asked import Asked
from jdp_spider.pages.consequences import request_hash
from jdp_spider.pages.origin import is_same_site

NOW = 1000.0
OWN = "https://www.site.com/Report/Prepare?id=7"
API = "https://api.site.com/reports"
OTHER = "https://bam.example.net/events"
NEWS = "https://www.site.com/news?since=4"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time, and when something was last clicked; the page has asked for news before."""
    usual = {request_hash("GET", NEWS, "")}
    clock = SimpleNamespace(now=NOW, acted=NOW - 0.3, usual=usual, told=0.0)
    monkeypatch.setattr(asked, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(asked, "watch", lambda _: SimpleNamespace(consequences=clock))
    return clock


def of_page() -> Asked:
    page: Any = SimpleNamespace(url="https://www.site.com/vehicle/7")
    return Asked(page)


@pytest.mark.parametrize(
    ("url", "may_be_file", "ago", "begun"),
    [
        (OWN, False, 0.3, [True, True, True]),
        (API, False, 0.3, [True, True, True]),
        (OTHER, True, 60, [True, True, True]),
        # Until it is answered, and a moment longer.
        (OWN, False, 60, [True, True, False]),
        (OTHER, False, 0.3, [True, True, False]),
        (OTHER, False, 60, [False, False, False]),
        (NEWS, False, 0.3, [False, False, False]),
        (NEWS, True, 60, [True, True, True]),
    ],
)
def test_click_has_begun_to_bring_a_file(
    clock: SimpleNamespace, url: str, may_be_file: bool, ago: float, begun: list[bool]
) -> None:
    clock.acted = NOW - ago
    page = of_page()
    assert not page
    page.sent("1", {"method": "GET", "url": url}, may_be_file=may_be_file)
    seen = [bool(page)]
    clock.now += 30
    page.answered("1")
    seen.append(bool(page))
    clock.now += 3
    seen.append(bool(page))
    assert seen == begun
    assert page.at == (NOW if begun[0] else 0.0)


def test_frame_of_a_web_socket_has_begun_to_bring_a_file(clock: SimpleNamespace) -> None:
    page = of_page()
    assert not page
    clock.told = NOW + 0.1
    clock.now += 30
    assert page


def test_other_words_to_an_address_of_before_are_no_repetition(clock: SimpleNamespace) -> None:
    """One address may serve everything that scripts ask for."""
    page = of_page()
    page.sent("1", {"method": "POST", "url": NEWS, "postData": "create"}, may_be_file=False)
    page.answered("1")
    clock.now += 30
    assert page


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.site.com/a", "http://api.site.com:81/b", True),
        ("https://www.site.com", "https://www.other.com", False),
        ("http://127.0.0.1:1/", "http://127.0.0.1:2/", True),
        ("http://127.0.0.1/", "http://128.0.0.1/", False),
        ("http://[::1]/", "http://[::2]/", False),
        ("http://localhost/", "http://localhost:5/", True),
        ("https://www.site.com", "about:blank", False),
    ],
)
def test_hosts_of_one_name_are_one_site(one: str, other: str, same: bool) -> None:
    assert is_same_site(one, other) is same
