"""The leases of the accounts: which process may crawl which one, across all machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp_spider.group.crawl_process import Lease
from jdp_spider.supervision import machine_clock

if TYPE_CHECKING:
    from typing_extensions import LiteralString

    from jdp_spider.group.accounts import AccountEntry
    from jdp_spider.group.connector import ReconnectingConnector, Rows

CREATE: LiteralString = """
CREATE TABLE IF NOT EXISTS jdp_leases (
    account text PRIMARY KEY,
    token bigint NOT NULL,
    holder text NOT NULL,
    name text NOT NULL,
    run text NOT NULL,
    taken_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
)
"""

_ACQUIRE: LiteralString = """
INSERT INTO jdp_leases AS lease (account, token, holder, name, run, taken_at, expires_at)
VALUES (%(account)s, 1, %(holder)s, %(name)s, %(run)s, clock_timestamp(),
        clock_timestamp() + %(seconds)s::float8 * interval '1 second')
ON CONFLICT (account) DO UPDATE SET
    token = lease.token + 1, holder = excluded.holder, name = excluded.name, run = excluded.run,
    taken_at = excluded.taken_at, expires_at = excluded.expires_at
WHERE lease.expires_at <= clock_timestamp()
RETURNING token
"""

_RENEW: LiteralString = """
UPDATE jdp_leases SET expires_at = clock_timestamp() + %(seconds)s::float8 * interval '1 second'
WHERE account = %(account)s AND token = %(token)s AND expires_at > clock_timestamp()
RETURNING token
"""

_RELEASE: LiteralString = """
UPDATE jdp_leases SET expires_at = clock_timestamp()
WHERE account = %(account)s AND token = %(token)s AND expires_at > clock_timestamp()
"""

_LIVE: LiteralString = """
SELECT account, name, run, holder, extract(epoch FROM clock_timestamp() - taken_at)::float8 AS age
FROM jdp_leases WHERE expires_at > clock_timestamp()
"""


class LeaseStore:
    """One holder at a time for each account, across all machines.

    The database's clock says when a lease is over. The holder counts on the time before it asked,
    and a twelfth less: so its own clock says so earlier, whatever the network does to the answer.
    """

    def __init__(self, connector: ReconnectingConnector, holder: str, seconds: float) -> None:
        self._connector = connector
        self._holder = holder
        self.seconds = seconds

    @property
    def pause(self) -> float:
        """Return the seconds between two renewals."""
        return self.seconds / 8

    async def acquire(self, entry: AccountEntry, run: str) -> Lease | None:
        """Return the lease of an account, or None if it is taken or the answer came too late."""
        before, rows = await self._connector.ask_timed(
            _ACQUIRE,
            account=entry.id,
            holder=self._holder,
            name=entry.name,
            run=run,
            seconds=self.seconds,
        )
        if not rows:
            return None
        term = self._term(rows[0]["token"], before)
        if machine_clock() < term.soft:
            return term
        # It came too late to start anything with it.
        await self.release(entry, term)
        return None

    async def renew(self, entry: AccountEntry, term: Lease) -> Lease | None:
        """Return the renewed lease, or None if it is lost.

        Raise ConnectorException or TimeoutError if the database does not answer.
        """
        before = machine_clock()
        rows = await self._connector.ask_once(
            self.pause, _RENEW, account=entry.id, token=term.token, seconds=self.seconds
        )
        return self._term(term.token, before) if rows else None

    async def release(self, entry: AccountEntry, term: Lease) -> None:
        """Give the account back."""
        await self._connector.execute_query_async(_RELEASE, account=entry.id, token=term.token)

    async def live(self) -> Rows:
        """Return the holder of each leased account, and for how many seconds."""
        return await self._connector.execute_query_all_async(_LIVE)

    def _term(self, token: int, before: float) -> Lease:
        return Lease(token, before + self.seconds / 2, before + self.seconds * 11 / 12)
