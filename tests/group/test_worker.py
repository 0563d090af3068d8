"""What a worker makes of a crawl's end, without a database and without a crawl."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("procrastinate", reason="requirements-group.txt is not installed")

from jdp_spider.group import index_page
from jdp_spider.group import worker as worker_module
from jdp_spider.group.crawl_process import FROZEN, Lease
from jdp_spider.group.folders import AccountFolder, GroupRun
from jdp_spider.group.jobs import RetryIn, begin_night
from jdp_spider.group.runner import Stop
from jdp_spider.group.worker import Worker
from jdp_spider.job.ending import END, Ending
from jdp_spider.reasons import CloseReason, ExitStatus
from jdp_spider.supervision import machine_clock

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

JOB = 17


class FakeLease:
    """Stands for the leases: whether the account is held, and how often it was taken."""

    seconds = pause = 60.0

    def __init__(self) -> None:
        self.held = False
        self.taken = 0

    async def acquire(self, *_: Any) -> Lease:
        self.held = True
        self.taken += 1
        return Lease(self.taken, machine_clock() + 3_000, machine_clock() + 5_000)

    async def release(self, *_: Any) -> None:
        self.held = False


class Ended:
    """Stands for a crawl that has ended."""

    status_to_be = 0

    def __init__(self, entry: Any, place: AccountFolder) -> None:
        self.entry, self.place = entry, place
        self.seconds, self.killed = 1.0, ""

    def start(self, *_: Any) -> None:
        pass

    def status(self) -> int:
        return self.status_to_be

    def looks_frozen(self) -> bool:
        return False


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worker:
    path = tmp_path / "accounts.toml"
    path.write_text(
        'folder = "."\n[[account]]\nname = "north"\nuser = "me"\npassword = "env:NORTH_PASS"\n'
    )
    monkeypatch.setenv("NORTH_PASS", "secret")
    monkeypatch.setattr(worker_module, "CrawlProcess", Ended)
    found = Worker(path, 1, 60.0, Stop())
    found._leases = FakeLease()  # type: ignore[assignment]
    return found


def lease(worker: Worker) -> FakeLease:
    assert isinstance(worker._leases, FakeLease)
    return worker._leases


def crawl(worker: Worker, status: int, attempts: int = 0, number: int = JOB) -> None:
    Ended.status_to_be = status
    job: Any = SimpleNamespace(id=number, attempts=attempts)
    asyncio.run(worker.crawl("tonight", "north", job))


def north(worker: Worker) -> AccountFolder:
    return AccountFolder(worker._path.parent / "tonight" / "north")


def fail(*_: Any) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("status", [2, 4])
def test_account_that_needs_a_person_is_not_crawled_again_by_the_same_job(
    worker: Worker, status: int
) -> None:
    """Its worker was killed, or lost the database, before the job's end was written."""
    crawl(worker, status)
    crawl(worker, status, attempts=1)
    assert lease(worker).taken == 1


def test_newly_queued_job_is_crawled_even_at_its_second_attempt(worker: Worker) -> None:
    """The password was corrected; the first attempt did not get the lease."""
    crawl(worker, 4)
    crawl(worker, 0, attempts=1, number=JOB + 1)
    assert (lease(worker).taken, north(worker).outcome().status) == (2, 0)


def test_retryable_status_is_crawled_again(worker: Worker) -> None:
    for attempts in range(2):
        with pytest.raises(RetryIn):
            crawl(worker, 6, attempts)
    assert lease(worker).taken == 2


@pytest.mark.parametrize("reason", [CloseReason.UNKNOWN_PAGE, CloseReason.SITE_CHANGED])
def test_page_that_needs_a_person_costs_one_login(worker: Worker, reason: CloseReason) -> None:
    jobdir = north(worker).jobdir
    jobdir.mkdir(parents=True)
    Ending(ExitStatus.SITE_TROUBLE, reason).write(jobdir / END)
    crawl(worker, 6)
    crawl(worker, 6, attempts=1)
    assert lease(worker).taken == 1


@pytest.mark.parametrize("step", ["record", "write_index"])
def test_refused_login_that_cannot_be_recorded_is_not_retried(
    worker: Worker, step: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(AccountFolder if step == "record" else index_page, step, fail)
    crawl(worker, 4)
    assert "north: its outcome could not be recorded: [Errno 28] No space" in caplog.text
    assert not lease(worker).held


def test_outcome_is_recorded_before_the_lease_is_released(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a lease, others take the job for a lost one."""
    held = []
    monkeypatch.setattr(index_page, "write_index", lambda _: held.append(lease(worker).held))
    crawl(worker, 4)
    assert held == [True]


class Away(Ended):
    """A crawl whose log is in a folder that is away, until it has been asked some times."""

    def __init__(self, entry: Any, place: AccountFolder) -> None:
        super().__init__(entry, place)
        self.asked = 0
        self.looks: list[int] = []
        self.is_back = threading.Event()

    def status(self) -> int | None:  # type: ignore[override]
        self.asked += 1
        if self.killed:
            return 1
        if self.asked == 5:
            self.is_back.set()
        return None

    def looks_frozen(self) -> bool:
        self.looks.append(threading.get_ident())
        assert threading.current_thread() is not threading.main_thread()
        return self.is_back.wait(20)

    def kill(self, why: str) -> None:
        self.killed = why


def test_unreachable_shared_folder_does_not_delay_other_leases(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Away] = []

    def away(entry: Any, place: AccountFolder) -> Away:
        made.append(Away(entry, place))
        return made[0]

    monkeypatch.setattr(worker_module, "CrawlProcess", away)
    monkeypatch.setattr(worker_module, "_LOOK_S", 0.01)
    with pytest.raises(RetryIn):
        crawl(worker, 1)
    # It was looked at once for all that time, and then found to be frozen.
    (child,) = made
    assert child.asked > 5
    assert len(child.looks) <= 2
    assert child.killed == FROZEN


class Queue:
    """Stands for the queue: who was put in at each attempt."""

    def __init__(self) -> None:
        self.added: list[set[str]] = []

    async def add_jobs(self, _: Any, run: GroupRun, but: Collection[str]) -> tuple[int, int]:
        self.added.append(set(run.accounts).difference(but))
        return 0, 0

    async def remove_old_jobs(self, _: int) -> None:
        pass


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    found = Queue()
    monkeypatch.setattr(worker_module, "add_jobs", found.add_jobs)
    monkeypatch.setattr(worker_module, "remove_old_jobs", found.remove_old_jobs)
    return found


def begin(worker: Worker, attempts: int) -> bool:
    """Whether the beginning of the night is tried again."""
    job: Any = SimpleNamespace(attempts=attempts)
    context: Any = SimpleNamespace(job=job, additional_context={"worker": worker})
    try:
        asyncio.run(begin_night.func(context, timestamp=1_795_608_000))
    except (RetryIn, OSError) as error:
        return begin_night.get_retry_exception(exception=error, job=job) is not None
    return False


def test_half_saved_accounts_file_makes_the_night_retry(worker: Worker, queue: Queue) -> None:
    text = worker._path.read_text()
    worker._path.write_text(text[:-5])
    assert begin(worker, 0)
    worker._path.write_text(text)
    assert not begin(worker, 1)
    assert queue.added == [{"north"}]


def test_unreachable_shared_folder_makes_the_night_retry(
    worker: Worker, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GroupRun, "begin", fail)
    assert begin(worker, 0)
    assert queue.added == []


def test_retried_night_leaves_out_refused_accounts(worker: Worker, queue: Queue) -> None:
    AccountFolder(worker._path.parent / "2026-11-25" / "north").record(4, 1.0)
    begin(worker, 0)
    begin(worker, 1)
    assert queue.added == [{"north"}, set()]
