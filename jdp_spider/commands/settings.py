"""`scrapy settings`, with the values that follow from the project's own settings."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from scrapy.commands.settings import Command as SettingsCommand

from jdp_spider.addon import derived_from
from jdp_spider.config.problems import ConfigError
from jdp_spider.config.sources import load_config, raw_value, require_dotenv
from jdp_spider.utils.commands import leave_out_usage, refused
from jdp_spider.utils.console import ascii_console

if TYPE_CHECKING:
    import argparse


class Command(SettingsCommand):
    """Replaces Scrapy's command of the same name, which does without add-ons."""

    def long_desc(self) -> str:
        return f"{self.short_desc()}. Example: scrapy settings --get CONCURRENT_REQUESTS"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        self._parser = parser

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        ascii_console()
        leave_out_usage(self._parser)
        super().process_options(args, opts)
        assert self.settings is not None
        try:
            require_dotenv()
        except ConfigError as error:
            raise refused(str(error)) from None
        # No account is needed to look at settings, and none is to be printed.
        copy = self.settings.copy()
        for name in ("JD_USER", "JD_PASS"):
            if not raw_value(copy, name):
                copy.set(name, "-", "cmdline")
        # Settings that a crawl would refuse are printed as they are.
        with contextlib.suppress(ConfigError):
            for name, value in derived_from(load_config(copy)).items():
                self.settings.set(name, value, "addon")
