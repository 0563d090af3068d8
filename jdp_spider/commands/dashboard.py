"""`scrapy dashboard`: the page to work from, in the user's own browser."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.config.names import from_command_line
from jdp_spider.utils.commands import ProjectCommand, refused

if TYPE_CHECKING:
    import argparse


class Command(ProjectCommand):
    """Makes room for the process that serves the page: that one needs no Scrapy, and stays."""

    usage = "[--no-browser]"
    summary = "Open a page in your browser from which everything else can be done"
    details = ". Example: scrapy dashboard (Ctrl-C closes it; a run that is at work continues)"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--no-browser",
            action="store_true",
            help="open nothing, but say which file opens the page",
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        if given := from_command_line(self.settings):
            names = ", ".join(given)
            raise refused(f"{names} by -s does not reach the page's runs: set it in .env")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Exit with the status of that process."""
        command = [sys.executable, "-m", "jdp_spider.dashboard"]
        command += ["--no-browser"] if opts.no_browser else []
        os.chdir(PROJECT_FOLDER)
        sys.stdout.flush()
        if sys.platform != "win32":
            os.execv(sys.executable, command)
        # There a process cannot be replaced by another one.
        with subprocess.Popen(command) as process:
            while True:
                try:
                    self.exitcode = process.wait()
                    return
                except KeyboardInterrupt:
                    # It got the Ctrl-C, too.
                    continue
