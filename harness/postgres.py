"""A PostgreSQL server of our own, on loopback, in a folder that is removed."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACES = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql@*/bin")
_USERS = ("postgres", "nobody")
"""As whom the server runs when we are root, which it refuses to be."""
_START_S = 30.0


def find_postgres() -> Path | None:
    """Return the folder of the server's programs, or None if we could start none."""
    if sys.platform == "win32":
        return None
    places = [Path(found).parent for found in [shutil.which("initdb")] if found]
    for pattern in _PLACES:
        root, _, rest = pattern[1:].partition("/")
        places += sorted(Path("/", root).glob(rest), reverse=True)
    return next((place for place in places if (place / "postgres").exists()), None)


class Postgres:
    """One server; `environment` tells clients how to reach it."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._data = folder / "data"
        self._folder = folder
        self._as: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            user, group = _not_root()
            self._as = {"user": user, "group": group, "extra_groups": []}
            os.chown(folder, user, group)
        self.port = _free_port()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": "jdp",
            "PGDATABASE": "postgres",
        }

    @property
    def pid(self) -> int:
        """Return the id of its first process, or 0 while it is stopped."""
        return self._process.pid if self._process is not None else 0

    def make(self) -> None:
        """Make the data folder."""
        command = [str(self._programs / "initdb"), "-D", str(self._data), "-U", "jdp"]
        command += ["-A", "trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        subprocess.run(command, cwd=self._folder, check=True, capture_output=True, **self._as)

    def install(self, name: Path | str, text: str | None = None) -> None:
        """Put a file into the data folder, from a path or a text, readable by the server alone."""
        path = self._data / Path(name).name
        path.write_text(Path(name).read_text("utf-8") if text is None else text, encoding="utf-8")
        path.chmod(0o600)
        if self._as:
            os.chown(path, self._as["user"], self._as["group"])

    def start(self) -> None:
        """Start the server and return when it answers. Raise RuntimeError if it does not."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 60,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, *options],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._as,
            )
        end = time.monotonic() + _START_S
        while time.monotonic() < end and self._process.poll() is None:
            if self._is_ready():
                return
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start: {self._log()}")

    def _is_ready(self) -> bool:
        """Return True if it accepts clients, by pg_ctl's own test: it listens before it does."""
        with contextlib.suppress(OSError, IndexError):
            lines = (self._data / "postmaster.pid").read_text("utf-8").splitlines()
            return int(lines[0]) == self.pid and lines[7].strip() == "ready"
        return False

    def _log(self) -> str:
        return (self._folder / "server.log").read_text("utf-8", "replace")[-500:]

    def stop(self) -> None:
        """Stop the server, dropping its connections."""
        if self._process is not None:
            # SIGINT is its fast shutdown.
            self._process.send_signal(2)
            self._process.wait(_START_S)
            self._process = None


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a server while the block runs. Raise RuntimeError if there is none."""
    programs = find_postgres()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    # Not below a folder that only root can enter.
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        server = Postgres(programs, Path(folder))
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _not_root() -> tuple[int, int]:
    """Return the user and group for the server if we are root."""
    import pwd

    known = {user.pw_name: user for user in pwd.getpwall()}
    user = next(known[name] for name in _USERS if name in known)
    return user.pw_uid, user.pw_gid


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
