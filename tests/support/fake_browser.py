"""Fakes of a crawler, and of the browser that the pool and the handler work with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from scrapy.utils.test import get_crawler

from jdp_spider.signals import run_event

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from scrapy.crawler import Crawler
    from scrapy.http import Request


def crawling() -> tuple[Crawler, list[str]]:
    """A crawler that runs, and the kinds of the events that are noted."""
    events: list[str] = []

    def add(kind: str) -> None:
        events.append(kind)

    crawler = get_crawler()
    crawler._apply_settings()
    crawler.signals.connect(add, run_event, weak=False)
    crawler.spider = SimpleNamespace()  # type: ignore[assignment]
    crawler.crawling = True
    return crawler, events


class FakeContext:
    """A context that remembers its cookies."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.given = options["storage_state"]["cookies"]
        self.is_closed = False
        self.pages: list[FakePage] = []

    async def clear_cookies(self) -> None:
        self.given = []

    async def add_cookies(self, cookies: list[dict[str, Any]]) -> None:
        self.given = cookies

    async def new_cdp_session(self, _: FakePage) -> None:
        raise PlaywrightError("nothing is on this page")

    async def cookies(self) -> list[dict[str, Any]]:
        return [*self.given, {"name": "renewed", "value": "1"}]


class FakePage:
    """A page that goes wherever it is sent."""

    def __init__(self, context: FakeContext) -> None:
        self.context = context
        self.url = "about:blank"
        self.visits: list[str] = []
        self.listeners: dict[str, Callable[..., Any]] = {}
        self._closed = False
        context.pages.append(self)

    def on(self, event: str, listener: Callable[..., Any]) -> None:
        self.listeners[event] = listener

    def is_closed(self) -> bool:
        return self._closed

    async def close(self) -> None:
        self._closed = True

    async def request_gc(self) -> None: ...

    async def goto(self, url: str, **_: Any) -> None:
        self.url = url
        self.visits.append(url)


class FakePlaywright:
    """Stands for PlaywrightAdapter; `calls` are those that close or restart something."""

    def __init__(self) -> None:
        self.contexts: dict[str, FakeContext] = {}
        self.pages: list[FakePage] = []
        self.never_closed: list[FakePage] = []
        """Pages that do not close in time."""
        self.calls: list[str] = []
        self.driver_is_alive = True
        self.hangs = False
        self.on_browser_lost: Callable[[], None] | None = None

    @property
    def context_names(self) -> set[str]:
        return set(self.contexts)

    def in_browser_loop(self, work: Coroutine[Any, Any, Any]) -> Coroutine[Any, Any, Any]:
        return work

    async def context(self, name: str, options: dict[str, Any]) -> FakeContext:
        return self.contexts.setdefault(name, FakeContext(options))

    async def open_page(self, name: str, options: dict[str, Any]) -> FakePage:
        self.pages.append(FakePage(await self.context(name, options)))
        return self.pages[-1]

    async def close_page(self, page: FakePage) -> bool:
        if page in self.never_closed:
            return False
        await page.close()
        return True

    async def close_context(self, name: str) -> bool:
        context = self.contexts.pop(name, None)
        if context is not None:
            context.is_closed = True
            self.calls.append(f"close {name}")
            for page in self.pages:
                if page.context is context:
                    await page.close()
        return not self.hangs

    async def driver_answers(self) -> bool:
        return self.driver_is_alive

    async def close_browser(self) -> None:
        self.calls.append("close the browser")

    async def restart_driver(self) -> None:
        self.calls.append("restart the driver")
        self.driver_is_alive = True
        self.contexts.clear()

    async def download_request(self, request: Request) -> str:
        return f"scrapy-playwright's response to {request.url}"

    async def close(self) -> None:
        self.calls.append("close")
