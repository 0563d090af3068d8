"""`scrapy report`: makes the report of a run's folder again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from jdp_spider.job.command import FolderCommand
from jdp_spider.utils.cli import nearby
from jdp_spider.utils.terminal import decorate
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


class Command(FolderCommand):
    """Prints where the report is; needs nothing but the run's folder."""

    usage = "[FOLDER]"
    summary = "Make report.html of a run again, also of one that was killed"
    details = ". Example: scrapy report downloads/11-23-2026"

    def work(self, folder: Path, opts: argparse.Namespace) -> None:
        """Exit with 0 if the report was made, else with 2."""
        # All commands are imported for each: a crawl does without what makes its pages.
        from jdp_spider.report.render import make_report

        report = make_report(folder)
        shown = to_ascii(nearby(report))
        print(decorate(shown, sys.stdout, {shown: report}))
