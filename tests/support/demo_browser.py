"""Steps in a browser that several tests of the demo site share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.support.demo_client import Client


def log_in(page: Page, client: Client) -> None:
    page.goto(client.site.base_url)
    page.fill("#usernameInput", "demo")
    page.fill("#passwordInput", "demo-password")
    page.click("#loginButton")
