"""The database of the queue: a connection that waits for it.

Which one is said as for psql: by PGHOST, PGPORT, PGUSER, PGDATABASE, PGPASSWORD or ~/.pgpass.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException

from jdp_spider.supervision import machine_clock
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from typing_extensions import LiteralString

    Rows = list[dict[str, Any]]

logger = logging.getLogger(__name__)

_PAUSE_S = 2.0
_ANSWER_S = 10

_ENCODING = "UTF8"

_CONNECTION: dict[str, Any] = {
    # Else PGCLIENTENCODING may say otherwise, or the encoding of the database does.
    "client_encoding": _ENCODING,
    "connect_timeout": _ANSWER_S,
    # A cut network never answers.
    "keepalives_idle": _ANSWER_S,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": _ANSWER_S * 1000,
    "options": f"-c statement_timeout={_ANSWER_S}s",
}


class NotSetUp(Exception):
    """The database cannot be used as it is; the message says what is missing, and what to do."""


class ReconnectingConnector(PsycopgConnector):
    """Waits for a database that is away, where Procrastinate's worker would end."""

    def __init__(self) -> None:
        super().__init__(conninfo="", min_size=1, max_size=4, timeout=_ANSWER_S, kwargs=_CONNECTION)
        self.is_ending: Callable[[], bool] = lambda: False
        """Whether nothing is waited for any more."""
        self._is_away = False

    async def open_async(self, pool: Any = None) -> None:
        """Connect as soon as the database answers. Raise NotSetUp if it is not in UTF-8."""
        await self._patiently(self._probe, "", {})
        await super().open_async(pool)

    async def _probe(self, _: str) -> None:
        try:
            connection = await psycopg.AsyncConnection.connect("", **_CONNECTION)
        except psycopg.Error as error:
            raise ConnectorException from error
        found, name = connection.info.parameter_status("server_encoding"), connection.info.dbname
        await connection.close()
        if found != _ENCODING:
            options = f"--encoding={_ENCODING} --locale=C --template=template0"
            raise NotSetUp(
                f"the database {to_ascii(name)} is encoded in {found}, and the queue needs "
                f"{_ENCODING}: make another one (createdb {options} NAME) and put its name into "
                "PGDATABASE"
            )

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        """Run a query that has no result."""
        try:
            await self._patiently(super().execute_query_async, query, arguments)
        except ConnectorException as error:
            # Procrastinate's own refusal. The connection broke behind the same query, and it is
            # done; or the job was found to be stalled, and is another worker's by now.
            if not isinstance(error.__cause__, psycopg.errors.RaiseException):
                raise
            logger.info("The end of a job was written before: %s", reason(error))

    async def execute_query_one_async(
        self, query: LiteralString, **arguments: Any
    ) -> dict[str, Any]:
        """Return the only row of a query's result."""
        row: dict[str, Any] = await self._patiently(
            super().execute_query_one_async, query, arguments
        )
        return row

    async def execute_query_all_async(self, query: LiteralString, **arguments: Any) -> Rows:
        """Return all rows of a query's result."""
        rows: Rows = await self._patiently(super().execute_query_all_async, query, arguments)
        return rows

    async def ask_timed(self, query: LiteralString, **arguments: Any) -> tuple[float, Rows]:
        """Return the machine's clock before the successful query, in seconds, and all rows."""
        asked = super().execute_query_all_async

        async def ask(query: LiteralString, **arguments: Any) -> tuple[float, Rows]:
            return machine_clock(), await asked(query, **arguments)

        found: tuple[float, Rows] = await self._patiently(ask, query, arguments)
        return found

    async def ask_once(self, limit_s: float, query: LiteralString, **arguments: Any) -> Rows:
        """Return all rows. Raise ConnectorException, or TimeoutError after `limit_s` seconds."""
        asked = super().execute_query_all_async(query, **arguments)
        return await asyncio.wait_for(asked, limit_s)

    async def _patiently(
        self,
        ask: Callable[..., Awaitable[Any]],
        query: LiteralString,
        arguments: dict[str, Any],
    ) -> Any:
        while True:
            try:
                found = await ask(query, **arguments)
            except ConnectorException as error:
                if self.is_ending() or not is_away(error):
                    raise
                self._tell(error)
                await asyncio.sleep(_PAUSE_S)
            else:
                if self._is_away:
                    self._is_away = False
                    logger.info("The database answers again")
                return found

    def _tell(self, error: ConnectorException) -> None:
        if not self._is_away:
            self._is_away = True
            logger.warning("The database cannot be used, waiting: %s", reason(error))


def is_away(error: ConnectorException) -> bool:
    """Return True if the database is out of reach, rather than the query wrong."""
    return isinstance(error.__cause__, psycopg.OperationalError)


def reason(error: BaseException) -> str:
    """Return why a query failed, in one line of ASCII."""
    lines = str(error.__cause__ or error).strip().splitlines()
    return to_ascii(lines[0] if lines else type(error).__name__)
