"""Accounts and their sessions; an account has at most one live session."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import string
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

KEY_SIGNS = string.ascii_lowercase + "012345"
KEY_LENGTH = 24
SHORT_KEY_LENGTH = 8


@dataclass
class Account:
    """A user of the site."""

    user: str
    password: str
    licence_accepted: bool = False
    password_state: str = "good"


@dataclass
class Session:
    """The server's state for one login."""

    key: str
    account: Account
    filter_text: str = ""
    page: int = 1
    selected: int | None = None
    chosen: bool = False
    """The dealership is chosen, where that is asked for."""
    unfolded: set[str] = field(default_factory=set)
    """The groups of the grid that show their rows."""
    opened: set[int] = field(default_factory=set)
    """Vehicles whose pages it has opened."""
    page_token: str = ""
    """What only the vehicle's page that it opened last holds."""
    last_seen: float = field(default_factory=time.monotonic)
    requests: int = 0
    """Requests under way: a session with one does not end, however slow the page."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by the request under way where those of one session wait for each other."""

    @property
    def token(self) -> str:
        """What its pages hold to prove that a request comes from one of them."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:20]

    @property
    def short_key(self) -> str:
        return self.key[:SHORT_KEY_LENGTH]

    @property
    def filter_on(self) -> bool:
        return bool(self.filter_text)


class LoginRefusedError(Exception):
    """Raised by ``Sessions.log_in``.

    ``reason`` is "wrong_password", "password_expired", "account_locked" or "active_session".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Sessions:
    """All live sessions, keyed by their cookie's value."""

    def __init__(self, accounts: Iterable[Account], idle_limit_s: float) -> None:
        self.accounts = {account.user: account for account in accounts}
        self.idle_limit_s = idle_limit_s
        self._sessions: dict[str, Session] = {}

    def live(self) -> list[Session]:
        # list() first: the log may be read from another thread while a login is under way.
        return [session for session in list(self._sessions.values()) if self._is_live(session)]

    def live_by_user(self) -> Counter[str]:
        """Return the number of live sessions of each account."""
        return Counter(session.account.user for session in self.live())

    def find(self, key: str | None) -> Session | None:
        session = self._sessions.get(key or "")
        if not session:
            return None
        if not self._is_live(session):
            self.end(session)
            return None
        return session

    def log_in(self, user: str, password: str) -> Session:
        account = self.accounts.get(user)
        if account and account.password_state == "locked":
            raise LoginRefusedError("account_locked")
        if not account or account.password != password:
            raise LoginRefusedError("wrong_password")
        if account.password_state == "expired":
            raise LoginRefusedError("password_expired")
        live = self.live()
        if any(session.account is account for session in live):
            raise LoginRefusedError("active_session")
        for old in list(self._sessions.values()):
            if old not in live:
                self.end(old)
        key = _new_key()
        self._sessions[key] = Session(key, account)
        return self._sessions[key]

    def rotate(self, session: Session) -> bool:
        """Give a session a new key, if it has not ended: the old one is of no use from now on."""
        if self._sessions.pop(session.key, None) is None:
            return False
        session.key = _new_key()
        self._sessions[session.key] = session
        return True

    def end(self, session: Session) -> None:
        self._sessions.pop(session.key, None)

    def end_all(self, user: str | None = None) -> int:
        """End the sessions of one account, or of all. Return their number. Thread-safe."""
        ended = [one for one in self.live() if user in (None, one.account.user)]
        for session in ended:
            self.end(session)
        return len(ended)

    def _is_live(self, session: Session) -> bool:
        return session.requests > 0 or time.monotonic() - session.last_seen < self.idle_limit_s


def _new_key() -> str:
    return "".join(secrets.choice(KEY_SIGNS) for _ in range(KEY_LENGTH))
