"""What is private in Scrapy, scrapy-playwright and Playwright, and relied upon all the same.

Each test says for what. One that fails after an update names what `utils/engine.py` or
`browser/adapter.py` must do in another way; no other module touches such parts.
"""

from __future__ import annotations

import asyncio
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright
from scrapy.core.downloader import Downloader
from scrapy.core.downloader.handlers import DownloadHandlers
from scrapy.core.engine import ExecutionEngine
from scrapy.utils.test import get_crawler

import jdp_spider
from jdp_spider.browser.adapter import before_each_message
from jdp_spider.utils import engine
from tests.support.loop import in_loop

PACKAGE = Path(jdp_spider.__file__).parent
PLACES = {
    "utils/engine.py": ["_schedule_coro", "download_request_async", "_dump", "_persist_stats"],
    "browser/adapter.py": [
        "_impl_obj",
        "_maybe_future_from_coro",
        "_create_page",
        "_browser_disconnected_callback",
        "context_wrappers",
        "browser_provider",
    ],
}


@pytest.mark.parametrize(("place", "name"), [(p, name) for p in PLACES for name in PLACES[p]])
def test_private_name_is_used_in_one_module_only(place: str, name: str) -> None:
    word = re.compile(rf"\b{name}\b")
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if word.search(path.read_text("utf-8"))
    }
    assert found == {place}


# Scrapy


@in_loop
async def test_spider_is_closed_in_the_background() -> None:
    """`_schedule_coro` starts a coroutine at once, without waiting for it."""
    closed: list[str] = []

    async def close_spider_async(*, reason: str) -> None:
        closed.append(reason)

    crawler: Any = get_crawler()
    crawler.engine = type("Engine", (), {"close_spider_async": staticmethod(close_spider_async)})
    engine.close_spider(crawler, "shutdown")
    await asyncio.sleep(0)
    assert closed == ["shutdown"]
    assert "reason" in inspect.signature(ExecutionEngine.close_spider_async).parameters


def test_request_can_be_sent_past_scheduler_and_middlewares() -> None:
    """`engine.downloader.handlers.download_request_async(request)` returns the response."""
    assert "self.downloader" in inspect.getsource(ExecutionEngine.__init__)
    assert "self.handlers" in inspect.getsource(Downloader.__init__)
    assert [*inspect.signature(DownloadHandlers.download_request_async).parameters] == [
        "self",
        "request",
    ]


@pytest.mark.parametrize("dump", [True, False])
def test_stats_collector_dumps_and_keeps(dump: bool) -> None:
    """`_dump` is STATS_DUMP, `_crawler` the crawler; `_persist_stats(_stats)` keeps the stats."""
    crawler = get_crawler(settings_dict={"STATS_DUMP": dump})
    reported: list[Any] = []

    class Collector(engine.ReportingStatsCollector):
        def report(self, crawler: Any) -> None:
            reported.append(crawler)

    crawler.spider = crawler.spidercls("test")
    collector = Collector(crawler)
    collector.set_value("n", 1)
    collector.close_spider()
    assert (reported, collector.spider_stats) == ([crawler] * dump, {"test": {"n": 1}})


# Playwright


@in_loop
async def test_failed_check_prevents_messages_to_the_driver() -> None:
    """`_impl_obj._connection.onmessage` sends each message, also those of requests."""

    class Over(Exception):
        pass

    def check() -> None:
        if over:
            raise Over

    over: list[bool] = []
    async with async_playwright() as playwright:
        before_each_message(playwright, check)
        context = await playwright.request.new_context()
        over.append(True)
        with pytest.raises(Over):
            await context.get("http://127.0.0.1:9/")
        over.clear()


# scrapy-playwright


@pytest.mark.browser
@pytest.mark.parametrize("threaded", ["", "threaded"])
def test_adapter_works_with_a_real_browser(threaded: str) -> None:
    """See tests/support/adapter_story.py."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.adapter_story", threaded],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout.split()) == (0, ["complete"]), done.stderr
