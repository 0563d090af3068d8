"""What tests do on the dashboard's page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

USER, PASSWORD = "demo", "demo-password"


def sentence(page: Page, text: str) -> None:
    """Wait until the page's one sentence has the text."""
    # Not as a text, of which the case would not count.
    page.locator("#sentence", has_text=re.compile(re.escape(text))).wait_for()


def press(page: Page, words: str) -> None:
    """Press the button with these words."""
    page.get_by_role("button", name=words, exact=True).click()


def give_account(page: Page, password: str = PASSWORD) -> None:
    """Enter user name and password."""
    page.get_by_label("User name", exact=True).fill(USER)
    page.get_by_label("Password", exact=True).fill(password)
    press(page, "Continue")
