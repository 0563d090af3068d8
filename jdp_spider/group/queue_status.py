"""The state of a run in the queue: where each account is, and its progress."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from jdp_spider.group.jobs import connector, open_jobs
from jdp_spider.group.leases import LeaseStore
from jdp_spider.group.status import format_table, words
from jdp_spider.utils.text import duration, to_ascii

if TYPE_CHECKING:
    from procrastinate.jobs import Job

    from jdp_spider.group.accounts import Accounts
    from jdp_spider.group.folders import GroupRun

_HEADER = ("Account", "Status", "Saved", "Failed", "Left", "Where")


async def overview(accounts: Accounts, run: GroupRun) -> str:
    """Return a line for each account, in ASCII."""
    leases = {lease["account"]: lease for lease in await LeaseStore(connector, "", 0).live()}
    jobs = {job.lock: job for job in await open_jobs() if job.task_kwargs.get("run") == run.name}
    rows = [_HEADER]
    for entry in accounts.entries:
        place = run.accounts[entry.name]
        outcome, standing = place.outcome(), place.standing()
        status, where = _where(leases.get(entry.id), jobs.get(entry.id), run.name)
        counts = (str(standing.saved), str(standing.failed), str(standing.left))
        rows.append((entry.name, status or words(outcome, standing).status, *counts, where))
    return format_table(rows)


def _where(lease: dict[str, Any] | None, job: Job | None, run: str) -> tuple[str, str]:
    """Return an account's state, and where or when; two empty texts if it is not queued."""
    if lease is not None and lease["run"] == run:
        return "at work", f"{_holder(lease)}, for {duration(lease['age'])}"
    if lease is not None:
        return "waiting", f"run {lease['run']} is at work, {_holder(lease)}"
    if job is None:
        return "", ""
    if job.scheduled_at is not None and job.scheduled_at > datetime.now(timezone.utc):
        return "waiting", f"again at {job.scheduled_at.astimezone():%H:%M:%S}"
    return "waiting", "for a worker"


def _holder(lease: dict[str, Any]) -> str:
    """Return the computer and process of a lease's holder."""
    return to_ascii(lease["holder"])
