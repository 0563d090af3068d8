"""When a run keeps the computer awake, and what it says where it cannot."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from scrapy import Spider
from scrapy.utils.test import get_crawler

from jdp_spider.extensions import KeepAwake, base, keep_awake

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., KeepAwake]

SLEEPS = "The computer may fall asleep during the run: "


class Awake:
    """Stands in for what holds the computer awake, and remembers what it was asked."""

    def __init__(self, cannot: str = "") -> None:
        self.cannot, self.trouble = cannot, ""
        self.asked: list[str] = []

    def start(self) -> str:
        self.asked.append("start")
        return self.cannot

    def problem(self) -> str:
        return self.trouble

    def stop(self) -> None:
        self.asked.append("stop")


@pytest.fixture
def extension(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Make:
    caplog.set_level("INFO", "jdp_spider")
    loop = SimpleNamespace(running=True, start=lambda *_, **__: None, stop=lambda: None)
    monkeypatch.setattr(base, "create_looping_call", lambda _: loop)

    def make(awake: Awake, *, wanted: bool = True) -> KeepAwake:
        monkeypatch.setattr(keep_awake, "Awake", lambda: awake)
        crawler = get_crawler(Spider)
        run = SimpleNamespace(config=SimpleNamespace(keep_awake=wanted))
        crawler.spider = Spider("stub", run=run)
        return KeepAwake(crawler)

    return make


def test_computer_is_kept_awake_for_the_whole_run(
    extension: Make, caplog: pytest.LogCaptureFixture
) -> None:
    awake = Awake()
    made = extension(awake)
    made.spider_opened()
    made.tick()
    assert awake.asked == ["start"]
    made.spider_closed()
    assert (awake.asked, caplog.messages) == (["start", "stop"], [])


def test_setting_disables_keeping_awake(extension: Make) -> None:
    awake = Awake()
    extension(awake, wanted=False).spider_opened()
    assert awake.asked == []


def test_failure_to_keep_awake_is_logged_once(
    extension: Make, caplog: pytest.LogCaptureFixture
) -> None:
    extension(Awake("caffeinate is not installed")).spider_opened()
    awake = Awake()
    made = extension(awake)
    made.spider_opened()
    awake.trouble = "it ended"
    made.tick()
    assert caplog.messages == [f"{SLEEPS}caffeinate is not installed", f"{SLEEPS}it ended"]
    assert awake.asked == ["start", "stop"]
    assert {record.levelname for record in caplog.records} == {"INFO"}
