"""What a run does with the word of the program that runs it among others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from scrapy import Spider
from scrapy.exceptions import NotConfigured
from scrapy.utils.test import get_crawler

from jdp_spider.config.dotenv import PARENT
from jdp_spider.extensions import ParentsWord, supervisor
from jdp_spider.reasons import CloseReason
from jdp_spider.supervision import WATCHED

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

NOT_KNOWN = "The supervisor sent an unknown line, which was ignored"


@pytest.fixture
def parent(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stands in for the listener."""
    parent = SimpleNamespace(reason=None, unknown_lines=0, listen=lambda: None)
    monkeypatch.setattr(supervisor, "the_parent", lambda: parent)
    monkeypatch.setenv(PARENT, WATCHED)
    return parent


@pytest.fixture
def crawler() -> Crawler:
    crawler = get_crawler(Spider)
    crawler.spider = Spider("stub", run=SimpleNamespace(end=[].append))
    return crawler


def test_unknown_lines_are_counted_and_reported_once(
    parent: SimpleNamespace, crawler: Crawler, caplog: pytest.LogCaptureFixture
) -> None:
    extension = ParentsWord(crawler)
    for number in (0, 2, 2, 5):
        parent.unknown_lines = number
        extension.tick()
    assert caplog.messages == [NOT_KNOWN]
    assert crawler.stats.get_value("jdp/supervisor/unknown_line_count") == 5


def test_request_to_end_passes_its_reason_on(parent: SimpleNamespace, crawler: Crawler) -> None:
    ended: list[CloseReason] = []
    crawler.spider.run.end = ended.append
    extension = ParentsWord(crawler)
    extension.tick()
    parent.reason = CloseReason.SHUTDOWN
    extension.tick()
    assert ended == [CloseReason.SHUTDOWN]


def test_extension_is_off_without_a_supervisor(
    monkeypatch: pytest.MonkeyPatch, crawler: Crawler
) -> None:
    monkeypatch.delenv(PARENT, raising=False)
    with pytest.raises(NotConfigured):
        ParentsWord(crawler)
