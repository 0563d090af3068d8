"""`scrapy doctor`: whether a crawl would work here and now, and what to do where it would not."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jdp_spider.commands.crawl import stop_asking, warn_of_unrecognised
from jdp_spider.config import credentials
from jdp_spider.config.problems import ConfigError, Interrupted
from jdp_spider.config.sources import ask_for_credentials
from jdp_spider.doctor.about import about
from jdp_spider.doctor.context import DoctorContext
from jdp_spider.doctor.recorder import Recorder
from jdp_spider.doctor.request import Repair
from jdp_spider.doctor.run import run_checks
from jdp_spider.doctor.waiting import Screen
from jdp_spider.job.events import EventLog
from jdp_spider.reasons import ExitStatus
from jdp_spider.recording.show import show
from jdp_spider.supervision import read_password
from jdp_spider.utils.commands import ProjectCommand, refused
from jdp_spider.utils.console import is_terminal
from jdp_spider.utils.redaction import redact_logs
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)


_KEEPS = """\
This records what the site shows and answers, for those who make this program. Kept are pages,
requests and answers, and the texts of the reports. Replaced by invented values are references,
VINs, names, addresses, prices, mileages and all other words and numbers that this program does not
know. Passwords, cookies, pictures and PDFs are not kept. Nothing is sent anywhere.
"""


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
        if opts.about:
            Screen().say(about(self.settings))
            return
        if opts.show:
            self.exitcode = show(opts.show)
            return
        logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
        redact_logs()
        warn_of_unrecognised(self.settings)
        screen, with_report = Screen(), not opts.no_report
        doctor = DoctorContext(self.settings, screen.say, opts.vehicle, with_report=with_report)
        doctor.show = screen.show
        doctor.events = EventLog(opts.events) if opts.events else None
        if opts.record:
            doctor.recorder = Recorder(
                opts.record,
                vehicles=opts.vehicles or 1,
                with_scripts=opts.with_scripts,
                hidden=opts.hide,
            )
            screen.say(_KEEPS)
        if opts.repair:
            doctor.repair = Repair(_asker(opts.yes))
        try:
            self.exitcode = asyncio.run(_examine(doctor))
        except KeyboardInterrupt:
            print("Left at once: the site was not told.", file=sys.stderr)
            self.exitcode = ExitStatus.INTERRUPTED
        except Exception:
            logger.error("Unexpected error", exc_info=True)
            self.exitcode = ExitStatus.UNEXPECTED
        status = ExitStatus(self.exitcode)
        doctor.log_event("ended", f"The checks ended: {status.summary}", status=status)


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


def _asker(yes: bool) -> Callable[[str], Awaitable[bool]]:
    """Return a function that says whether a line may be written: as told, or as the user says.

    Without a terminal nothing is written that was not asked for.
    """

    async def may_write(line: str) -> bool:
        if yes or not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
            return yes
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bool] = loop.create_future()

        def put(text: str) -> None:
            if not answer.done():
                answer.set_result(text.strip().lower() in ("", "y", "yes"))

        def ask() -> None:
            try:
                text = input(f"Write {to_ascii(line)} into selectors.toml? [Y/n] ")
            except EOFError:
                text = "n"
            loop.call_soon_threadsafe(put, text)

        # A thread that nobody waits for: Ctrl-C ends the wait, not the question.
        threading.Thread(target=ask, daemon=True).start()
        return await answer

    return may_write


async def _examine(doctor: DoctorContext) -> ExitStatus:
    """Make the checks; the first Ctrl-C ends them by a logout, the second at once."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def stop(number: int, _: Any) -> None:
        # Both kernel and shell send it when a terminal is closed.
        signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        loop.call_soon_threadsafe(doctor.say, "Stopping: a session is logged out first.")
        loop.call_soon_threadsafe(task.cancel)

    # Not asyncio's own handling: on Python 3.10 that cancels Playwright's tasks as well, and
    # nothing could be logged out. signal.signal, as Windows has no loop.add_signal_handler.
    for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP"):
        number = getattr(signal, name, None)
        # A signal that nohup ignores stays ignored.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        return await run_checks(doctor)
    except asyncio.CancelledError:
        doctor.say("Stopped before the end.")
        return ExitStatus.INTERRUPTED
