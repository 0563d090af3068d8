"""The queue of many machines: Procrastinate's app, its tasks, and when each is tried again.

`python -m procrastinate --app=jdp_spider.group.jobs.app shell` looks into it with its own tools.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Protocol

from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation
from procrastinate.jobs import Status

from jdp_spider.group.connector import ReconnectingConnector
from jdp_spider.group.leases import CREATE
from jdp_spider.reasons import FOR_A_PERSON, ExitStatus
from jdp_spider.utils import cli

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from procrastinate.jobs import Job
    from typing_extensions import LiteralString

    from jdp_spider.group.accounts import Accounts
    from jdp_spider.group.folders import GroupRun
    from jdp_spider.reasons import CloseReason

logger = logging.getLogger(__name__)

CRAWLS = "crawls"
CONTROL = "control"
"""Its jobs are short, and must not wait until a crawl of many hours makes room."""


_LATE_S = 6 * 3600.0
"""So long behind its time a night is begun when no worker was there."""

connector = ReconnectingConnector()
app = App(connector=connector, periodic_defaults={"max_delay": _LATE_S})


class RetryIn(Exception):
    """Raised by a job to be retried after a number of seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.0f} s")
        self.seconds = seconds


_RETRIES = {
    ExitStatus.UNEXPECTED: (60.0, 5),
    ExitStatus.SOME_FAILED: (300.0, 2),
    ExitStatus.IN_USE: (300.0, 30),
    ExitStatus.SITE_TROUBLE: (600.0, 20),
    ExitStatus.INTERRUPTED: (0.0, 100),
}
"""After how many seconds a crawl that ended so is tried again, and how often at most.

The others wait for somebody: a refused password is never sent a second time.
"""
_UNFORESEEN = (300.0, 20)

_NEEDS_ATTENTION = (ExitStatus.USAGE, ExitStatus.LOGIN_REFUSED)
"""What no second try cures, and may lock the account."""


def needs_attention(status: int | None, reason: CloseReason | None) -> bool:
    """Return True if a person has to act, whatever time passes.

    A page that is not known comes after the login: each retry would send that once more.
    """
    return status in _NEEDS_ATTENTION or reason in FOR_A_PERSON


def retry_delay(status: int, reason: CloseReason | None, attempts: int) -> float | None:
    """Return the seconds until a crawl is retried, or None if it is not."""
    if needs_attention(status, reason):
        return None
    seconds, most = _RETRIES.get(ExitStatus(status), (0.0, 0))
    return seconds if attempts < most else None


class CrawlRetry(BaseRetryStrategy):
    """Does what RetryIn says, and retries after an unexpected error a few times."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to retry, or None not to."""
        seconds, most = _UNFORESEEN
        if isinstance(exception, RetryIn):
            seconds = exception.seconds
        elif job.attempts >= most:
            return None
        return RetryDecision(retry_in={"seconds": round(seconds)})


class TaskWorker(Protocol):
    """Carries out the tasks; the worker that runs them puts itself into their context."""

    async def crawl(self, run: str, account: str, job: Job) -> None:
        """Crawl an account."""

    async def begin_night(self, timestamp: int, attempts: int) -> None:
        """Put all accounts into the queue."""

    async def retry_stalled_jobs(self) -> None:
        """Put the jobs of workers that are gone back into the queue."""


@app.task(name="crawl_account", queue=CRAWLS, pass_context=True, retry=CrawlRetry())
async def crawl_account(context: JobContext, run: str, account: str) -> None:
    """Crawl an account to its end, or as far as possible."""
    with _told():
        await _worker(context).crawl(run, account, context.job)


@app.task(
    name="begin_night",
    queue=CONTROL,
    queueing_lock="begin_night",
    pass_context=True,
    retry=CrawlRetry(),
)
async def begin_night(context: JobContext, timestamp: int) -> None:
    """Put all accounts into the queue, for a new run."""
    with _told():
        await _worker(context).begin_night(timestamp, context.job.attempts)


@app.task(
    name="retry_stalled_jobs",
    queue=CONTROL,
    queueing_lock="retry_stalled_jobs",
    pass_context=True,
)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Give the jobs of workers that are gone to others."""
    await _worker(context).retry_stalled_jobs()


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Log unexpected errors."""
    try:
        yield
    except RetryIn:
        raise
    except Exception:
        logger.error("Unexpected error", exc_info=True)
        raise


def _worker(context: JobContext) -> TaskWorker:
    worker: TaskWorker = context.additional_context["worker"]
    return worker


# Tables

_IS_THERE: LiteralString = """
SELECT to_regclass('procrastinate_jobs') IS NOT NULL AS queue,
       to_regclass('jdp_leases') IS NOT NULL AS leases
"""


def not_set_up() -> str:
    """Return the message for a database without the queue."""
    return f"the database has no queue yet: {cli.scrapy('groupqueue init')}"


async def is_set_up() -> bool:
    """Return True if the database has the queue's tables and ours."""
    there = await connector.execute_query_one_async(_IS_THERE)
    return bool(there["queue"] and there["leases"])


async def set_up() -> bool:
    """Make the missing tables. Return True if there were any."""
    there = await connector.execute_query_one_async(_IS_THERE)
    if not there["queue"]:
        await app.schema_manager.apply_schema_async()
    await connector.execute_query_async(CREATE)
    return not (there["queue"] and there["leases"])


# Jobs


async def add_jobs(accounts: Accounts, run: GroupRun, but: Collection[str] = ()) -> tuple[int, int]:
    """Queue the incomplete accounts, except those in `but`.

    Return how many were added, and how many were there already.
    """
    added = there = 0
    incomplete = set(run.incomplete()).difference(but)
    for entry in accounts.entries:
        if entry.name not in incomplete:
            continue
        if await _is_known(entry.id, run.name):
            there += 1
            continue
        job = crawl_account.configure(lock=entry.id, queueing_lock=f"{entry.id}/{run.name}")
        try:
            await job.defer_async(run=run.name, account=entry.name)
            added += 1
        except AlreadyEnqueued:
            there += 1
    return added, there


async def _is_known(lock: str, run: str) -> bool:
    """Return True if a job of this account and run is at work: it is requeued if need be."""
    doing = await app.job_manager.list_jobs_async(lock=lock, status=Status.DOING.value)
    return any(job.task_kwargs.get("run") == run for job in doing)


async def open_jobs() -> list[Job]:
    """Return the crawls that wait or are at work."""
    found: list[Job] = []
    for status in (Status.TODO, Status.DOING):
        jobs = await app.job_manager.list_jobs_async(task=crawl_account.name, status=status.value)
        found += jobs
    return found


_STALLED: LiteralString = """
SELECT job.id FROM procrastinate_jobs AS job
WHERE job.task_name IN ('crawl_account', 'begin_night') AND job.status = 'doing'
AND NOT EXISTS (
    SELECT FROM jdp_leases AS lease
    WHERE lease.account = job.lock AND lease.expires_at > clock_timestamp())
AND NOT EXISTS (
    SELECT FROM procrastinate_events AS event
    WHERE event.job_id = job.id AND event.type = 'started'
    AND event.at > clock_timestamp() - interval '1 second' *
        CASE job.task_name WHEN 'begin_night' THEN %(night)s::float8 ELSE %(seconds)s::float8 END)
"""
_NIGHT_S = 300.0
"""So long a night may take to begin: it has no lease that says that somebody is at it."""


async def requeue_stalled_jobs(seconds: float) -> int:
    """Requeue jobs recorded as at work that hold no lease. Return how many.

    Procrastinate's own look at the heartbeats of workers misses some (its issue 1518), and a
    worker that has a heartbeat may have lost the account. `seconds` is how long ago a crawl must
    have begun.
    """
    given = 0
    rows = await connector.execute_query_all_async(_STALLED, seconds=seconds, night=_NIGHT_S)
    for row in rows:
        (job,) = await app.job_manager.list_jobs_async(id=row["id"])
        try:
            await app.job_manager.retry_job(job)
            given += 1
        except UniqueViolation:
            # It was queued again meanwhile: that one is enough.
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)
    return given


async def remove_old_jobs(days: int) -> None:
    """Delete the jobs that ended that many days ago."""
    await app.job_manager.delete_old_jobs(
        nb_hours=24 * days, include_failed=True, include_cancelled=True, include_aborted=True
    )
