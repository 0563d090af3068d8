"""A worker of the queue: crawls several accounts at a time, each under a lease."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

from croniter import croniter
from procrastinate.exceptions import ConnectorException

from jdp_spider.config.problems import ConfigError
from jdp_spider.group.accounts import read_accounts
from jdp_spider.group.connector import NotSetUp, reason
from jdp_spider.group.crawl_process import FROZEN, CrawlProcess, child_environment
from jdp_spider.group.folders import AccountOutcome, GroupRun
from jdp_spider.group.jobs import (
    CONTROL,
    CRAWLS,
    RetryIn,
    add_jobs,
    app,
    begin_night,
    connector,
    is_set_up,
    needs_attention,
    not_set_up,
    remove_old_jobs,
    requeue_stalled_jobs,
    retry_delay,
    retry_stalled_jobs,
)
from jdp_spider.group.leases import LeaseStore
from jdp_spider.group.passwords import PasswordMissing, hide_variables, read_password
from jdp_spider.group.status import words
from jdp_spider.reasons import ExitStatus
from jdp_spider.supervision import machine_clock
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from pathlib import Path

    from procrastinate.jobs import Job

    from jdp_spider.group.accounts import AccountEntry, Accounts
    from jdp_spider.group.crawl_process import Lease
    from jdp_spider.group.runner import Stop

logger = logging.getLogger(__name__)

_LOOK_S = 0.5
_POLL_S = 5.0
_KEPT_DAYS = 14
_NEVER_S = 10 * 365 * 86_400.0
"""Procrastinate is not to remove workers: a job whose worker is gone is found by its lease."""


class Worker:
    """Takes an account's lease before its crawl and gives it back afterwards.

    A worker that lost a lease was frozen or cut off, and touches nothing more: it ends its crawls
    and itself, and leaves the rest to whatever restarts it.
    """

    def __init__(self, path: Path, at_once: int, lease_s: float, stop: Stop) -> None:
        self._path = path
        self._at_once = at_once
        self._stop = stop
        self.holder = f"{socket.gethostname()}:{os.getpid()}"
        self._leases = LeaseStore(connector, self.holder, lease_s)
        self._children: set[CrawlProcess] = set()

    async def serve(self) -> ExitStatus:
        """Work until asked to end. Raise NotSetUp, or ConnectorException."""
        connector.is_ending = lambda: bool(self._stop.asked)
        try:
            return await self._serve()
        except ConnectorException:
            # It was asked to end while it waited for the database.
            if self._stop.asked:
                return ExitStatus.COMPLETE
            raise

    async def _serve(self) -> ExitStatus:
        async with app.open_async():
            if not await is_set_up():
                raise NotSetUp(not_set_up())
            self._schedule()
            queues = ((CRAWLS, self._at_once, "never"), (CONTROL, 1, "successful"))
            tasks = [asyncio.create_task(self._work_off(*each)) for each in queues]
            logger.info("Worker %s: %d accounts at a time", self.holder, self._at_once)
            return await self._until_stopped(tasks)

    async def _work_off(self, queue: str, concurrency: int, delete_jobs: str) -> None:
        await app.run_worker_async(
            name=self.holder,
            queues=[queue],
            concurrency=concurrency,
            delete_jobs=delete_jobs,
            additional_context={"worker": self},
            # A listener ends the worker when its connection breaks: polling now and then is enough.
            listen_notify=False,
            fetch_job_polling_interval=min(_POLL_S, self._leases.pause),
            install_signal_handlers=False,
            stalled_worker_timeout=_NEVER_S,
        )

    def _schedule(self) -> None:
        nightly = read_accounts(self._path).nightly
        if nightly:
            if not croniter.is_valid(nightly):
                raise NotSetUp(f"nightly is no time that cron knows: {to_ascii(nightly)}")
            app.periodic(cron=nightly)(begin_night)
        minutely, seconds = "* * * * *", int(self._leases.seconds / 3)
        # With a sixth field of seconds.
        cron = minutely if seconds >= 30 else f"{minutely} */{max(seconds, 1)}"
        app.periodic(cron=cron)(retry_stalled_jobs)

    async def _until_stopped(self, tasks: list[asyncio.Task[None]]) -> ExitStatus:
        status = ExitStatus.COMPLETE
        while not self._stop.asked:
            done, _ = await asyncio.wait(tasks, timeout=_LOOK_S)
            if done:
                logger.error("The work on the queue failed: %s", _why(done))
                status = ExitStatus.UNEXPECTED
                self._stop.ask()
        logger.info("Ending: the vehicles at work are finished, the jobs go back into the queue")
        # It has to say then that its own tasks are ended.
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        for task in tasks:
            # Procrastinate takes no new jobs then, and waits for those at work.
            task.cancel()
        while (await asyncio.wait(tasks, timeout=_LOOK_S))[1]:
            if self._stop.asked > 1:
                self._leave("The end was asked for twice")
        return status

    # One account

    async def crawl(self, run: str, name: str, job: Job) -> None:
        """Crawl an account of a run, if it is not complete. Raise RetryIn, or OSError."""
        accounts = self._read_accounts()
        entry = accounts.find(name)
        if entry is None:
            logger.warning("%s is no longer in the file of the accounts: left out", name)
            return
        group_run = _group_run(accounts, run)
        place = group_run.accounts[name]
        if place.is_complete():
            return
        known = place.outcome()
        was_ended = job.attempts and known.job == job.id
        if was_ended and needs_attention(known.status, place.close_reason(known.status)):
            # Its worker ended before it could tell the queue.
            logger.warning("%s: not tried again, a person has to act", name)
            return
        status = await self._crawl_leased(accounts, entry, group_run, job)
        seconds = retry_delay(status, place.close_reason(status), job.attempts)
        if seconds is not None:
            raise RetryIn(seconds)

    def _read_accounts(self) -> Accounts:
        try:
            accounts = read_accounts(self._path)
        except ConfigError as error:
            # Perhaps somebody is editing it.
            logger.error("The file of the accounts cannot be used: %s", error.problems[0])
            raise RetryIn(60) from None
        hide_variables(accounts.references)
        return accounts

    async def _crawl_leased(
        self, accounts: Accounts, entry: AccountEntry, group_run: GroupRun, job: Job
    ) -> int:
        term = await self._leases.acquire(entry, group_run.name)
        if term is None:
            raise RetryIn(max(self._leases.seconds / 4, 1))
        child = CrawlProcess(entry, group_run.accounts[entry.name])
        try:
            status, message = await self._crawl(accounts, child, term)
            # With the lease: without one the job would be taken for a lost one.
            _record_end(child, status, message, group_run, job)
        finally:
            await self._leases.release(entry, term)
        return status

    async def _crawl(self, accounts: Accounts, child: CrawlProcess, term: Lease) -> tuple[int, str]:
        """Return its exit status, and the message to record with it."""
        entry, place = child.entry, child.place
        try:
            password = read_password(entry.password, entry.user, entry.base_url)
            environment = child_environment(entry, place, accounts.entries)
            child.start(environment, password, term)
        except PasswordMissing as missing:
            return ExitStatus.USAGE, f"No password: {missing}"
        logger.info("%s: started, lease %d", entry.name, term.token)
        self._children.add(child)
        try:
            status = await self._attend(child, term)
        except BaseException:
            # Its lease would not be renewed any more.
            child.kill("Its job was ended")
            raise
        finally:
            self._children.discard(child)
        return status, child.killed

    async def _attend(self, child: CrawlProcess, term: Lease) -> int:
        """See the crawl to its end, renewing its lease. Return its exit status."""
        renewed, told, look = machine_clock(), False, _look(child)
        while True:
            # First of all: a worker that was frozen must do nothing more.
            if machine_clock() >= term.hard:
                self._leave(f"The lease of {child.entry.name} has run out")
            status = child.status()
            if status is not None:
                return status
            # One read at a time, and none is awaited: the shared folder may be away.
            if look.done():
                if look.result():
                    child.kill(FROZEN)
                look = _look(child)
            if self._stop.asked and not told:
                told = True
                child.end()
            if machine_clock() - renewed >= self._leases.pause:
                renewed = machine_clock()
                term = await self._renewed(child, term)
            await asyncio.sleep(_LOOK_S)

    async def _renewed(self, child: CrawlProcess, term: Lease) -> Lease:
        """Return the renewed lease, or the old one while the database does not answer."""
        try:
            renewed = await self._leases.renew(child.entry, term)
        except (ConnectorException, asyncio.TimeoutError) as error:
            logger.warning(
                "%s: the lease could not be renewed: %s", child.entry.name, reason(error)
            )
            return term
        if renewed is None:
            self._leave(f"Somebody else has the lease of {child.entry.name}")
        child.renew(renewed)
        return renewed

    def _leave(self, why: str) -> NoReturn:
        """Kill all crawls and this process at once, touching no job, lease or file."""
        for child in self._children:
            child.kill(why)
        logger.error("%s: this worker ends", why)
        logging.shutdown()
        os._exit(ExitStatus.UNEXPECTED)

    # All accounts

    async def begin_night(self, timestamp: int, attempts: int) -> None:
        """Put all accounts into the queue, for a run named after the day.

        A retry leaves out refused accounts: the first time may have queued them.
        Raise RetryIn, or OSError.
        """
        accounts = self._read_accounts()
        day = datetime.fromtimestamp(timestamp).astimezone()
        run = _group_run(accounts, f"{day:%Y-%m-%d}")
        run.begin()
        added, _ = await add_jobs(accounts, run, run.refused() if attempts else ())
        logger.info("Run %s: %d accounts put into the queue", run.name, added)
        await remove_old_jobs(_KEPT_DAYS)

    async def retry_stalled_jobs(self) -> None:
        """Put the jobs of workers that are gone back into the queue."""
        given = await requeue_stalled_jobs(self._leases.seconds / 4)
        if given:
            logger.warning("%d jobs whose worker is gone are put back into the queue", given)


def _record_end(
    child: CrawlProcess, status: int, message: str, group_run: GroupRun, job: Job
) -> None:
    """Record and log its outcome. The meaning of the status holds in any case."""
    # All commands are imported for each: a crawl does without what makes pages.
    from jdp_spider.group.index_page import write_index

    outcome = AccountOutcome(status, to_ascii(message))
    try:
        outcome = child.place.record(status, child.seconds, outcome.message, job.id or 0)
        write_index(group_run)
    except OSError as error:
        # The crawl's own records have everything that counts.
        logger.error("%s: its outcome could not be recorded: %s", child.entry.name, reason(error))
    standing = child.place.standing()
    logger.info(
        "%s: %s, %d of %d saved%s",
        child.entry.name,
        words(outcome, standing).status,
        standing.saved,
        standing.total,
        f": {outcome.message}" if outcome.message else "",
    )


def _look(child: CrawlProcess) -> asyncio.Task[bool]:
    return asyncio.create_task(asyncio.to_thread(child.looks_frozen))


def _group_run(accounts: Accounts, name: str) -> GroupRun:
    return GroupRun(accounts.folder / name, [entry.name for entry in accounts.entries])


def _why(done: set[asyncio.Task[None]]) -> str:
    for task in done:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            return reason(error)
    return "it ended"
