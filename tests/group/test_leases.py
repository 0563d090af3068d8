"""From when a lease counts, by a database and a clock that are told what to do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("procrastinate", reason="requirements-group.txt is not installed")

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException

from jdp_spider.group import connector as database_module
from jdp_spider.group import leases
from jdp_spider.group.connector import ReconnectingConnector
from jdp_spider.group.crawl_process import Lease
from jdp_spider.group.leases import LeaseStore

if TYPE_CHECKING:
    from jdp_spider.group.accounts import AccountEntry


class Database:
    """Takes so many seconds for each try; all but the last one fail."""

    def __init__(self, *seconds: float) -> None:
        self.seconds = list(seconds)
        self.now = 1_000.0
        self.released: list[Any] = []

    async def all(self, *_: Any, **__: Any) -> list[dict[str, Any]]:
        self.now += self.seconds.pop(0)
        if self.seconds:
            raise ConnectorException from psycopg.OperationalError("away")
        return [{"token": 7}]

    async def execute(self, *_: Any, **arguments: Any) -> None:
        self.released.append(arguments["token"])


def acquire(
    database: Database, entry: AccountEntry, monkeypatch: pytest.MonkeyPatch
) -> Lease | None:
    monkeypatch.setattr(PsycopgConnector, "execute_query_all_async", database.all)
    monkeypatch.setattr(PsycopgConnector, "execute_query_async", database.execute)
    for module in (database_module, leases):
        monkeypatch.setattr(module, "machine_clock", lambda: database.now)
    monkeypatch.setattr(database_module, "_PAUSE_S", 0.0)
    return asyncio.run(
        LeaseStore(ReconnectingConnector(), "here:1", 120.0).acquire(entry, "tonight")
    )


def test_lease_counts_from_after_a_database_outage(
    entry: AccountEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that took it for one that has run out would end all its crawls."""
    term = acquire(Database(300, 300, 1), entry, monkeypatch)
    assert term == Lease(7, 1_600 + 60, 1_600 + 110)


def test_lease_that_arrives_too_late_is_released(
    entry: AccountEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(60)
    assert acquire(database, entry, monkeypatch) is None
    assert database.released == [7]
