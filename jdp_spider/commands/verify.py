"""`scrapy verify`: reads every PDF of a run's folder again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from jdp_spider.job.audit import Finding, mark_for_download, verify
from jdp_spider.reasons import ExitStatus
from jdp_spider.utils import cli
from jdp_spider.utils.console import ascii_console
from jdp_spider.utils.loading import LoadError
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse


class Command(ScrapyCommand):
    """Prints what is wrong in plain words; 0 when nothing is, 3 when something is."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[--repair] FOLDER"

    def short_desc(self) -> str:
        return "Check the PDFs of a finished or stopped run against its books"

    def long_desc(self) -> str:
        return (
            f"{self.short_desc()}: each must be there, unchanged, and name its vehicle. "
            "Example: scrapy verify downloads/11-23-2026"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--repair",
            action="store_true",
            help="let the next run of the job download again what is wrong",
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        ascii_console()
        super().process_options(args, opts)
        if len(args) != 1:
            raise UsageError("name one run folder: scrapy verify downloads/11-23-2026")
        if not (Path(args[0]) / "run_data").is_dir():
            wrong = f"{args[0]!a} is no run folder: it holds no run_data"
            raise UsageError(wrong, print_help=False)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Exit with 0 when every PDF is right, else with 3."""
        folder = Path(args[0])
        try:
            findings = list(verify(folder))
            wrong = [finding for finding in findings if finding.problem]
            for finding in wrong:
                print(f"{to_ascii(finding.name)}: {finding.problem}")
            print(f"{len(findings)} PDFs read, {len(wrong)} wrong")
            if wrong and opts.repair:
                self._repair(folder, wrong)
            elif wrong:
                again = cli.scrapy(f'verify --repair "{folder}"')
                print(f"For the job to download them again: {to_ascii(again)}")
        except (OSError, LoadError) as error:
            raise UsageError(f"{to_ascii(str(error))}", print_help=False) from None
        self.exitcode = ExitStatus.SOME_FAILED if wrong else ExitStatus.COMPLETE

    def _repair(self, folder: Path, wrong: list[Finding]) -> None:
        marked = mark_for_download(folder, wrong)
        print(f"{marked} marked: the next run of this job downloads them again")
