"""What docs/scaling.md has people type for the database, done to a real PostgreSQL."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("psycopg", reason="requirements-group.txt is not installed")

import psycopg

from harness.crawl_process import finish
from harness.group_process import make_group
from harness.postgres import postgres
from harness.process_tree import environments_of
from jdp_spider.config.dotenv import PROJECT_FOLDER
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.postgres import Postgres

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]

PAGE = PROJECT_FOLDER / "docs" / "scaling.md"
PASSWORDS = {"jdp_owner": "owner-Passw0rd", "jdp_worker": "worker-Passw0rd"}
HBA = """
hostssl jdp jdp_owner,jdp_worker 127.0.0.1/32 scram-sha-256
host all jdp 127.0.0.1/32 trust
"""


def block(begin: str) -> list[str]:
    """The lines of the page's block that begins so."""
    found = re.findall(r"^```text\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (lines,) = [text.splitlines() for text in found if text.startswith(begin)]
    return lines


def execute(user: str, server: Secured, *lines: str) -> None:
    with psycopg.connect(**server.given(user), autocommit=True) as connection:
        for line in lines:
            connection.execute(line)


class Secured:
    """The page's server: its address, certificate and roles."""

    def __init__(self, server: Postgres, folder: Path) -> None:
        self.port = server.port
        self.root = folder / "root.crt"

    def given(self, user: str) -> dict[str, Any]:
        """How psycopg is told; the server's administrator here is called jdp."""
        found = {"host": "127.0.0.1", "port": self.port, "user": user, "dbname": "jdp"}
        if user not in PASSWORDS:
            return found
        verified = {"sslmode": "verify-full", "sslrootcert": str(self.root)}
        return {**found, **verified, "password": PASSWORDS[user]}

    def environment(self, user: str) -> dict[str, str]:
        """The same as the page has it."""
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
        names |= {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "password": "PGPASSWORD"}
        return {names[name]: str(value) for name, value in self.given(user).items()}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A server that was set up by the page, step by step; tables and grants included."""
    folder = tmp_path_factory.mktemp("certificate")
    for line in block("openssl req"):
        command = line.replace("10.0.0.1", "127.0.0.1")
        subprocess.run(["sh", "-c", command], cwd=folder, check=True, capture_output=True)
    with postgres() as server:
        for name in ("server.key", "server.crt"):
            server.install(folder / name)
        server.install("pg_hba.conf", HBA)
        made = Secured(server, folder)
        with psycopg.connect(
            host="127.0.0.1", port=server.port, user="jdp", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute("ALTER SYSTEM SET ssl = on")
            for line in block("CREATE ROLE"):
                name = line.removeprefix("\\password ")
                password = f"ALTER ROLE {name} PASSWORD '{PASSWORDS.get(name)}'"
                connection.execute(password if line.startswith("\\") else line)
            connection.execute("SELECT pg_reload_conf()")
        init = [sys.executable, "-m", "scrapy", "groupqueue", "init"]
        environment = {**os.environ, **made.environment("jdp_owner")}
        subprocess.run(init, cwd=PROJECT_FOLDER, env=environment, check=True)
        execute("jdp_owner", made, *block("GRANT USAGE"))
        yield made


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sslmode": "disable"}, "no encryption"),
        ({"host": "localhost"}, "does not match host name"),
        ({"sslrootcert": __file__}, "could not read root certificate|certificate verify failed"),
        ({"user": "jdp_owner"}, "password authentication failed"),
    ],
)
def test_database_refuses_insecure_and_unauthorized_clients(
    secured: Secured, given: dict[str, str], message: str
) -> None:
    with pytest.raises(psycopg.OperationalError, match=message):
        psycopg.connect(**{**secured.given("jdp_worker"), **given})


def test_database_connections_are_encrypted(secured: Secured) -> None:
    (query,) = block("SELECT usename")
    with psycopg.connect(**secured.given("jdp_worker")) as connection:
        rows = connection.execute(query).fetchall()
    assert [row[:2] for row in rows] == [("jdp_worker", True)]


@pytest.mark.parametrize(
    "query",
    [
        "CREATE TABLE mine (x int)",
        "CREATE TEMPORARY TABLE mine (x int)",
        "DROP TABLE jdp_leases",
        "ALTER TABLE procrastinate_jobs ADD COLUMN x int",
        "DELETE FROM jdp_leases",
        "TRUNCATE procrastinate_jobs CASCADE",
        "SELECT * FROM pg_authid",
        "CREATE ROLE other",
    ],
)
def test_worker_role_lacks_other_privileges(secured: Secured, query: str) -> None:
    refused = (psycopg.errors.InsufficientPrivilege,)
    with pytest.raises(refused):
        execute("jdp_worker", secured, query)


@pytest.mark.browser
@pytest.mark.crawl
@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere there is no /proc")
def test_worker_role_suffices_and_its_crawls_inherit_no_secret(
    secured: Secured, tmp_path: Path
) -> None:
    secrets = ("account-Passw0rd", "old-Passw0rd", *PASSWORDS.values())
    with running_demo(DemoOptions(vehicles=6, latency="fast", password=secrets[0])) as site:
        group = make_group(site, tmp_path)
        group.environment.update(secured.environment("jdp_worker"), OLD_PASS=secrets[1])
        text = group.file.read_text("utf-8")
        gone = '\n[[account]]\nname = "gone"\nuser = "gone"\npassword = "env:OLD_PASS"\n'
        group.file.write_text(text + gone, encoding="utf-8")
        # It knows of an account that is taken out of the file while it is at work.
        worker = group.start("groupworker", str(group.file), "--lease", "10")
        assert worker.stdout is not None
        while "accounts at a time" not in worker.stdout.readline():
            assert worker.poll() is None
        group.file.write_text(text, encoding="utf-8")
        added = finish(group.start("groupqueue", "add", str(group.file), "--run", "tonight"))
        place, seen = group.account("demo"), b""
        while worker.poll() is None and place.outcome().status is None:
            seen += b"".join(environments_of(worker.pid)[1:])
            time.sleep(0.02)
        status = finish(group.start("groupqueue", "status", str(group.file), "--run", "tonight"))
        worker.send_signal(signal.SIGTERM)
        ended = finish(worker)
    assert [added[0], status[0], ended[0]] == [0, 0, 0], (added, status, ended)
    assert (place.outcome().status, place.standing().saved) == (0, 6)
    assert b"JDP_PARENT=leased" in seen
    assert [secret for secret in secrets if secret.encode() in seen] == []
    assert b"\0PG" not in seen
