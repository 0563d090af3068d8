from __future__ import annotations

import asyncio
import logging
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy.settings import Settings
from scrapy_playwright.handler import Config as PlaywrightConfig
from scrapy_playwright.provider import PlaywrightBrowserProvider

from jdp_spider.browser.launch import OTHERS, launch_options
from jdp_spider.browser.provider import BrowserProvider
from jdp_spider.pages.errors import BrowserNotStarted
from jdp_spider.utils import cli

if TYPE_CHECKING:
    from pathlib import Path


class Launches:
    """Stands for the library's launch: keeps what it was given, fails some times."""

    def __init__(
        self,
        failing: int,
        monkeypatch: pytest.MonkeyPatch,
        error: PlaywrightError | None = None,
    ) -> None:
        self.failing = failing
        self.error = error or PlaywrightError("No usable sandbox!\nCall log:\n- a lot")
        self.sandboxes: list[bool] = []
        self.paths: list[str] = []
        launch = self.launch

        async def launch_browser(provider: Any) -> str:
            return launch(provider.config.launch_options)

        monkeypatch.setattr(PlaywrightBrowserProvider, "launch_browser", launch_browser)

    def launch(self, options: dict[str, Any]) -> str:
        self.sandboxes.append(options["chromium_sandbox"])
        self.paths.append(options["executable_path"])
        if len(self.sandboxes) <= self.failing:
            raise self.error
        return "browser"


def provider(sandbox: bool, *others: str) -> BrowserProvider:
    options = {"executable_path": "/one", "chromium_sandbox": sandbox, OTHERS: [*others]}
    return BrowserProvider(SimpleNamespace(launch_options=options))


FORBIDDEN = "DevTools remote debugging is disallowed by the system admin."
BY_POLICY = (
    f"it ended at once (exit status 0); it said: {FORBIDDEN.rstrip('.')}. A policy of the "
    "computer's administrator forbids it. If JD_BROWSER is empty, this installs another one for "
    f"this program: {cli.python('-m playwright install --only-shell chromium')}"
)
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="there a script is no program")
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
    with pytest.raises(BrowserNotStarted, match=r"browser /one did not start: No usable sandbox!"):
        asyncio.run(provider(sandbox).launch_browser())
    assert launches.sandboxes == tried


def test_restart_does_not_retry_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    launches, one = Launches(1, monkeypatch), provider(True)
    for _ in range(2):
        assert asyncio.run(one.launch_browser()) == "browser"
    assert launches.sandboxes == [True, False, False]


@pytest.mark.parametrize(
    "error",
    [
        PlaywrightTimeout("Timeout 45000ms exceeded.\n  - [pid=1][err] No usable sandbox!"),
        PlaywrightError(f"closed\n<launching> /sandbox/x --no-unsandboxed-zygote\n{FORBIDDEN}"),
    ],
)
def test_sandbox_is_kept_if_it_is_not_the_trouble(
    error: PlaywrightError, monkeypatch: pytest.MonkeyPatch
) -> None:
    launches = Launches(99, monkeypatch, error)
    with pytest.raises(BrowserNotStarted):
        asyncio.run(provider(True).launch_browser())
    assert launches.sandboxes == [True]


@pytest.mark.parametrize(("platform", "tried"), [("win32", [True, False]), ("linux", [True])])
def test_silent_end_may_be_of_the_sandbox_on_windows(
    platform: str, tried: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chromium's words are not shown there."""
    silent = PlaywrightError(
        "closed\n- [pid=1] <process did exit: exitCode=2147483651, signal=null>"
    )
    launches = Launches(99, monkeypatch, silent)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setitem(sys.modules, "winreg", SimpleNamespace())
    with pytest.raises(BrowserNotStarted, match=r"ended at once \(exit status 2147483651\)"):
        asyncio.run(provider(True).launch_browser())
    assert launches.sandboxes == tried


def test_another_browser_is_launched_if_the_first_does_not_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    launches = Launches(1, monkeypatch, PlaywrightTimeout("Timeout 45000ms exceeded."))
    one = provider(True, "/two", "/three")
    for _ in range(2):
        assert asyncio.run(one.launch_browser()) == "browser"
    assert launches.paths == ["/one", "/two", "/two"]
    why = "The browser /one did not start: it was not ready within 45 s"
    assert one.passed_over == [why]
    told = [record.getMessage() for record in caplog.records]
    assert told == [f"Trying another browser, /two: {why}"]


def test_each_browser_is_tried_once_and_in_its_sandbox_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    launches = Launches(99, monkeypatch)
    with pytest.raises(BrowserNotStarted, match="/two"):
        asyncio.run(provider(True, "/two").launch_browser())
    assert (launches.paths, launches.sandboxes) == (["/one"] * 2 + ["/two"] * 2, [True, False] * 2)


# Programs that are none


@pytest.mark.browser
@posix_only
@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exec sleep 600", "it was not ready within 2 s. Install the browser anew"),
        (
            f"echo noise >&2; echo '{FORBIDDEN}' >&2; echo more >&2",
            BY_POLICY,
        ),
    ],
)
def test_browser_that_cannot_be_driven_is_started_once(
    script: str, why: str, tmp_path: Path
) -> None:
    program, starts = tmp_path / "chrome", tmp_path / "starts"
    program.write_text(f"#!/bin/sh\necho started >> '{starts}'\n{script}\n")
    program.chmod(0o755)
    options = launch_options(program, headless=True, block_images=False)
    error = asyncio.run(refused({**options, "chromium_sandbox": True, "timeout": 2_000}))
    assert str(error).startswith(f"The browser {program} did not start: {why}")
    assert starts.read_text() == "started\n"


async def refused(options: dict[str, Any]) -> BrowserNotStarted:
    """Return what the real driver's launch comes to."""
    settings = Settings({"PLAYWRIGHT_LAUNCH_OPTIONS": options})
    found = BrowserProvider(PlaywrightConfig.from_settings(settings))
    await found.start()
    try:
        with pytest.raises(BrowserNotStarted) as caught:
            await found.launch_browser()
    finally:
        await found.close()
    return caught.value
