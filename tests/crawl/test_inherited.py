"""Of a password that was given by the environment, no process that is started knows anything."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.crawl_process import finish, make_crawl
from harness.group_process import PASSWORD, make_group
from harness.process_tree import role, tree
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo
from jdp_spider.reasons import ExitStatus
from tests.support.marks import long

pytestmark = [
    pytest.mark.browser,
    pytest.mark.crawl,
    pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere there is no /proc"),
]

SECRETS = ("inherited-Passw0rd", "foreign-Passw0rd", "database-Passw0rd")
FOREIGN = {"FOREIGN_PASS": SECRETS[1], "PGPASSWORD": SECRETS[2], "PGPASSFILE": SECRETS[2]}


def known_to(process: subprocess.Popen[str]) -> dict[str, set[str]]:
    """Which secrets stand in environment or command line of what the process has started.

    By what each is, until the process ends.
    """
    found: dict[str, set[str]] = {}
    own = "".join(f"{part!s}\0" for part in process.args).encode()
    while process.poll() is None:
        for each in tree(process.pid)[1:]:
            with contextlib.suppress(OSError):
                places = [Path(f"/proc/{each.pid}/{name}") for name in ("environ", "cmdline")]
                environ, cmdline = (place.read_bytes() for place in places)
                if cmdline == own:
                    # Not yet a program of its own, but a copy of the user's own first process.
                    continue
                known = environ + cmdline
                seen = found.setdefault(role(each), set())
                seen.update(secret for secret in SECRETS if secret.encode() in known)
        time.sleep(0.05)
    return found


def options(**given: object) -> DemoOptions:
    return DemoOptions(vehicles=4, latency="fast", password=SECRETS[0], **given)


@pytest.mark.parametrize(
    "name", [("crawl", "jdpower"), long(("doctor",), id="doctor")], ids=" ".join
)
def test_processes_of_a_crawl_inherit_no_password(tmp_path: Path, name: tuple[str, ...]) -> None:
    with running_demo(options()) as site:
        made = make_crawl(site, tmp_path, JDP_REPORT_PAGE="true")
        crawl = replace(made, name=name)
        process = crawl.start()
        found = known_to(process)
        crawl.finish(process)
    assert crawl.status == ExitStatus.COMPLETE, crawl.output
    assert found.keys() >= {"driver", "browser", "renderer"}
    assert set().union(*found.values()) == set()


@pytest.mark.long
def test_processes_of_a_group_inherit_no_password(tmp_path: Path) -> None:
    """Neither its own account's, nor another's, nor the database's."""
    with running_demo(options(accounts=2)) as site:
        group = make_group(site, tmp_path)
        group.environment.update(FOREIGN)
        assert group.environment[PASSWORD] == SECRETS[0]
        with group.file.open("a", encoding="utf-8") as file:
            file.write('\n[[account]]\nname = "c"\nuser = "c"\npassword = "env:FOREIGN_PASS"\n')
        process = group.start("crawlgroup", str(group.file))
        found = known_to(process)
        status, output = finish(process)
    assert status == ExitStatus.LOGIN_REFUSED, output
    assert output.count(" complete ") == 2
    assert found.keys() >= {"other", "driver", "browser", "renderer"}
    assert set().union(*found.values()) == set()


@pytest.mark.long
def test_demo_site_inherits_no_password(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "scrapy", "demo", "--vehicles", "1"],
        env={**os.environ, "JD_PASS": SECRETS[0], "XDG_STATE_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="ascii",
        start_new_session=True,
    )
    found = known_to(process)
    status, output = finish(process)
    assert status == ExitStatus.COMPLETE, output
    assert set().union(*found.values()) == set()
