"""What `scrapy doctor` does once its options are read."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import threading
from typing import TYPE_CHECKING

from jdp_spider.doctor.about import about
from jdp_spider.doctor.context import DoctorContext
from jdp_spider.doctor.recorder import Recorder
from jdp_spider.doctor.request import Repair
from jdp_spider.doctor.run import run_checks
from jdp_spider.doctor.waiting import Screen
from jdp_spider.job.events import EventLog
from jdp_spider.job.locks import AlreadyRunning, RunLock, lock_beside
from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.recording.show import show
from jdp_spider.utils.console import is_terminal
from jdp_spider.utils.process import handle_requests_to_end
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from scrapy.settings import Settings

logger = logging.getLogger(__name__)

_KEEPS = """\
This records what the site shows and answers, for those who make this program. Kept are pages,
requests and answers, and the texts of the reports. Replaced by invented values are references,
VINs, names, addresses, prices, mileages and all other words and numbers that this program does not
know. Passwords, cookies, pictures and PDFs are not kept. Nothing is sent anywhere.
"""


def run(settings: Settings, opts: argparse.Namespace) -> int:
    """Do what the options say. Return 0 if nothing failed, else the status of the first failure."""
    if opts.about:
        Screen().say(about(settings))
        return ExitStatus.COMPLETE
    return show(opts.show) if opts.show else _examine(settings, opts)


def _examine(settings: Settings, opts: argparse.Namespace) -> ExitStatus:
    screen, with_report = Screen(), not opts.no_report
    doctor = DoctorContext(settings, screen.say, opts.vehicle, with_report=with_report)
    doctor.show = screen.show
    doctor.events = EventLog(opts.events) if opts.events else None
    with writing_to(opts.events):
        return _make_checks(doctor, screen, opts)


def _make_checks(doctor: DoctorContext, screen: Screen, opts: argparse.Namespace) -> ExitStatus:
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
        status = asyncio.run(_check(doctor))
    except KeyboardInterrupt:
        print("Left at once: the site was not told.", file=sys.stderr)
        status = ExitStatus.INTERRUPTED
    except Exception:
        logger.error("Unexpected error", exc_info=True)
        status = ExitStatus.UNEXPECTED
    doctor.log_event("ended", f"The checks ended: {status.summary}", status=status)
    return status


@contextlib.contextmanager
def writing_to(events: Path | None) -> Iterator[None]:
    """Hold a lock beside the file of the events: whoever reads it sees whether more may come.

    The number of a process would say less: it may be another's after the computer has restarted.
    """
    if events is None:
        yield
        return
    lock = RunLock(lock_beside(events), "file of events", CloseReason.ACCOUNT_IN_USE)
    # The checks are made without it just as well.
    with contextlib.suppress(AlreadyRunning, OSError):
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


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


async def _check(doctor: DoctorContext) -> ExitStatus:
    """Make the checks; the first Ctrl-C ends them by a logout, the second at once."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def stop(number: int) -> None:
        signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        loop.call_soon_threadsafe(doctor.say, "Stopping: a session is logged out first.")
        loop.call_soon_threadsafe(task.cancel)

    # Not asyncio's own handling: on Python 3.10 that cancels Playwright's tasks as well, and
    # nothing could be logged out. signal.signal, as Windows has no loop.add_signal_handler.
    handle_requests_to_end(stop)
    try:
        return await run_checks(doctor)
    except asyncio.CancelledError:
        doctor.say("Stopped before the end.")
        return ExitStatus.INTERRUPTED
