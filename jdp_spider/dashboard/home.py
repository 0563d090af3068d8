"""The page's own folder, for each user, project folder and computer; nobody else can read it."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import json
import os
import socket
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from jdp_spider.utils.files import part_of, replace
from jdp_spider.utils.loading import Record, read_json

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700


class Home:
    """Where the page keeps its address, the last check and what else outlives its process."""

    def __init__(self, state: Path, project: Path) -> None:
        # Users who share the state of an account could not read each other's.
        name = f"{project.resolve()}\n{socket.gethostname()}\n{_user()}"
        self.id = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:16]
        self.folder = state / "dashboard" / self.id
        self.opener = self.folder / "open.html"
        """What the browser is opened on; holds a token that is valid once."""
        self.check_log = self.folder / "check.log"
        self.check_events = self.folder / "check.jsonl"
        """What the last check has found, for the page."""
        self.work_log = self.folder / "work.log"
        """What the last command other than a check has printed."""
        self._check = self.folder / "check.json"
        self._address = self.folder / "address.json"
        self._account = self.folder / "account.json"
        self._lock = FileLock(self.folder / "page.lock", thread_local=False)

    def open(self) -> bool:
        """Make the folder and take its lock. Return False if another process serves the page.

        Raise OSError if the folder cannot be used.
        """
        self.folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        if os.name == "posix":
            # It may have been made by an older version, or by hand.
            self.folder.chmod(_PRIVATE_FOLDER)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def close(self) -> None:
        """Remove what is no use any more, and let another process serve the page."""
        with contextlib.suppress(OSError):
            self.opener.unlink()
        self._lock.release()

    def write(self, path: Path, text: str) -> None:
        """Put a text into a file that only the user can read. Raise OSError if it fails."""
        part = part_of(path)
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        replace(part, path)

    def open_log(self, path: Path) -> int:
        """Return the descriptor of an empty log that only the user can read. Raise OSError."""
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)

    def save_check(self, *, is_repair: bool) -> None:
        """Keep what kind of check writes the log."""
        self.write(self._check, json.dumps({"repair": is_repair}))

    def load_check(self) -> bool:
        """Return whether the last check repairs; False if that is not known."""
        try:
            return Record(read_json(self._check)).values.get("repair") is True
        except ValueError:
            return False

    def save_address(self, port: int, secret: str) -> None:
        """Keep the port, and the secret with which a second start asks for the page."""
        known = {"port": port, "secret": secret, "pid": os.getpid()}
        self.write(self._address, json.dumps(known))

    def load_address(self) -> tuple[int, str]:
        """Return the last port and its secret; 0 and "" if they are not known."""
        try:
            found = Record(read_json(self._address))
            return found.whole("port"), found.text("secret")
        except ValueError:
            return 0, ""

    def save_account_change(self, at: datetime | None, env_mtime_ns: int) -> None:
        """Note when user name or password were given anew, and the age of `.env` as it was left."""
        known = {"changed": at.isoformat() if at else None, "env": env_mtime_ns}
        self.write(self._account, json.dumps(known))

    def load_account_change(self) -> tuple[datetime | None, int]:
        """Return what `save_account_change` has noted; None and 0 if nothing."""
        try:
            found = Record(read_json(self._account))
            is_known = found.values.get("changed") is not None
            return found.time("changed") if is_known else None, found.whole("env", 0)
        except ValueError:
            return None, 0


def _user() -> str:
    """Return the name of the computer's user; empty if the system has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
