"""An account's state between runs, outside JOBDIR and the run folders.

A lock, so that one account has one run; the session of a run that was killed before it could log
out: only the user can read it, and the logout removes it; since when vehicles have no bookout link;
how the last run ended; the login that the site refused; how many vehicles the inventory had.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
from typing import TYPE_CHECKING, Any

from platformdirs import user_state_path

from jdp_spider.job.ending import LAST_RUN
from jdp_spider.job.locks import RunLock
from jdp_spider.pages.site import PURPOSES
from jdp_spider.reasons import CloseReason
from jdp_spider.repair.elements import Looks
from jdp_spider.session.concurrency import Known
from jdp_spider.session.refused_login import RefusedLogin
from jdp_spider.utils.files import replace, write_json
from jdp_spider.utils.loading import Damaged, LoadError, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jdp_spider.config.options import Config

logger = logging.getLogger(__name__)


def account_id(user: str, base_url: str) -> str:
    """Return an id that identifies an account without naming it."""
    return hashlib.sha256(f"{user}\n{base_url}".encode()).hexdigest()[:16]


def usual_folder() -> Path:
    """Return where the state of all accounts is kept, unless JDP_STATE_FOLDER says otherwise."""
    return user_state_path("jdp_spider", appauthor=False)


class Account:
    """A user name at a base address, port included."""

    FINGERPRINTS = "fingerprints.json"

    def __init__(self, config: Config) -> None:
        self.id = account_id(config.user, config.base_url)
        state = config.state_folder or usual_folder()
        self._folder = state / self.id
        self._session = self._folder / "session.json"
        self.without_link = self._folder / "without_link.json"
        """The file of job/availability.py."""
        self._contexts = self._folder / "contexts.json"
        self._inventory = self._folder / "inventory.json"
        self.last_run = self._folder / LAST_RUN
        """How the account's last run ended (job/ending.py)."""
        self._fingerprints = self._folder / self.FINGERPRINTS
        self.refused_login = RefusedLogin(self._folder, config.password)
        self.lock = RunLock(self._folder / "account.lock", "account", CloseReason.ACCOUNT_IN_USE)

    def load_session(self) -> list[dict[str, Any]]:
        """Return the cookies of a session that was not logged out; none if none can be read."""
        try:
            cookies = read_json(self._session)
            if cookies is not None and not isinstance(cookies, list):
                raise Damaged(self._session, "holds no list")
        except LoadError as error:
            logger.warning("The saved session cannot be used, logging in again: %s", error)
            return []
        return [found for cookie in cookies or [] if (found := _cookie(cookie))]

    def save_session(self, cookies: list[dict[str, Any]]) -> None:
        """Keep the session's cookies. Raise OSError if they cannot be written."""
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

    def load_contexts(self) -> Known | None:
        """Return how many vehicles at a time the site handled in the last run, if known."""
        with contextlib.suppress(LoadError):
            found = read_json(self._contexts)
            if isinstance(found, dict) and (number := _positive(found, "contexts")):
                ceiling, left = _positive(found, "ceiling"), _positive(found, "ceiling_left")
                return Known(number, ceiling, left) if ceiling and left else Known(number)
        return None

    def save_contexts(self, known: Known) -> None:
        """Save how many vehicles at a time the site can handle."""
        found = {"contexts": known.limit}
        if known.ceiling is not None:
            found |= {"ceiling": known.ceiling, "ceiling_left": known.ceiling_left}
        with contextlib.suppress(OSError):
            write_json(self._contexts, found)

    def load_inventory_sizes(self) -> list[int]:
        """Return how many vehicles the inventory had in the last runs, as far as that is known."""
        with contextlib.suppress(LoadError):
            found = read_json(self._inventory)
            sizes = found.get("vehicles") if isinstance(found, dict) else None
            if isinstance(sizes, list):
                return [each for each in sizes if type(each) is int and each > 0]
        return []

    def save_inventory_sizes(self, sizes: list[int]) -> None:
        """Save how many vehicles the inventory had in the last runs, the newest last."""
        with contextlib.suppress(OSError):
            write_json(self._inventory, {"vehicles": sizes})

    def load_fingerprints(self) -> dict[str, Looks]:
        """Return what elements of the site looked like in the last good run, by name."""
        try:
            found = read_json(self._fingerprints)
        except LoadError as error:
            logger.info("The saved fingerprints cannot be used: %s", error)
            return {}
        known = found if isinstance(found, dict) else {}
        return {name: Looks.of(known[name]) for name in PURPOSES if name in known}

    def save_fingerprints(self, seen: Mapping[str, Any]) -> None:
        """Save what a good run has seen, in addition to what earlier runs have seen."""
        known = self.load_fingerprints() | {name: Looks.of(each) for name, each in seen.items()}
        with contextlib.suppress(OSError):
            write_json(self._fingerprints, {name: each.as_json() for name, each in known.items()})


def _positive(found: dict[str, Any], name: str) -> int:
    """Return the number with that name; 0 if it is none above 0."""
    return number if type(number := found.get(name)) is int and number > 0 else 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not _NOT_IN_COOKIES.search(value)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


_NOT_IN_COOKIES = re.compile("[\0-\x1f\x7f;\ufffd]")
_COOKIE: dict[str, Callable[[Any], bool]] = {
    "name": lambda value: _is_text(value) and value != "",
    "value": _is_text,
    "domain": lambda value: _is_text(value) and value != "",
    "path": lambda value: _is_text(value) and value.startswith("/"),
    "expires": lambda value: type(value) in (int, float) and (value == -1 or value > 0),
    "httpOnly": _is_flag,
    "secure": _is_flag,
    "sameSite": lambda value: value in ("Strict", "Lax", "None"),
    "partitionKey": _is_text,
}
"""What the browser accepts: it refuses all cookies of a session if one of them is wrong."""
_MUST_HAVE = ("name", "value", "domain", "path")


def _cookie(value: Any) -> dict[str, Any] | None:
    """Return the cookie's fields that the browser knows; None if it would refuse the cookie."""
    if not isinstance(value, dict):
        return None
    known = {name: value[name] for name in _COOKIE if name in value}
    is_right = all(_COOKIE[name](each) for name, each in known.items())
    return known if is_right and all(name in known for name in _MUST_HAVE) else None
