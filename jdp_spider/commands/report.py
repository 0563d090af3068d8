"""`scrapy report`: makes the report of a run's folder again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from jdp_spider.utils.cli import nearby
from jdp_spider.utils.console import ascii_console
from jdp_spider.utils.loading import LoadError
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse


class Command(ScrapyCommand):
    """Prints where the report is; needs nothing but the run's folder."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "FOLDER"

    def short_desc(self) -> str:
        return "Make report.html of a run again, also of one that was killed"

    def long_desc(self) -> str:
        return f"{self.short_desc()}. Example: scrapy report downloads/11-23-2026"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        ascii_console()
        super().process_options(args, opts)
        if len(args) != 1:
            raise UsageError("name one run folder: scrapy report downloads/11-23-2026")
        if not (Path(args[0]) / "run_data").is_dir():
            wrong = f"{args[0]!a} is no run folder: it holds no run_data"
            raise UsageError(wrong, print_help=False)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Exit with 0 when the report is made, else with 2."""
        # All commands are imported for each: a crawl does without what makes its pages.
        from jdp_spider.report.render import make_report

        try:
            path = make_report(Path(args[0]))
        except (OSError, LoadError) as error:
            raise UsageError(to_ascii(str(error)), print_help=False) from None
        print(to_ascii(nearby(path)))
