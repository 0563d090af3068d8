"""`scrapy support`: makes the file that those who look into a problem need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jdp_spider.config.problems import ConfigError
from jdp_spider.config.sources import require_dotenv
from jdp_spider.doctor.support import save_support
from jdp_spider.job.command import FolderCommand
from jdp_spider.utils import cli
from jdp_spider.utils.commands import leave_out_usage, refused
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse


class Command(FolderCommand):
    """Prints what is in the file; sends nothing."""

    usage = "FILE.zip [FOLDER]"
    summary = "Save what a report of a problem needs, without what is private"
    details = (
        ": the log, the figures and the failed pages of the newest run, or of the one in FOLDER. "
        "Nothing is sent. Example: scrapy support support.zip"
    )
    needs_folder = False

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        leave_out_usage(self.parser)
        if not args or not args[0].lower().endswith(".zip"):
            command = to_ascii(cli.scrapy("support support.zip"))
            raise refused(f"name the file to write: {command}")
        self.file = Path(args[0])
        if self.file.exists():
            raise refused("this file exists: delete it, or name another one")
        super().process_options(args[1:], opts)
        try:
            # Else the password in it is not known, and might stand in the file.
            require_dotenv()
        except ConfigError as error:
            raise refused(str(error)) from None

    def work(self, folder: Path | None, opts: argparse.Namespace) -> None:
        """Exit with 0 if the file was written, else with 2."""
        names = save_support(self.file, folder, self.settings)
        print(f"Written: {to_ascii(str(self.file.absolute()))}")
        for name in names:
            print(f"  {name}")
        print("Look at it before you send it. What is private was replaced by invented values.")
