"""The queue of many machines: workers of another version, and its own tools, meet these names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("procrastinate", reason="requirements-group.txt is not installed")

import psycopg

from harness.postgres import postgres
from jdp_spider.group.jobs import app
from tests.contract.commands import environment, scrapy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Golden = Callable[[str, Any], None]

ACCOUNTS = '[[account]]\nname = "north"\nuser = "me"\npassword = "keyring"\n'
COLUMNS = """
SELECT column_name, data_type, is_nullable FROM information_schema.columns
WHERE table_name = 'jdp_leases' ORDER BY ordinal_position
"""
JOBS = "SELECT queue_name, task_name, lock, queueing_lock, args FROM procrastinate_jobs"


def test_queues_and_tasks_are_unchanged(golden: Golden) -> None:
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    golden("tasks.json", {
        name: {"queue": task.queue, "queueing_lock": task.queueing_lock}
        for name, task in app.tasks.items()
        if task.queue != "builtin"
    })  # fmt: skip


@pytest.mark.postgres
def test_tables_and_jobs_are_unchanged(golden: Golden, tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(ACCOUNTS, encoding="ascii")
    with postgres() as server:
        places = environment(**server.environment)
        done = scrapy("groupqueue", "init", environment=places)
        assert done.status == 0, done.output
        add = ("groupqueue", "add", "--run", "tonight", str(path))
        done = scrapy(*add, environment=places)
        assert done.status == 0, done.output
        where = " ".join(f"{n[2:].lower()}={v}" for n, v in server.environment.items())
        with psycopg.connect(where.replace("database=", "dbname=")) as connection:
            columns = connection.execute(COLUMNS).fetchall()
            (job,) = connection.execute(JOBS).fetchall()
    golden("database.json", {
        "jdp_leases": [" ".join(column) for column in columns],
        "job": dict(zip(("queue", "task", "lock", "queueing_lock", "args"), job, strict=True)),
    })  # fmt: skip
