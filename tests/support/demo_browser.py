"""Steps in a browser that several tests of the demo site share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp_spider.browser.launch import find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

    from tests.support.demo_client import Client


def launch(playwright: Playwright) -> Browser:
    """Launch the browser that a crawl would take."""
    path = str(find_browser())
    return playwright.chromium.launch(executable_path=path, chromium_sandbox=False)


def log_in(page: Page, client: Client) -> None:
    page.goto(client.site.base_url)
    page.fill("#usernameInput", "demo")
    page.fill("#passwordInput", "demo-password")
    page.click("#loginButton")
