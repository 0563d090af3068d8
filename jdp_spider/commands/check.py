"""`scrapy check`, for developers: the contracts of the spider, without site or browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.commands.check import Command as CheckCommand
from scrapy.settings import default_settings

if TYPE_CHECKING:
    import argparse


class Command(CheckCommand):
    """Replaces Scrapy's command of the same name: its responses are made up.

    Crawls have no download handler for a contract's `data:` address, and this command has no other.
    """

    def long_desc(self) -> str:
        return f"{super().long_desc()}. Example: scrapy check jdpower"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None
        others = dict.fromkeys(default_settings.DOWNLOAD_HANDLERS_BASE)
        # Above the add-on's.
        only = {**others, "data": "jdp_spider.contracts.SampleBookouts"}
        self.settings.set("DOWNLOAD_HANDLERS", only, "cmdline")
