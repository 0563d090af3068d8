from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.async_api import Error as PlaywrightError
from scrapy_playwright.provider import PlaywrightBrowserProvider

from jdp_spider.browser.provider import BrowserProvider


class Launches:
    """Stands for the library's launch: keeps what it was given, fails some times."""

    def __init__(self, failing: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.failing = failing
        self.sandboxes: list[bool] = []
        launch = self.launch

        async def launch_browser(provider: Any) -> str:
            return launch(provider.config.launch_options)

        monkeypatch.setattr(PlaywrightBrowserProvider, "launch_browser", launch_browser)

    def launch(self, options: dict[str, Any]) -> str:
        self.sandboxes.append(options["chromium_sandbox"])
        if len(self.sandboxes) <= self.failing:
            raise PlaywrightError("No usable sandbox!\nCall log:\n- a lot")
        return "browser"


def provider(sandbox: bool) -> BrowserProvider:
    return BrowserProvider(SimpleNamespace(launch_options={"chromium_sandbox": sandbox}))


FALLBACK = (
    "jdp_spider.browser.provider",
    logging.WARNING,
    "The browser did not start in its sandbox, trying without: No usable sandbox!",
)
WITHOUT = ("jdp_spider.browser.provider", logging.INFO, "Launching the browser without its sandbox")


@pytest.mark.parametrize(
    ("sandbox", "failing", "tried", "told"),
    [
        (True, 0, [True], []),
        (True, 1, [True, False], [FALLBACK]),
        (False, 0, [False], [WITHOUT]),
    ],
)
def test_browser_is_launched_with_or_without_sandbox(
    sandbox: bool,
    failing: int,
    tried: list[bool],
    told: list,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    launches = Launches(failing, monkeypatch)
    assert asyncio.run(provider(sandbox).launch_browser()) == "browser"
    assert (launches.sandboxes, caplog.record_tuples) == (tried, told)


@pytest.mark.parametrize(("sandbox", "tried"), [(True, [True, False]), (False, [False])])
def test_browser_that_does_not_start_is_an_error(
    sandbox: bool, tried: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    launches = Launches(99, monkeypatch)
    with pytest.raises(PlaywrightError, match="No usable sandbox!"):
        asyncio.run(provider(sandbox).launch_browser())
    assert launches.sandboxes == tried


def test_restart_does_not_retry_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    launches, one = Launches(1, monkeypatch), provider(True)
    for _ in range(2):
        assert asyncio.run(one.launch_browser()) == "browser"
    assert launches.sandboxes == [True, False, False]
