"""Lets several doctors share one browser: what is measured or tested is the site, not the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Browser


class SharedBrowser:
    """Stands in for the provider of a doctor: its browser is there already and stays."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.passed_over: list[str] = []

    async def start(self) -> None:
        """Do nothing: it runs."""

    async def launch_browser(self) -> Browser:
        return self._browser

    async def close(self) -> None:
        """Do nothing: others use it."""
