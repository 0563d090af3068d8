"""What is kept of an account between runs, outside JOBDIR and the runs' folders.

A lock, so that one account has one run, and the session of a run that was killed before it could
log out: only the user can read it, and it goes at the logout.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from platformdirs import user_state_path

from jdp_spider.files import replace
from jdp_spider.locks import RunLock

if TYPE_CHECKING:
    from jdp_spider.config import Config


def account_id(user: str, base_url: str) -> str:
    """Tells accounts apart without naming them."""
    return hashlib.sha256(f"{user}\n{base_url}".encode()).hexdigest()[:16]


class Account:
    """A user name at a base address, port included."""

    def __init__(self, config: Config) -> None:
        self.id = account_id(config.user, config.base_url)
        state = config.state_folder or user_state_path("jdp_spider", appauthor=False)
        self._folder = state / self.id
        self._session = self._folder / "session.json"
        self.lock = RunLock(self._folder / "account.lock", "account", "account_in_use")

    def load_session(self) -> list[dict[str, Any]]:
        """The cookies of a session that was not logged out; none when there is none to be read."""
        try:
            cookies = json.loads(self._session.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        if not isinstance(cookies, list):
            return []
        return [cookie for cookie in cookies if _is_cookie(cookie)]

    def save_session(self, cookies: list[dict[str, Any]]) -> None:
        """Keep the session's cookies. Raises OSError."""
        part = self._session.with_suffix(".part")
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(cookies, file)
        replace(part, self._session)

    def forget_session(self) -> None:
        """Remove the kept session."""
        with contextlib.suppress(OSError):
            self._session.unlink()


def _is_cookie(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(name), str) for name in ("name", "value", "domain", "path")
    )
