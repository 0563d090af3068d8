from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from tests.support.demo_browser import launch
from tests.support.demo_client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page


@pytest.fixture
def start() -> Iterator[Callable[..., Client]]:
    """Start a site with the given options; a client of it comes back, already logged in."""
    with ExitStack() as stack:

        def started(*, logged_in: bool = True, **options: Any) -> Client:
            options = {"vehicles": 50, "licence": False, **options}
            client = Client(stack.enter_context(running_demo(DemoOptions(**options))))
            if logged_in:
                client.log_in()
            return client

        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = launch(playwright)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab whose page may not report any error."""
    with browser.new_context() as context:
        errors: list[str] = []
        context.on("weberror", lambda error: errors.append(str(error.error)))
        tab = context.new_page()
        tab.set_default_timeout(10_000)
        yield tab
        assert errors == []
