"""`scrapy nightly`: a night's work without anybody, and its place in the system's scheduler."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from datetime import datetime, time
from typing import TYPE_CHECKING

from jdp_spider.commands.prune import add_retention, check_retention
from jdp_spider.config import credentials
from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.config.names import from_command_line, mistyped_names
from jdp_spider.config.options import OPTIONS
from jdp_spider.config.sources import raw_value
from jdp_spider.group.runner import stop_on_signals
from jdp_spider.job.locks import AlreadyRunning
from jdp_spider.nightly.installation import INSTALLATION, Installation
from jdp_spider.nightly.night import Hours
from jdp_spider.nightly.proof import prove_login, why_refused
from jdp_spider.nightly.schedulers import ALL, choose, find_installed
from jdp_spider.nightly.schedulers.base import Plan, Scheduler, SchedulerError
from jdp_spider.nightly.standing import Standing
from jdp_spider.nightly.work import NightWork
from jdp_spider.reasons import ExitStatus
from jdp_spider.supervision import read_password
from jdp_spider.utils import cli
from jdp_spider.utils.commands import ProjectCommand, refused
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.settings import BaseSettings

_TRIES = 4
_MOST_TRIES = 20
_NOON = time(12)


class Command(ProjectCommand):
    """Exits as its last crawl did; --install, --uninstall and --status do no night's work."""

    usage = (
        "[--tries N] [--until HH:MM] [--keep-days N [--zip]] "
        "[--install HH:MM | --uninstall | --status [--json]]"
    )
    summary = "Do a night's work: a crawl of its own job, tried again where that helps"
    details = (
        ". --install has the system start it every night, after a login as proof that it can. "
        "Example: scrapy nightly --install 20:00 --until 06:00 (see docs/schedule.md)"
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--tries", type=int, default=_TRIES, metavar="N", help="crawls at most (default: 4)"
        )
        parser.add_argument(
            "--until",
            type=_time,
            metavar="HH:MM",
            help="when the night is over: a crawl at work then ends in order (default: never)",
        )
        parser.add_argument(
            "--begins",
            type=_time,
            default=_NOON,
            metavar="HH:MM",
            help="when a night begins: its job is named after that day (default: 12:00, with "
            "--install the time given there)",
        )
        add_retention(parser)
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--install",
            type=_time,
            metavar="HH:MM",
            help="have the system's scheduler start it at this time, with the other options given",
        )
        what.add_argument(
            "--uninstall", action="store_true", help="remove it from the system's scheduler"
        )
        what.add_argument(
            "--status", action="store_true", help="what is installed, and how the last night ended"
        )
        parser.add_argument("--json", action="store_true", help="with --status: for programs")
        parser.add_argument(
            "--print",
            action="store_true",
            help="with --install: only print what would be installed, also for another system",
        )
        parser.add_argument(
            "--scheduler",
            choices=sorted(ALL),
            help="with --install: this scheduler instead of the best one here",
        )
        parser.add_argument(
            "--wake",
            action="store_true",
            help="with --install: wake the computer from sleep (Windows)",
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        given = set(from_command_line(self.settings))
        problems = mistyped_names(self.settings) + [
            f"{name} by -s does not reach the night's crawl: put it into .env"
            for name in ("JOBDIR", *OPTIONS)
            if name in given
        ]
        if not 1 <= opts.tries <= _MOST_TRIES:
            problems.append(f"--tries must be from 1 to {_MOST_TRIES}")
        if opts.json and not opts.status:
            problems.append("--json belongs to --status")
        if (opts.print or opts.scheduler or opts.wake) and opts.install is None:
            problems.append("--print, --scheduler and --wake belong to --install")
        if problems:
            raise refused("\n".join(problems))
        check_retention(opts)
        # Before anything is started that would inherit it.
        credentials.collect(read_password)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Exit with the status of the last crawl; 5 if another night is at work."""
        try:
            if opts.install is not None:
                self._install(opts)
            elif opts.uninstall:
                _uninstall()
            elif opts.status:
                standing = Standing.now()
                print(json.dumps(standing.as_json(), indent=2) if opts.json else standing.text())
            else:
                self._work(opts)
        except SchedulerError as error:
            raise refused(to_ascii(str(error))) from None
        except OSError as error:
            raise refused(to_ascii(f"{error.strerror or error}: {error.filename or ''}")) from None

    def _work(self, opts: argparse.Namespace) -> None:
        hours = Hours.of(datetime.now().astimezone(), opts.begins, opts.until)
        work = NightWork(self.settings, hours, opts.tries)
        try:
            with work.lock(), stop_on_signals() as stop:
                self.exitcode = work.work(stop)
                if opts.keep_days is not None:
                    work.prune(opts.keep_days, packing=opts.zip)
        except AlreadyRunning as error:
            print(error)
            self.exitcode = ExitStatus.IN_USE

    def _install(self, opts: argparse.Namespace) -> None:
        options = tuple(_of_night(opts))
        plan = Plan(opts.install, options, opts.wake, downloads=_downloads(self.settings))
        if opts.print:
            _print(plan, ALL[opts.scheduler]() if opts.scheduler else choose(None))
            return
        scheduler = choose(opts.scheduler)
        _checked(plan, scheduler.key)
        # Before the login, which the site may count.
        if problem := scheduler.problem_of(plan):
            raise SchedulerError(problem)
        print(f"Trying a login as {scheduler.title} would start it, without a report:", flush=True)
        with stop_on_signals() as stop:
            status = prove_login(scheduler.environment(), stop)
        if status != ExitStatus.COMPLETE:
            print(f"Not installed. {why_refused(status)}", file=sys.stderr)
            self.exitcode = status if status in set(ExitStatus) else ExitStatus.UNEXPECTED
            return
        for other, _ in find_installed(plan.name):
            if other.key != scheduler.key:
                other.uninstall(plan.name)
        note = scheduler.install(plan)
        # Without it, the nights still begin: --status knows less of them.
        with contextlib.suppress(OSError):
            until = f"{opts.until:%H:%M}" if opts.until is not None else ""
            Installation.now(until, " ".join(_other_options(opts))).write(INSTALLATION)
        print(f"Installed: every night at {plan.at:%H:%M}, by {scheduler.title}.")
        print("\n".join(filter(None, (scheduler.caveat, to_ascii(note)))))
        print(f"To see what it did: {to_ascii(cli.scrapy('nightly --status'))}")


def _print(plan: Plan, scheduler: Scheduler) -> None:
    text = scheduler.shown(_checked(plan, scheduler.key))
    print("\n".join(to_ascii(line) for line in text.split("\n")), end="")
    if not text.isascii():
        print(r"Letters such as \xe9 are shown so here only.", file=sys.stderr)


def _uninstall() -> None:
    name = Plan(_NOON).name
    removed = find_installed(name)
    for scheduler, _ in removed:
        scheduler.uninstall(name)
        print(f"Removed from {scheduler.title}.")
    if not removed:
        print("Nothing was installed.")


def _checked(plan: Plan, key: str) -> Plan:
    if plan.wake and key != "windows":
        raise SchedulerError("--wake: only Windows' Task Scheduler wakes the computer")
    return plan


def _downloads(settings: BaseSettings) -> Path | None:
    """Return the folder of the runs; None if the setting is wrong, which the proof will say."""
    try:
        folder: Path = OPTIONS["DOWNLOAD_FOLDER"].parse(raw_value(settings, "DOWNLOAD_FOLDER"))
    except ValueError:
        return None
    return PROJECT_FOLDER / folder


def _of_night(opts: argparse.Namespace) -> list[str]:
    """Return the options that the night itself is to have."""
    until = [] if opts.until is None else ["--until", f"{opts.until:%H:%M}"]
    return [*until, *_other_options(opts)]


def _other_options(opts: argparse.Namespace) -> list[str]:
    """Return those that say nothing of times."""
    words = [] if opts.tries == _TRIES else ["--tries", str(opts.tries)]
    words += [] if opts.keep_days is None else ["--keep-days", str(opts.keep_days)]
    return [*words, "--zip"] if opts.zip else words


def _time(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - the user's own clock
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a time such as 20:00, got {text!a}") from None
