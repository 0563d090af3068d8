"""The queue and the leases in a real PostgreSQL; no crawl and no browser."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("procrastinate", reason="requirements-group.txt is not installed")

import psycopg
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from harness.postgres import postgres
from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.group import connector as database_module
from jdp_spider.group import crawl_process as child_module
from jdp_spider.group import jobs
from jdp_spider.group import worker as worker_module
from jdp_spider.group.accounts import AccountEntry, Accounts
from jdp_spider.group.connector import NotSetUp, ReconnectingConnector, reason
from jdp_spider.group.folders import GroupRun
from jdp_spider.group.jobs import CrawlRetry, RetryIn, app, connector, retry_delay
from jdp_spider.group.leases import LeaseStore
from jdp_spider.group.queue_status import overview
from jdp_spider.group.runner import Stop
from jdp_spider.group.worker import Worker
from jdp_spider.supervision import machine_clock
from tests.support.account_builder import FILE as ACCOUNTS
from tests.support.account_builder import write_books
from tests.support.marks import long

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from pathlib import Path

    from harness.postgres import Postgres
    from jdp_spider.reasons import ExitStatus

pytestmark = pytest.mark.postgres

NOON = 1_795_608_000
"""25 Nov 2026, 12:00 UTC."""
FAKE = (sys.executable, "-m", "tests.support.fake_crawl")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@pytest.fixture
def database(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> Postgres:
    """The server, which clients find by the environment; with tables, and nothing in them."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    run(_empty)
    return server


async def _empty() -> None:
    await jobs.set_up()
    tables = "procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers, jdp_leases"
    await connector.execute_query_async(f"TRUNCATE {tables} CASCADE")  # type: ignore[arg-type]


def run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Do it with a connection, in a loop of its own."""

    async def connected() -> Any:
        async with app.open_async():
            return await asyncio.wait_for(work(), 60)

    connector.is_ending = lambda: False
    return asyncio.run(connected())


def entry(name: str = "north", user: str = "good") -> AccountEntry:
    return AccountEntry(name, user, "http://site/", "env:PASS_A", {})


def leases(holder: str, seconds: float = 60.0) -> LeaseStore:
    return LeaseStore(connector, holder, seconds)


# The lease


def test_account_has_one_lease_holder_and_numbers_increase(database: Postgres) -> None:
    async def work() -> None:
        first, second, north = leases("a"), leases("b"), entry()
        held = await first.acquire(north, "tonight")
        assert held is not None
        assert await second.acquire(north, "tonight") is None
        # Another account is another matter.
        assert await second.acquire(entry("south", "bad"), "tonight") is not None
        await first.release(north, held)
        taken = await second.acquire(north, "tonight")
        assert taken is not None
        assert taken.token > held.token
        # Who has lost it neither renews nor gives back what is another's now.
        assert await first.renew(north, held) is None
        await first.release(north, held)
        assert [live["holder"] for live in await first.live()] == ["b", "b"]

    run(work)


def test_expired_lease_cannot_be_renewed_and_can_be_acquired(database: Postgres) -> None:
    async def work() -> None:
        first, second, north = leases("a", 0.8), leases("b", 0.8), entry()
        held = await first.acquire(north, "tonight")
        assert held is not None
        renewed = await first.renew(north, held)
        assert renewed is not None and renewed.hard > held.hard
        while await second.acquire(north, "tonight") is None:  # noqa: ASYNC110 - a time passes
            # It is over for its holder before it is for the others.
            await asyncio.sleep(0.02)
        assert machine_clock() > renewed.hard
        assert await first.renew(north, held) is None

    run(work)


def test_lease_term_counts_from_before_the_request(database: Postgres) -> None:
    async def work() -> None:
        before = machine_clock()
        term = await leases("a", 60).acquire(entry(), "tonight")
        after = machine_clock()
        assert term is not None
        assert before + 30 <= term.soft <= after + 30
        assert before + 55 <= term.hard <= after + 55

    run(work)


# The connection


def test_worker_waits_for_an_unreachable_database(
    database: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    async def work() -> None:
        database.stop()
        opened = asyncio.create_task(connector.open_async())
        await until(lambda: bool(caplog.records))
        database.start()
        await opened
        assert await jobs.is_set_up()
        await connector.close_async()

    asyncio.run(asyncio.wait_for(work(), 60))
    said = [record.message for record in caplog.records if record.name.startswith("jdp")]
    assert said[0].startswith("The database cannot be used, waiting: ")
    assert said[1:] == ["The database answers again"]


def test_ending_worker_does_not_wait_for_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "9")
    patient = ReconnectingConnector()
    patient.is_ending = lambda: True
    with pytest.raises(ConnectorException) as caught:
        asyncio.run(patient.open_async())
    assert "Connection refused" in reason(caught.value)


def test_wrong_query_is_not_retried(database: Postgres) -> None:
    async def work() -> None:
        await connector.execute_query_async("SELECT nonsense")

    with pytest.raises(ConnectorException) as caught:
        run(work)
    assert reason(caught.value) == 'column "nonsense" does not exist'


def test_job_may_be_finished_twice(
    database: Postgres, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As it is when the connection breaks before the answer."""
    caplog.set_level("INFO")
    given = accounts(tmp_path, "a")

    async def work() -> None:
        await jobs.add_jobs(given, group_run(given))
        (job,) = await jobs.open_jobs()
        for _ in range(2):
            await app.job_manager.finish_job(job, Status.SUCCEEDED, delete_job=False)
        assert await jobs.open_jobs() == []

    run(work)
    assert "The end of a job was written before: Job was not found or not in " in caplog.text


# The jobs


def accounts(tmp_path: Path, *users: str) -> Accounts:
    return Accounts(2, tmp_path, "", tuple(entry(user, user) for user in users))


def group_run(given: Accounts, name: str = "tonight") -> GroupRun:
    return GroupRun(given.folder / name, [each.name for each in given.entries])


def finish(given: Accounts, name: str) -> None:
    """Let an account be complete."""
    place = group_run(given).accounts[name]
    place.path.mkdir(parents=True, exist_ok=True)
    write_books(place, {"165548": "saved"})
    place.record(0, 1.0)


async def take(lock: str) -> None:
    """Let a worker have begun the job of an account, and then be gone."""
    worker = await app.job_manager.register_worker()
    while (job := await app.job_manager.fetch_job(None, worker)) is not None:
        if job.lock == lock:
            return


def test_the_tables_are_made_once(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)

    async def work() -> None:
        await jobs.set_up()
        assert await jobs.is_set_up()
        assert not await jobs.set_up()
        await connector.execute_query_async("DROP TABLE jdp_leases")
        assert not await jobs.is_set_up()
        assert await jobs.set_up()

    run(work)


def test_account_is_queued_once_per_run(database: Postgres, tmp_path: Path) -> None:
    given = accounts(tmp_path, "a", "b", "c")
    finish(given, "b")

    async def work() -> None:
        assert await jobs.add_jobs(given, group_run(given)) == (2, 0)
        assert await jobs.add_jobs(given, group_run(given)) == (0, 2)
        await take(given.entries[0].id)
        assert await jobs.add_jobs(given, group_run(given)) == (0, 2)
        # The next night waits behind this one, by the lock.
        assert await jobs.add_jobs(given, group_run(given, "tomorrow")) == (3, 0)
        worker = await app.job_manager.register_worker()
        found = []
        while (job := await app.job_manager.fetch_job(None, worker)) is not None:
            found.append((job.task_kwargs["run"], job.task_kwargs["account"]))
        assert found == [("tonight", "c"), ("tomorrow", "b")]

    run(work)


def test_job_without_a_lease_is_requeued(database: Postgres, tmp_path: Path) -> None:
    given = accounts(tmp_path, "a")
    (one,) = given.entries

    async def work() -> None:
        await jobs.add_jobs(given, group_run(given))
        term = await leases("gone").acquire(one, "tonight")
        assert term is not None
        await take(one.id)
        assert await jobs.requeue_stalled_jobs(0) == 0
        await leases("gone").release(one, term)
        # One that has just begun is about to take it.
        assert await jobs.requeue_stalled_jobs(60) == 0
        assert await jobs.requeue_stalled_jobs(0) == 1
        (job,) = await jobs.open_jobs()
        assert (job.status, job.attempts) == (Status.TODO.value, 1)

    run(work)


def test_lost_job_that_was_queued_again_is_not_duplicated(
    database: Postgres, tmp_path: Path
) -> None:
    given = accounts(tmp_path, "a")
    (one,) = given.entries

    async def work() -> None:
        await jobs.add_jobs(given, group_run(given))
        await take(one.id)
        again = jobs.crawl_account.configure(lock=one.id, queueing_lock=f"{one.id}/tonight")
        await again.defer_async(run="tonight", account="a")
        assert await jobs.requeue_stalled_jobs(0) == 0
        assert [job.status for job in await jobs.open_jobs()] == [Status.TODO.value]

    run(work)


def test_night_of_a_dead_worker_is_requeued(
    database: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        await jobs.begin_night.defer_async(timestamp=NOON)
        worker = await app.job_manager.register_worker()
        job = await app.job_manager.fetch_job(None, worker)
        assert job is not None
        # It may be at it still.
        assert await jobs.requeue_stalled_jobs(0) == 0
        monkeypatch.setattr(jobs, "_NIGHT_S", 0.0)
        assert await jobs.requeue_stalled_jobs(60) == 1
        again = await app.job_manager.fetch_job(None, worker)
        assert again is not None
        assert (again.id, again.task_kwargs, again.attempts) == (job.id, {"timestamp": NOON}, 1)

    run(work)


@pytest.mark.parametrize(
    ("status", "attempts", "seconds"),
    [
        (0, 0, None),
        (1, 0, 60),
        (1, 5, None),
        (2, 0, None),
        (3, 1, 300),
        (3, 2, None),
        (4, 0, None),
        (5, 29, 300),
        (6, 0, 600),
        (130, 99, 0),
    ],
)
def test_retry_delay_depends_on_status_and_attempts(
    status: int, attempts: int, seconds: float | None
) -> None:
    assert retry_delay(status, None, attempts) == seconds


@pytest.mark.parametrize(
    ("error", "attempts", "again"),
    [(RetryIn(5), 1000, True), (OSError("disk"), 19, True), (OSError("disk"), 20, False)],
)
def test_unexpected_errors_are_retried_a_few_times(
    error: Exception, attempts: int, again: bool
) -> None:
    class Tried:
        pass

    job: Any = Tried()
    job.attempts = attempts
    decision = CrawlRetry().get_retry_decision(exception=error, job=job)
    assert (decision is not None) is again


# The worker, with a program in the place of the crawl


@pytest.fixture
def fake(database: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "_COMMAND", FAKE)
    monkeypatch.setattr(worker_module, "_LOOK_S", 0.05)
    monkeypatch.setenv("PYTHONPATH", str(PROJECT_FOLDER))
    monkeypatch.setenv("PASS_A", "pw-a")


def write_file(tmp_path: Path, *users: str, more: str = "") -> Path:
    lines = [
        f'folder = "."\n{more}\n[defaults]\npassword = "env:PASS_A"\nbase_url = "http://site/"'
    ]
    lines += [f'[[account]]\nname = "{user}"\nuser = "{user}"' for user in users]
    path = tmp_path / "accounts.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@asynccontextmanager
async def serving(path: Path, stop: Stop) -> AsyncIterator[asyncio.Task[ExitStatus]]:
    worker = Worker(path, 2, 8.0, stop)
    serving = asyncio.create_task(worker.serve())
    yield serving
    stop.ask()
    await asyncio.wait_for(serving, 30)


async def until(found: Callable[[], bool]) -> None:
    while not found():  # noqa: ASYNC110 - what is waited for is on the disk
        await asyncio.sleep(0.05)


def work_off(path: Path, given: Accounts, found: Callable[[], bool]) -> dict[str, int | None]:
    """Put the accounts into the queue, let a worker work until that is found; what each came to."""

    async def work() -> None:
        async with app.open_async():
            await jobs.add_jobs(given, group_run(given))
        async with serving(path, Stop()):
            await until(found)

    # A process has one worker, but not here.
    app.periodic_registry.periodic_tasks.clear()
    asyncio.run(asyncio.wait_for(work(), 60))
    return {name: place.outcome().status for name, place in group_run(given).accounts.items()}


def test_worker_crawls_the_queued_accounts(fake: None, tmp_path: Path) -> None:
    path, given = write_file(tmp_path, "good", "bad"), accounts(tmp_path, "good", "bad")
    places = group_run(given).accounts
    statuses = work_off(
        path, given, lambda: all(p.outcome().status is not None for p in places.values())
    )
    assert statuses == {"good": 0, "bad": 4}

    async def look() -> None:
        # Nothing is left to do, and nobody holds anything.
        assert await jobs.open_jobs() == []
        assert await leases("").live() == []

    run(look)
    assert (tmp_path / "tonight" / "index.html").exists()


def test_crawl_stopped_with_its_worker_is_requeued(fake: None, tmp_path: Path) -> None:
    path, given = write_file(tmp_path, "waits"), accounts(tmp_path, "waits")
    place = group_run(given).accounts["waits"]
    begun = place.path / "starts.jsonl"
    assert work_off(path, given, begun.exists) == {"waits": 130}
    # The lease was told first, then the end.
    assert "Told: 'until " in place.log.read_text()

    async def look() -> None:
        (job,) = await jobs.open_jobs()
        assert (job.status, await leases("").live()) == (Status.TODO.value, [])
        shown = (await overview(given, group_run(given))).splitlines()
        assert shown[1].split()[:2] == ["waits", "waiting"]

    run(look)


def test_account_leased_by_another_worker_stays_queued(fake: None, tmp_path: Path) -> None:
    path, given = write_file(tmp_path, "good"), accounts(tmp_path, "good")
    (one,) = given.entries

    async def hold() -> None:
        assert await leases("another:7").acquire(one, "tonight") is not None

    run(hold)
    tried = []

    def twice() -> bool:
        tried.append(1)
        return len(tried) > 20

    assert work_off(path, given, twice) == {"good": None}

    async def look() -> None:
        (job,) = await jobs.open_jobs()
        assert job.attempts >= 1
        shown = (await overview(given, group_run(given))).splitlines()
        assert shown[1].startswith("good     at work      0       0     0  another:7, for ")

    run(look)


def test_worker_without_tables_names_the_command(
    server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)

    async def work() -> None:
        await jobs.set_up()
        await connector.execute_query_async("DROP TABLE jdp_leases")

    run(work)
    with pytest.raises(NotSetUp, match="scrapy groupqueue init"):
        asyncio.run(Worker(write_file(tmp_path, "good"), 1, 8.0, Stop()).serve())


def test_worker_that_waits_for_the_database_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "9")
    monkeypatch.setattr(database_module, "_PAUSE_S", 0.01)

    async def work() -> int:
        stop = Stop()
        async with serving(write_file(tmp_path, "good"), stop) as served:
            await until(lambda: "cannot be used, waiting" in caplog.text)
        return served.result()

    assert asyncio.run(asyncio.wait_for(work(), 60)) == 0


def test_invalid_nightly_time_is_an_error(fake: None, tmp_path: Path) -> None:
    path = write_file(tmp_path, "good", more='nightly = "99 22 * * *"')
    with pytest.raises(NotSetUp, match=r"^nightly is no time that cron knows: 99 22 \* \* \*$"):
        asyncio.run(Worker(path, 1, 8.0, Stop()).serve())


def test_night_queues_all_accounts(fake: None, tmp_path: Path) -> None:
    path, given = write_file(tmp_path, "a", "b"), accounts(tmp_path, "a", "b")

    async def work() -> None:
        worker = Worker(path, 1, 8.0, Stop())
        await worker.begin_night(NOON, 0)
        await worker.begin_night(NOON, 1)
        found = [job.task_kwargs for job in await jobs.open_jobs()]
        assert found == [{"run": "2026-11-25", "account": name} for name in ("a", "b")]

    run(work)
    assert group_run(given, "2026-11-25").folder.is_dir()


@pytest.mark.parametrize("encoding", ["SQL_ASCII", long("LATIN1")])
@pytest.mark.parametrize("command", [("groupqueue", "init"), ("groupworker", "FILE")])
def test_database_in_another_encoding_is_refused(
    encoding: str, command: tuple[str, ...], database: Postgres, tmp_path: Path
) -> None:
    name = encoding.lower()
    make = f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
    conninfo = " ".join(f"{key[2:].lower()}={v}" for key, v in database.environment.items())
    conninfo = conninfo.replace("database=", "dbname=")
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")  # type: ignore[arg-type]
        connection.execute(make)  # type: ignore[arg-type]
    path = tmp_path / "accounts.toml"
    path.write_text(ACCOUNTS, encoding="utf-8")
    arguments = [str(path) if each == "FILE" else each for each in command]
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        cwd=PROJECT_FOLDER,
        env={**os.environ, **database.environment, "PGDATABASE": name},
        capture_output=True,
        encoding="ascii",
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert f"the database {name} is encoded in {encoding}, and the queue needs UTF8" in done.stderr
    assert "Traceback" not in done.stderr


def test_client_encoding_variable_is_ignored(
    database: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    rows = run(lambda: connector.execute_query_all_async("SELECT '\u65e5\u2014' AS text"))
    assert rows == [{"text": "\u65e5\u2014"}]
