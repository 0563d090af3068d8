"""`scrapy doctor`: whether a crawl would work here and now, and what to do where it would not."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from jdp_spider.commands.crawl import stop_asking, warn_of_unrecognised
from jdp_spider.config import credentials
from jdp_spider.config.problems import ConfigError, Interrupted
from jdp_spider.config.sources import ask_for_credentials
from jdp_spider.supervision import read_password
from jdp_spider.utils.commands import ProjectCommand, refused
from jdp_spider.utils.redaction import redact_logs
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse


class Command(ProjectCommand):
    """Prints a line for each check; exits as a crawl would that meets the first trouble."""

    usage = (
        "[--vehicle REF] [--no-report] [--repair [--yes]] [--events FILE] | --record FILE.zip "
        "[--vehicles N] [--hide WORDS] [--with-scripts] | --show FILE.zip | --about"
    )
    summary = "Check settings, browser and site, from the login to one report and the logout"
    details = (
        ". It costs one login and one report, and keeps nothing but what --record is for. "
        "Example: scrapy doctor --vehicle 165548 (Ctrl-C ends it, after a logout)"
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--vehicle",
            metavar="REF",
            default="",
            help="reference number of the vehicle to look at; without it the first one",
        )
        parser.add_argument("--no-report", action="store_true", help="leave out the one report")
        parser.add_argument(
            "--repair",
            action="store_true",
            help="find what the site has renamed, try it, and put it into selectors.toml",
        )
        parser.add_argument(
            "--yes", action="store_true", help="with --repair: write without asking"
        )
        parser.add_argument(
            "--events",
            type=Path,
            metavar="FILE",
            help="append what is found, and the steps of a repair, to a file, as JSON lines",
        )
        parser.add_argument(
            "--record",
            type=Path,
            metavar="FILE.zip",
            help="record what the site shows and answers, without what is private",
        )
        parser.add_argument(
            "--vehicles",
            type=int,
            metavar="N",
            help="with --record: vehicles to look at, one report each (default: 1)",
        )
        parser.add_argument(
            "--hide",
            action="append",
            metavar="WORDS",
            default=[],
            help="with --record: replace these, too: the dealership's name; may be repeated",
        )
        parser.add_argument(
            "--with-scripts",
            action="store_true",
            help="with --record: keep the site's scripts and style sheets, which are the work of "
            "somebody else: ask before you hand them on",
        )
        parser.add_argument(
            "--show",
            type=Path,
            metavar="FILE.zip",
            help="only look at a recording: make a page of it beside it, to open in a browser",
        )
        parser.add_argument(
            "--about",
            action="store_true",
            help="only print what a report of a problem needs: versions, folders, limits, sleep",
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        _check_options(opts)
        credentials.collect(read_password)
        if opts.about or opts.show:
            return
        # What is missing after this, the check of the settings tells.
        try:
            ask_for_credentials(self.settings)
        except Interrupted as error:
            stop_asking(error)
        except ConfigError:
            pass

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Exit with 0 if nothing failed, else with the status of the first failure."""
        # All commands are imported for each: the others do without the checks.
        from jdp_spider.doctor.command import run

        if not (opts.about or opts.show):
            logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
            redact_logs()
            warn_of_unrecognised(self.settings)
        self.exitcode = run(self.settings, opts)


def _check_options(opts: argparse.Namespace) -> None:
    """Raise UsageError for options that contradict each other, and for files that do not fit."""
    recording = opts.record
    for is_wrong, text in (
        (opts.yes and not opts.repair, "--yes belongs to --repair"),
        (
            opts.events and (opts.show or opts.about),
            "--events goes with neither --show nor --about",
        ),
        (
            (opts.vehicles is not None or opts.with_scripts or opts.hide) and not recording,
            "--vehicles, --hide and --with-scripts belong to --record",
        ),
        (opts.vehicles is not None and opts.vehicles < 1, "--vehicles must be 1 or more"),
        (
            recording and (opts.repair or opts.no_report),
            "--record goes with neither --repair nor --no-report",
        ),
        (
            recording and recording.suffix.lower() != ".zip",
            "--record must name a file that ends in .zip",
        ),
        (
            recording and recording.exists(),
            "the file that --record names exists: delete it, or name another one",
        ),
    ):
        if is_wrong:
            raise refused(text)
    if opts.events and (problem := _not_writable(opts.events)):
        raise refused(f"the file that --events names cannot be written: {problem}")


def _not_writable(path: Path) -> str:
    """Return why nothing can be appended to a file, in ASCII; empty if it can."""
    try:
        path.open("ab").close()
    except OSError as error:
        return to_ascii(error.strerror or str(error))
    return ""
