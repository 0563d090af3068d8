from __future__ import annotations

import contextlib
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import TimeoutError as PlaywrightTimeout

from jdp_spider.browser.not_started import forbidding_policies, launch_failed
from jdp_spider.utils import cli

if TYPE_CHECKING:
    from collections.abc import Callable

    Registry = Callable[[dict[tuple[str, str, str], int]], None]

CHROME = "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"
EDGE = "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe"
OWN = "C:\\Users\\me\\AppData\\Local\\ms-playwright\\chromium-9\\chrome-win\\chrome.exe"
OF_CHROME = "SOFTWARE\\Policies\\Google\\Chrome"
OF_EDGE = "SOFTWARE\\Policies\\Microsoft\\Edge"
REMOTE, HEADLESS = "RemoteDebuggingAllowed", "HeadlessMode"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A Windows whose registry has these values, by root, key and name."""

    def fill(values: dict[tuple[str, str, str], int]) -> None:
        def open_key(root: str, key: str) -> contextlib.nullcontext[tuple[str, str]]:
            if not any(each[:2] == (root, key) for each in values):
                raise FileNotFoundError(2, "There is no such key")
            return contextlib.nullcontext((root, key))

        def query(opened: tuple[str, str], name: str) -> tuple[int, int]:
            key = (*opened, name)
            if key not in values:
                raise FileNotFoundError(2, "There is no such value")
            return values[key], 4

        roots = {"HKEY_LOCAL_MACHINE": "HKLM", "HKEY_CURRENT_USER": "HKCU"}
        module = SimpleNamespace(OpenKey=open_key, QueryValueEx=query, **roots)
        monkeypatch.setitem(sys.modules, "winreg", module)
        monkeypatch.setattr(sys, "platform", "win32")

    return fill


@pytest.mark.parametrize(
    ("path", "headless", "found"),
    [
        (CHROME, True, [f"HKLM\\{OF_CHROME}: {REMOTE}=0", f"HKCU\\{OF_CHROME}: {HEADLESS}=2"]),
        (CHROME, False, [f"HKLM\\{OF_CHROME}: {REMOTE}=0"]),
        # It is set, and allows it.
        (EDGE, True, []),
        (OWN, True, []),
    ],
)
def test_policies_that_forbid_it_are_named(
    path: str, headless: bool, found: list[str], registry: Registry
) -> None:
    values = {("HKLM", OF_CHROME, REMOTE): 0, ("HKCU", OF_CHROME, HEADLESS): 2}
    registry({**values, ("HKLM", OF_EDGE, REMOTE): 1, ("HKCU", OF_EDGE, HEADLESS): 1})
    assert forbidding_policies(path, headless=headless) == found


@pytest.mark.parametrize(
    ("headless", "which"), [(True, "--only-shell chromium"), (False, "chromium")]
)
def test_error_has_policy_and_remedy(headless: bool, which: str, registry: Registry) -> None:
    registry({("HKCU", OF_EDGE, REMOTE): 0})
    error = PlaywrightTimeout("BrowserType.launch: Timeout 45000ms exceeded.\nCall log:\n")
    failed = launch_failed(error, {"executable_path": EDGE, "headless": headless})
    assert failed.what == (
        f"The browser {EDGE} did not start: it was not ready within 45 s. A policy of the "
        f"computer's administrator forbids it (HKCU\\{OF_EDGE}: {REMOTE}=0)"
    )
    assert failed.advice.endswith(cli.python(f"-m playwright install {which}"))


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_only_windows_has_a_registry(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert forbidding_policies("/opt/google/chrome/chrome", headless=True) == []
