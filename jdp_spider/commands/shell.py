"""`scrapy shell`, which needs neither an account nor a browser here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.commands.shell import Command as ShellCommand

if TYPE_CHECKING:
    import argparse


class Command(ShellCommand):
    """Replaces Scrapy's command of the same name, which hangs with scrapy-playwright's handler.

    Pages are fetched by Scrapy itself. What a browser makes of them, `scrapy doctor` shows.
    """

    def long_desc(self) -> str:
        return f"{super().long_desc()}. Example: scrapy shell page.html"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None
        # The add-on derives the browser's settings.
        self.settings.set("ADDONS", {}, "cmdline")
